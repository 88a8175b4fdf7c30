/** What the installation says of itself and of whoever asks: the caller, limits and usage. */
import { z } from 'zod'
import { busiestKeys, overallUsage } from '../../domain/api-keys/overall-usage.ts'
import { standOfBudgets } from '../../domain/limits/stand.ts'
import { ownerIdText } from './ids.ts'
import { iso, listOf, ownerSchema, time } from './json.ts'
import { defineRoute } from './route.ts'
import type { Route } from './route.ts'
import { spanMembers, spanOf } from './span.ts'

const me = defineRoute({
  id: 'show_caller',
  tag: 'Caller',
  method: 'GET',
  path: '/me',
  summary: 'Shows whom the credential stands for and what it may do here.',
  scope: undefined,
  status: 200,
  answer: z.strictObject({
    credential_type: z.enum(['access_token', 'api_key']),
    owner: ownerSchema,
    client_id: ownerIdText.nullable(),
    key_id: z.string().nullable(),
    scopes: z.array(z.string()),
    expires_at: time.nullable(),
  }),
  handle: async ({ caller }) => {
    const { expiresAtSeconds: expires } = caller
    return {
      body: {
        credential_type: caller.credentialType,
        owner: { type: caller.owner.type, id: caller.owner.id },
        client_id: caller.clientId ?? null,
        key_id: caller.key?.id ?? null,
        scopes: [...caller.scopes].sort(),
        expires_at: expires === undefined ? null : iso(new Date(expires * 1000)),
      },
    }
  },
})

const limits = defineRoute({
  id: 'list_limits',
  tag: 'Limits',
  method: 'GET',
  path: '/limits',
  summary: 'Lists the budgets of the server, and how many of their buckets are in use or empty now.',
  scope: 'limits:read',
  status: 200,
  answer: listOf(
    z.strictObject({
      name: z.string(),
      capacity: z.number(),
      refill_per_second: z.number(),
      when_unavailable: z.enum(['deny', 'allow']),
      buckets_in_use: z.int(),
      buckets_empty: z.int(),
    }),
  ),
  handle: async ({ db }) => {
    const items = (await standOfBudgets(db)).map((budget) => ({
      name: budget.name,
      capacity: budget.capacity,
      refill_per_second: budget.refillPerSecond,
      when_unavailable: budget.whenUnavailable,
      buckets_in_use: budget.bucketsInUse,
      buckets_empty: budget.bucketsEmpty,
    }))
    return { body: { items } }
  },
})

const usage = defineRoute({
  id: 'show_usage',
  tag: 'Usage',
  method: 'GET',
  path: '/usage',
  summary: 'Shows how API keys were used in all, by hour and outcome, and which were used most.',
  scope: 'usage:read',
  query: spanMembers,
  status: 200,
  answer: z.strictObject({
    from: time,
    until: time,
    hours: z.array(z.strictObject({ hour: time, outcome: z.string(), verifications: z.int() })),
    busiest_keys: z.array(
      z.strictObject({ id: z.string(), name: z.string(), verifications: z.int(), denied: z.int() }),
    ),
  }),
  handle: async ({ db, query, act: { now } }) => {
    const { from, until } = spanOf(query, { now, defaultDays: 1, longestDays: 31 })
    const span = { from, to: until }
    const hours = await overallUsage(db, span)
    const busiest = await busiestKeys(db, { ...span, limit: 20 })
    return {
      body: {
        from: iso(from),
        until: iso(until),
        hours: hours.map(({ hour, outcome, verifications }) => ({ hour: iso(hour), outcome, verifications })),
        busiest_keys: busiest.map(({ id, name, verifications, denied }) => ({
          id,
          name,
          verifications,
          denied,
        })),
      },
    }
  },
})

/** The routes about the installation and the caller. */
export const factRoutes: readonly Route[] = [me, limits, usage]
