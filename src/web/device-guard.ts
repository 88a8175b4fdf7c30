/** Around the protocol: how often devices may ask for codes, and how often people may mistype them. */
import type { Context, Middleware } from 'koa'
import type { Act } from '../domain/audit/act.ts'
import { record } from '../domain/audit/record.ts'
import { budgets } from '../domain/limits/budgets.ts'
import { refundTogether, takeTogether } from '../domain/limits/take-together.ts'
import { take } from '../domain/limits/take.ts'
import type { Bucket } from '../domain/limits/take.ts'
import { stateOf } from '../oidc/request-state.ts'
import type { Database } from '../platform/db/open.ts'
import { Refusal } from '../platform/errors.ts'
import { addressBucket, networkBucket, unknownAddress } from '../platform/http/client-address.ts'
import { devicePath } from './device-pages.ts'

/** What the guard needs. */
export interface DeviceGuardParts {
  readonly db: Database
  readonly now: () => Date
}

/** Limits both, and keeps the link of a device from being more than a page that is filled in. */
export function createDeviceGuard(parts: DeviceGuardParts): Middleware {
  return (ctx, next) => {
    if (ctx.path === '/oauth/device' && ctx.method === 'POST') return limitRequests(parts, ctx, next)
    if (ctx.path !== devicePath) return next()
    if (ctx.method === 'POST') return limitGuesses(parts, ctx, next)
    fillIn(ctx)
    return next()
  }
}

type Next = () => Promise<unknown>

async function limitRequests({ db }: DeviceGuardParts, ctx: Context, next: Next): Promise<void> {
  const key = addressBucket(stateOf(ctx).address ?? unknownAddress)
  const taken = await take(db, { budget: budgets.device_request_address, key })
  if (!taken.allowed) throw tooMany('Too many devices asked for a code from this address.', taken)
  await next()
}

/** Only codes that lead nowhere are spent. */
async function limitGuesses(parts: DeviceGuardParts, ctx: Context, next: Next): Promise<void> {
  const { db } = parts
  const wanted = bucketsOf(stateOf(ctx).address ?? unknownAddress)
  const taken = await takeTogether(db, wanted)
  if (!taken.allowed) {
    await recordLimited(parts, ctx, taken.refusedBy)
    throw tooMany('Too many codes were tried.', taken)
  }
  await next()
  if (ctx.status === 303) await refundTogether(db, wanted)
}

async function recordLimited({ db, now }: DeviceGuardParts, ctx: Context, { budget }: Bucket): Promise<void> {
  const { address, requestId } = stateOf(ctx)
  const key = `${budget.name} ${addressBucket(address ?? unknownAddress)}`
  const { allowed } = await take(db, { budget: budgets.device_limited_events, key })
  if (!allowed) return
  const userAgent = ctx.get('user-agent') || undefined
  const act: Act = { actor: { type: 'anonymous' }, now: now(), requestId, address, userAgent }
  await record(db, { type: 'device.limited', details: { budget: budget.name } }, act)
}

/** The widest first. */
function bucketsOf(address: string): readonly Bucket[] {
  const network = networkBucket(address)
  return [
    { budget: budgets.device_code_overall, key: 'all' },
    ...(network === undefined ? [] : [{ budget: budgets.device_code_network, key: network }]),
    { budget: budgets.device_code_address, key: addressBucket(address) },
  ]
}

function tooMany(sentence: string, { retryAfterSeconds }: { readonly retryAfterSeconds: number }): Refusal {
  return new Refusal('rate_limited', sentence, { retryAfterSeconds })
}

/**
 * RFC 8628 §3.3.1: the link of a device brings its code along. The library would send it on at once; here the person sees
 * what was filled in, and says so.
 */
function fillIn(ctx: Context): void {
  const query = new URLSearchParams(ctx.querystring)
  const [typed] = query.getAll('user_code')
  if (typed === undefined) return
  query.delete('user_code')
  stateOf(ctx).typedUserCode = typed
  ctx.querystring = query.toString()
}
