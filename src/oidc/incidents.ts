/**
 * Incidents: everything that stands for an account, client, API key or API is counted, and ended in one step. What can be
 * asked for afterwards stays as it was, unless the subject is disabled too.
 */
import { disableAccount } from '../domain/accounts/lifecycle.ts'
import { countKeys } from '../domain/api-keys/count.ts'
import { requireApiKey } from '../domain/api-keys/find.ts'
import { revokeApiKey } from '../domain/api-keys/lifecycle.ts'
import { revokeApiKeys } from '../domain/api-keys/revoke-all.ts'
import { disableApi, endTokensOfApi } from '../domain/apis/lifecycle.ts'
import type { Act } from '../domain/audit/act.ts'
import { record } from '../domain/audit/record.ts'
import { disableClient } from '../domain/clients/lifecycle.ts'
import { forgetDevices } from '../domain/devices/devices.ts'
import type { Database } from '../platform/db/open.ts'
import { inTransaction } from '../platform/db/transaction.ts'
import { Refusal } from '../platform/errors.ts'
import { endEverythingOfAccount, endEverythingOfClient } from './end-everything.ts'

/** What an incident can be about. */
export interface IncidentSubject {
  readonly kind: 'account' | 'client' | 'api_key' | 'api'
  readonly id: string
}

/** What stands for a subject, or was ended. */
export interface Standing {
  readonly sessions: number
  readonly grants: number
  readonly keys: number
}

/** An end of everything. */
export interface EndingOrder extends IncidentSubject {
  readonly reason: string | undefined
  /** Whether nothing new may begin either. */
  readonly disables: boolean
  /** For an API key: whether all other keys of its owner end with it. */
  readonly allOfOwner?: boolean | undefined
}

/** What was ended. */
export interface Ending extends Standing {
  /** Keys that are left, because there were more than one request ends. */
  readonly keysLeft: number
  /** The keys that were ended, for caches. */
  readonly keyIds: readonly string[]
}

// Ten thousand keys take some seconds. Whoever has more goes on from the page of what was ended.
const mostBatches = 10

/** Counts what stands for a subject; keys up to ten thousand. */
export async function standingOf(db: Database, { kind, id }: IncidentSubject): Promise<Standing> {
  if (kind === 'api_key') {
    const { revokedAt } = await requireApiKey(db, id)
    return { sessions: 0, grants: 0, keys: revokedAt === undefined ? 1 : 0 }
  }
  const keys = await countKeys(db, keysOf({ kind, id }))
  if (kind === 'api') return { sessions: 0, grants: 0, keys }
  const sessions = kind === 'account' ? await countSessions(db, id) : 0
  return { sessions, grants: await countGrants(db, kind, id), keys }
}

/** Ends everything of a subject and records how much it was, in one transaction but for keys beyond the first thousand. */
export async function endEverythingOf(db: Database, order: EndingOrder, act: Act): Promise<Ending> {
  const first = await inTransaction(db, async (trx) => {
    const { sessions, grants } = await standingOf(trx, order)
    await endSubject(trx, order, act)
    const keyIds = await endKeys(trx, order, act)
    const details = { sessions, grants, keys: keyIds.length, disabled: order.disables, reason: order.reason }
    const target = { type: order.kind, id: order.id } as const
    await record(trx, { type: 'incident.everything_ended', target, details }, act)
    return { sessions, grants, keyIds }
  })
  const keyIds = [...first.keyIds]
  for (let batch = 1; batch < mostBatches && keyIds.length === batch * 1000; batch += 1) {
    keyIds.push(...(await endKeys(db, order, act)))
  }
  const keysLeft = order.kind === 'api_key' && order.allOfOwner !== true ? 0 : await keysLeftOf(db, order)
  return { ...first, keyIds, keys: keyIds.length, keysLeft }
}

async function endSubject(trx: Database, { kind, id, disables }: EndingOrder, act: Act): Promise<void> {
  switch (kind) {
    case 'account':
      if (disables && (await disableAccount(trx, { id }, act)) === 'last_administrator') {
        throw new Refusal('conflict', 'The last owner who can sign in stays.')
      }
      await endEverythingOfAccount(trx, id, act)
      // A browser that was trusted would stand for a second factor once more.
      await forgetDevices(trx, { accountId: id }, act)
      return
    case 'client':
      if (disables) await disableClient(trx, id, act)
      return endEverythingOfClient(trx, id, act)
    case 'api':
      if (disables) await disableApi(trx, id, act)
      await endTokensOfApi(trx, id, act)
      return
    case 'api_key':
      return
  }
}

async function endKeys(db: Database, order: EndingOrder, act: Act): Promise<readonly string[]> {
  const { kind, id, reason, allOfOwner } = order
  if (kind !== 'api_key') return revokeApiKeys(db, { ...keysOf(order), reason }, act)
  const { owner, revokedAt } = await requireApiKey(db, id)
  if (allOfOwner === true) return revokeApiKeys(db, { owner, reason }, act)
  if (revokedAt !== undefined) return []
  await revokeApiKey(db, { id, reason }, act)
  return [id]
}

async function keysLeftOf(db: Database, order: IncidentSubject): Promise<number> {
  if (order.kind !== 'api_key') return countKeys(db, keysOf(order))
  return countKeys(db, { owner: (await requireApiKey(db, order.id)).owner })
}

function keysOf({ kind, id }: IncidentSubject) {
  return kind === 'account' || kind === 'client' ? { owner: { type: kind, id } } : { apiId: id }
}

async function countSessions(db: Database, accountId: string): Promise<number> {
  const { count } = await db
    .selectFrom('oidcSessions')
    .select(({ fn }) => fn.count<string>('uid').distinct().as('count'))
    .where('accountId', '=', accountId)
    .where(({ eb, fn }) => eb('expiresAt', '>', fn<Date>('now')))
    .executeTakeFirstOrThrow()
  return Number(count)
}

async function countGrants(db: Database, kind: 'account' | 'client', id: string): Promise<number> {
  const { count } = await db
    .selectFrom('oidcGrants')
    .select(({ fn }) => fn.countAll<string>().as('count'))
    .where(kind === 'account' ? 'accountId' : 'clientId', '=', id)
    .where('revokedAt', 'is', null)
    .where(({ eb, fn }) => eb('expiresAt', '>', fn<Date>('now')))
    .executeTakeFirstOrThrow()
  return Number(count)
}
