/**
 * How often a client is given tokens. It is taken when the library has authenticated the client and found its request to
 * be right, and before anything is written: a stranger who knows the public id has nothing to spend, and a request that is
 * turned away has used up neither its code nor its refresh token, so it may be sent again.
 * Closed while the database cannot be asked, as issuing is. Failed authentications have a budget of their own.
 */
import type { Client } from '../domain/clients/client.ts'
import type { Act } from '../domain/audit/act.ts'
import { record } from '../domain/audit/record.ts'
import type { Directory } from '../domain/credentials/directory.ts'
import { budgets } from '../domain/limits/budgets.ts'
import type { LeasedBudget, Leases } from '../domain/limits/leases.ts'
import { take } from '../domain/limits/take.ts'
import type { Database } from '../platform/db/open.ts'
import type { LimitStand } from '../platform/http/limit-headers.ts'
import type { Rate } from '../platform/rate.ts'

/** What limiting needs. */
export interface TokenLimitParts {
  readonly db: Database
  readonly directory: Pick<Directory, 'client'>
  readonly leases: Leases
  /** For clients without a rate of their own; undefined for none. */
  readonly standard: () => Rate | undefined
  /** Told of every refusal, for the numbers. */
  readonly onLimited: () => void
}

/** What was taken, or that nothing was. */
export type TokenTaken =
  | { readonly allowed: true; readonly stand: LimitStand; readonly giveBack: () => void }
  | { readonly allowed: false; readonly stand: LimitStand; readonly retryAfterSeconds: number }

/** Limits the tokens of clients. */
export interface TokenLimit {
  /** Takes one for a client; undefined for one without a limit. */
  readonly take: (clientId: string) => Promise<TokenTaken | undefined>
  /** Tells the audit log that a client was refused: once in ten minutes, however often it asks. */
  readonly tell: (clientId: string, act: Act) => Promise<void>
}

type RateBudget = Extract<LeasedBudget, { readonly kind: 'rate' }>

const quietMilliseconds = 60_000
const mostTold = 10_000

/** The limit of an instance; what it takes is shared by all. */
export function createTokenLimit(parts: TokenLimitParts): TokenLimit {
  const { db, directory, leases, onLimited } = parts
  const budgetOf = budgetFinder(parts.standard)
  const toldAt = new Map<string, number>()
  return {
    take: async (clientId) => {
      const client = await directory.client(clientId)
      const budget = client === undefined ? undefined : budgetOf(client)
      if (budget === undefined) return undefined
      const leased = leases.takeLocally(budget, 1) ?? (await leases.take(budget, 1))
      if (leased.allowed) {
        const giveBack = () => leases.giveBackLocally(budget, 1)
        return { allowed: true, stand: standOf(budget, leased.remaining, leased.resetSeconds), giveBack }
      }
      const { retryAfterSeconds } = leased
      return { allowed: false, stand: standOf(budget, 0, retryAfterSeconds), retryAfterSeconds }
    },
    tell: async (clientId, act) => {
      onLimited()
      // A client that is refused asks again and again: what it asks must not be written each time.
      const last = toldAt.get(clientId)
      if (last !== undefined && act.now.getTime() - last < quietMilliseconds) return
      if (toldAt.size >= mostTold) toldAt.clear()
      toldAt.set(clientId, act.now.getTime())
      const taken = await take(db, { budget: budgets.token_limited_events, key: clientId })
      if (!taken.allowed) return
      await record(db, { type: 'client.token_limited', target: { type: 'client', id: clientId } }, act)
    },
  }
}

/** A client is the same value for as long as it is unchanged, and so is its budget. */
function budgetFinder(standard: TokenLimitParts['standard']): (client: Client) => RateBudget | undefined {
  const known = new WeakMap<Client, { readonly rate: Rate; readonly budget: RateBudget }>()
  return (client) => {
    const rate = client.tokenRateLimit ?? standard()
    if (rate === undefined) return undefined
    const found = known.get(client)
    // The standard may have become another meanwhile.
    if (found?.rate === rate) return found.budget
    const budget = { kind: 'rate', key: `token:${client.id}`, ...rate } as const
    known.set(client, { rate, budget })
    return budget
  }
}

function standOf(budget: RateBudget, remaining: number, resetSeconds: number): LimitStand {
  const { requests, seconds: windowSeconds, burst } = budget
  return { name: 'tokens', requests, windowSeconds, burst, remaining, resetSeconds }
}
