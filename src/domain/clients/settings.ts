import { z } from 'zod'
import { Refusal } from '../../platform/errors.ts'
import { rate } from '../../platform/rate.ts'
import type { ClientMetadata } from './metadata.ts'

const members = {
  firstParty: z.boolean(),
  pkceRequired: z.boolean(),
  refreshGraceSeconds: z.int().min(0).max(60),
  verified: z.boolean(),
  // RFC 6749 §3.3: what a scope may be written with.
  optionalScopes: z
    .array(z.string().regex(/^[\x21\x23-\x5b\x5d-\x7e]{1,100}$/, 'is not a scope'))
    .max(100, 'has more than 100 entries')
    .transform((names) => [...new Set(names)].sort()),
  tokenRateLimit: rate.nullable(),
}

/** What only we know of a new client, at the door. */
export const clientSettings = z.strictObject({
  firstParty: members.firstParty.default(false),
  pkceRequired: members.pkceRequired.default(true),
  refreshGraceSeconds: members.refreshGraceSeconds.default(0),
  /** Somebody who administers this server knows who is behind the client; people are told so. */
  verified: members.verified.default(false),
  /** The scopes that people may refuse one by one: the client can do without each. */
  optionalScopes: members.optionalScopes.default([]),
  /** How often it may be given tokens; null for what the installation says. */
  tokenRateLimit: members.tokenRateLimit.default(null),
})

/** Settings to be changed, at the door: those left out stay as they are. */
export const clientSettingsChange = z.strictObject(members).partial()

/** Parsed settings. */
export type ClientSettings = Readonly<z.output<typeof clientSettings>>

/** Parsed settings to be changed. */
export type ClientSettingsChange = Readonly<z.output<typeof clientSettingsChange>>

/**
 * Refuses settings that do not go with the metadata. Without PKCE the client's own authentication is all that
 * protects a stolen code (RFC 9700 §2.1.1), so only a client that can keep a secret may leave it out.
 */
export function checkSettings(settings: ClientSettings, metadata: ClientMetadata): void {
  if (settings.optionalScopes.includes('openid')) {
    throw new Refusal('invalid_metadata', 'openid cannot be refused by itself: it is the sign-in.')
  }
  if (settings.pkceRequired) return
  if (metadata.token_endpoint_auth_method === 'none') {
    throw new Refusal('invalid_metadata', 'A public client cannot be exempt from PKCE.')
  }
  // RFC 8252 §8.4, §6: an app that is handed out keeps no secret, and MUST use PKCE.
  if (metadata.application_type === 'native') {
    throw new Refusal('invalid_metadata', 'A native app cannot be exempt from PKCE.')
  }
}

/** The columns that keep how often a client may be given tokens. */
export function tokenRateColumns(rateLimit: ClientSettings['tokenRateLimit']) {
  return {
    tokenRateLimitRequests: rateLimit?.requests ?? null,
    tokenRateLimitSeconds: rateLimit?.seconds ?? null,
    tokenRateLimitBurst: rateLimit?.burst ?? null,
  }
}
