/** How API keys are used, and what could be better about them. */
import { z } from 'zod'
import { requireApiKey } from '../../domain/api-keys/find.ts'
import { findings, hygieneOf } from '../../domain/api-keys/hygiene.ts'
import { scopeUsageOf, unusedScopes, usageOf } from '../../domain/api-keys/usage-reports.ts'
import { keyIdText } from './ids.ts'
import { iso, maybeTime, ownerSchema, pageOf, time } from './json.ts'
import { keyParams } from './key-json.ts'
import { keyFilters, ownerOf } from './keys.ts'
import { defineRoute } from './route.ts'
import type { Route } from './route.ts'
import { spanMembers, spanOf } from './span.ts'

const longestDays = 93

const usage = defineRoute({
  id: 'show_api_key_usage',
  tag: 'API keys',
  method: 'GET',
  path: '/keys/{key_id}/usage',
  summary: 'Shows how a key was used, by hour and outcome, and which of its scopes it exercised.',
  scope: 'keys:read',
  params: keyParams,
  query: spanMembers,
  status: 200,
  answer: z.strictObject({
    from: time,
    until: time,
    hours: z.array(z.strictObject({ hour: time, outcome: z.string(), verifications: z.int() })),
    scopes: z.array(z.strictObject({ scope: z.string(), first_used_at: time, last_used_at: time })),
    unused_scopes: z.array(z.string()),
  }),
  handle: async ({ db, params: { key_id: keyId }, query, act: { now } }) => {
    await requireApiKey(db, keyId)
    const { from, until } = spanOf(query, { now, defaultDays: 30, longestDays })
    const hours = await usageOf(db, keyId, { from, to: until })
    const scopes = await scopeUsageOf(db, keyId)
    return {
      body: {
        from: iso(from),
        until: iso(until),
        hours: hours.map(({ hour, outcome, verifications }) => ({ hour: iso(hour), outcome, verifications })),
        scopes: scopes.map(({ scope, firstUsedAt, lastUsedAt }) => ({
          scope,
          first_used_at: iso(firstUsedAt),
          last_used_at: iso(lastUsedAt),
        })),
        unused_scopes: await unusedScopes(db, keyId),
      },
    }
  },
})

const hygiene = defineRoute({
  id: 'list_api_key_hygiene',
  tag: 'API keys',
  method: 'GET',
  path: '/keys/hygiene',
  summary: 'Lists working keys that could be ended or could do with less, and why.',
  scope: 'keys:read',
  paged: true,
  query: { ...keyFilters, finding: z.enum(findings).optional() },
  status: 200,
  answer: pageOf(
    z.strictObject({
      id: keyIdText,
      name: z.string(),
      owner: ownerSchema,
      api_identifier: z.string(),
      created_at: time,
      last_used_at: maybeTime,
      findings: z.array(z.enum(findings)),
      unused_scopes: z.array(z.string()),
    }),
  ),
  handle: async ({ db, rooms, query: given, page, act: { now } }) => {
    const { api_id: apiId, finding } = given
    const query = { ...page, owner: ownerOf(given), apiId, finding }
    const pepperId = rooms.keyMaking.peppers.current.id
    const { items, next } = await hygieneOf(db, { query, pepperId }, now)
    return {
      body: {
        items: items.map((key) => ({
          id: key.id,
          name: key.name,
          owner: key.owner,
          api_identifier: key.apiIdentifier,
          created_at: iso(key.createdAt),
          last_used_at: iso(key.lastUsedAt),
          findings: key.findings,
          unused_scopes: key.unusedScopes,
        })),
      },
      next,
    }
  },
})

/** The routes about how keys are used. */
export const keyReportRoutes: readonly Route[] = [usage, hygiene]
