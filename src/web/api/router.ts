/** The door of the management API: from a request to its route, and from what the route answers to bytes. */
import type { Context, Middleware } from 'koa'
import { answerOnce } from '../../domain/administration/idempotency.ts'
import type { KeptAnswer } from '../../domain/administration/idempotency.ts'
import type { Act } from '../../domain/audit/act.ts'
import type { Principal } from '../../domain/credentials/principal.ts'
import type { Database } from '../../platform/db/open.ts'
import { Refusal } from '../../platform/errors.ts'
import type { Logger } from '../../platform/log.ts'
import { authorize } from './authorize.ts'
import type { AuthorizeParts } from './authorize.ts'
import { createMatcher } from './match.ts'
import { cursorFor, readPage } from './paging.ts'
import { checkVersion, conflictOrPrecondition } from './preconditions.ts'
import { answerProblem, refusalOf } from './problem.ts'
import { readJson, readQuery } from './request.ts'
import type { Sent } from './request.ts'
import type { AdministrationRooms } from '../administration-rooms.ts'
import type { Raw, Route, RouteAnswer } from './route.ts'

/** What the door needs. */
export interface ApiDoor extends AuthorizeParts {
  readonly db: Database
  readonly log: Logger
  readonly rooms: AdministrationRooms
  readonly routes: readonly Route[]
  readonly announce: (change: { readonly kind: string; readonly id: string }) => void
}

const prefix = '/api/v1'

/** Serves everything under `/api/v1`. Whatever happens is answered here, as a problem if it is one. */
export function createApiDoor(door: ApiDoor): Middleware {
  const match = createMatcher(door.routes)
  return async (ctx, next) => {
    if (ctx.path !== prefix && !ctx.path.startsWith(`${prefix}/`)) return next()
    ctx.set('Cache-Control', 'no-store')
    try {
      const { route, params } = match(ctx, ctx.path.slice(prefix.length))
      Reflect.set(ctx, '_matchedRouteName', `api_${route.id}`)
      const caller = await authorize(door, ctx, route)
      await serve(door, ctx, { route, params, caller })
    } catch (error) {
      const refusal = refusalOf(error)
      if (refusal.status >= 500) logFailure(door.log, ctx, refusal)
      answerProblem(ctx, refusal)
    }
  }
}

interface Matched {
  readonly route: Route
  readonly params: Raw
  readonly caller: Principal
}

async function serve(door: ApiDoor, ctx: Context, matched: Matched): Promise<void> {
  const { route, params, caller } = matched
  const { filters, page } = readQuery(ctx, route)
  const sent = await readJson(ctx, route)
  const act = actOf(ctx, caller, door.now())
  const list = { routeId: route.id, filters }
  const changed: { readonly kind: string; readonly id: string }[] = []
  let version: number | undefined
  const work = async (db: Database): Promise<KeptAnswer> => {
    version = await checkVersion(ctx, { db, route, params })
    const answer = await route.run({
      db,
      act,
      caller,
      rooms: door.rooms,
      version: version ?? 0,
      params,
      query: filters,
      body: sent.value,
      page: readPage(door.rooms.seal, list, page),
    })
    changed.push(...(answer.changed ?? []))
    return keptAnswer(door, { route, list }, answer)
  }
  const { answer, isRepeated } = await answerMaybeOnce(door, ctx, { matched, act, sent, work })
    // Looked at when the transaction is over: inside it, it would take a second connection while it holds one.
    .catch((error: unknown) => conflictOrPrecondition(error, { db: door.db, route, params, version }))
  for (const change of changed) door.announce(change)
  ctx.status = answer.status
  for (const [name, value] of Object.entries(answer.headers)) ctx.set(name, value)
  if (isRepeated) ctx.set('Idempotent-Replayed', 'true')
  if (answer.status === 204) return
  ctx.type = 'application/json'
  ctx.body = answer.body
}

interface Work {
  readonly matched: Matched
  readonly act: Act
  readonly sent: Sent
  readonly work: (db: Database) => Promise<KeptAnswer>
}

async function answerMaybeOnce(door: ApiDoor, ctx: Context, { matched, act, sent, work }: Work) {
  const key = matched.route.creates === true ? ctx.get('idempotency-key') : ''
  if (key === '') return { answer: await work(door.db), isRepeated: false }
  if (!/^[\x21-\x7e]{1,200}$/.test(key)) {
    throw new Refusal('invalid_request', 'An idempotency key has 1 to 200 visible ASCII characters.')
  }
  const { owner, clientId, key: apiKey } = matched.caller
  // One key of an owner is not given what another one was: they need not be allowed the same.
  const caller = `${owner.type} ${owner.id} ${clientId ?? ''} ${apiKey?.id ?? ''}`
  const request = `${ctx.method} ${ctx.url}\n${sent.text}`
  return answerOnce({ db: door.db, seal: door.rooms.seal }, { caller, key, request }, act, work)
}

function keptAnswer(
  { rooms }: ApiDoor,
  { route, list }: { readonly route: Route; readonly list: Parameters<typeof cursorFor>[1] },
  { status, body, version, next }: RouteAnswer,
): KeptAnswer {
  const paged =
    route.paged === true
      ? { ...body, next_cursor: next === undefined ? null : cursorFor(rooms.seal, list, next) }
      : body
  return {
    status: status ?? route.status,
    headers: version === undefined ? {} : { ETag: `"${version}"` },
    body: paged === undefined ? '' : JSON.stringify(paged),
  }
}

/** Who acts: the account or client that the credential stands for, and with which key if it is one. */
function actOf(ctx: Context, { owner, key }: Principal, now: Date): Act {
  return {
    actor: owner,
    keyId: key?.id,
    now,
    requestId: ctx.state['requestId'],
    address: ctx.state['address'],
    userAgent: ctx.get('user-agent') || undefined,
  }
}

function logFailure(log: Logger, ctx: Context, { code, cause }: Refusal): void {
  const facts =
    cause instanceof Error
      ? { name: cause.name, message: cause.message, stack: cause.stack, code: Reflect.get(cause, 'code') }
      : {}
  log.error({ request_id: ctx.state['requestId'], code, err: facts }, 'a management request failed')
}
