/**
 * What API keys may look like, at the doors.
 */
import { BlockList } from 'node:net'
import { z } from 'zod'
import { addRange } from '../../platform/http/ip-address.ts'
import { parseOrRefuse } from '../../platform/parse.ts'
import { checkedText, lineOfText } from '../../platform/text.ts'
import { idText, owner, scopeName } from '../apis/input.ts'
import { rate } from '../../platform/rate.ts'
import { isKeyId } from './secret.ts'

const mostScopes = 500
const mostRanges = 50
const mostOverlapSeconds = 90 * 86_400

/** The id of a key. */
export const keyIdText = checkedText((text) => (isKeyId(text) ? undefined : 'is not the id of an API key'))

const moment = z.union([
  z.date(),
  z.iso
    .datetime({ offset: true, error: 'must be a time such as 2026-12-31T12:00:00Z' })
    .transform((text) => new Date(text)),
])

const scopes = z
  .array(scopeName)
  .max(mostScopes, `has more than ${mostScopes} scopes`)
  .transform((names) => [...new Set(names)].sort())
  .readonly()

const settings = {
  name: lineOfText(100),
  scopes,
  expiresAt: moment,
  allowedAddresses: z
    .array(checkedText(rangeProblem))
    .max(mostRanges, `has more than ${mostRanges} ranges`)
    .transform((ranges) => [...new Set(ranges)])
    .readonly(),
  rateLimit: rate,
  quota: z.strictObject({
    requests: z.int().min(1).max(1_000_000_000_000),
    period: z.enum(['day', 'month']),
  }),
}

/** A new key. What it is given must be what its owner has. */
export const newApiKey = z.strictObject({
  name: settings.name,
  owner,
  apiId: idText,
  scopes: settings.scopes,
  expiresAt: settings.expiresAt.optional(),
  allowedAddresses: settings.allowedAddresses.default([]),
  rateLimit: settings.rateLimit.optional(),
  quota: settings.quota.optional(),
})

/** A change of a key, made from what it was at `version`; null takes something away. Its owner and API never change. */
export const apiKeyChange = z.strictObject({
  id: keyIdText,
  version: z.int().min(1),
  name: settings.name.optional(),
  scopes: settings.scopes.optional(),
  expiresAt: settings.expiresAt.nullable().optional(),
  allowedAddresses: settings.allowedAddresses.optional(),
  rateLimit: settings.rateLimit.nullable().optional(),
  quota: settings.quota.nullable().optional(),
})

/** A rotation of the key as it was at `version`: how long the old secret goes on working beside the new one. */
export const rotation = z.strictObject({
  id: keyIdText,
  version: z.int().min(1),
  overlapSeconds: z.int().min(0).max(mostOverlapSeconds),
})

/** A revocation, and why; the reason is for people. */
export const revocation = z.strictObject({ id: keyIdText, reason: lineOfText(200).optional() })

/** A parsed new key. */
export type NewApiKey = Readonly<z.output<typeof newApiKey>>
/** A parsed change of a key. */
export type ApiKeyChange = Readonly<z.output<typeof apiKeyChange>>
/** A parsed rotation. */
export type Rotation = Readonly<z.output<typeof rotation>>
/** A parsed revocation. */
export type Revocation = Readonly<z.output<typeof revocation>>

/** Parses any of these, or refuses with `invalid_request`. */
export function parseApiKeyInput<Schema extends z.ZodType>(schema: Schema, input: unknown): z.output<Schema> {
  return parseOrRefuse(schema, input, 'invalid_request')
}

function rangeProblem(text: string): string | undefined {
  // Callers are known by one spelling, in which IPv4 is never inside IPv6: such a range would let nobody in.
  if (/^::ffff:/i.test(text)) return 'must be written as an IPv4 range'
  try {
    addRange(new BlockList(), text)
    return undefined
  } catch {
    return 'must be an address or a range of addresses, such as 203.0.113.7 or 10.0.0.0/8'
  }
}
