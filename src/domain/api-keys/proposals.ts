/**
 * What hygiene proposes for a key, done exactly as it is said, and undone as long as nobody changed the key since.
 */
import type { Database } from '../../platform/db/open.ts'
import { inTransaction } from '../../platform/db/transaction.ts'
import { Refusal } from '../../platform/errors.ts'
import type { Act } from '../audit/act.ts'
import { findApiKey, stateOf } from './find.ts'
import type { ApiKey } from './find.ts'
import { changeApiKey, revokeApiKey } from './lifecycle.ts'
import { unusedScopes } from './usage-reports.ts'

/** What can be proposed. */
export const proposals = ['revoke', 'expire', 'drop'] as const

/** One of them. */
export type Proposal = (typeof proposals)[number]

/** What would come of a proposal at this moment. */
export type ProposalPlan =
  | { readonly kind: 'revoke' }
  | { readonly kind: 'expire'; readonly expiresAt: Date }
  | { readonly kind: 'drop'; readonly scopes: readonly string[]; readonly rest: readonly string[] }
  /** It is over, has an end, exercises everything, or would be left with nothing. */
  | { readonly kind: 'none'; readonly why: 'gone' | 'nothing' | 'empty' }

/** What came of a proposal; a key that was changed has what undoes it. */
export type ProposalOutcome = ProposalPlan & { readonly key: ApiKey }

const days = 90

/** Says what a proposal would do to a key. */
export async function planProposal(
  db: Database,
  { key, proposal }: { readonly key: ApiKey; readonly proposal: Proposal },
  now: Date,
): Promise<ProposalPlan> {
  if (stateOf(key, now) !== 'active') return { kind: 'none', why: 'gone' }
  if (proposal === 'revoke') return { kind: 'revoke' }
  if (proposal === 'expire') {
    if (key.expiresAt !== undefined) return { kind: 'none', why: 'nothing' }
    return { kind: 'expire', expiresAt: new Date(now.getTime() + days * 86_400_000) }
  }
  const unused = new Set(await unusedScopes(db, key.id))
  const rest = key.scopes.filter((scope) => !unused.has(scope))
  if (rest.length === key.scopes.length) return { kind: 'none', why: 'nothing' }
  // A key without any scope is worth nothing, which is not what was asked for.
  if (rest.length === 0) return { kind: 'none', why: 'empty' }
  return { kind: 'drop', scopes: key.scopes.filter((scope) => unused.has(scope)), rest }
}

/** Does what was proposed for a key, as the key is now; undefined if there is no such key. */
export function applyProposal(
  db: Database,
  order: { readonly id: string; readonly proposal: Proposal; readonly reason: string },
  act: Act,
): Promise<ProposalOutcome | undefined> {
  const { id, proposal, reason } = order
  return inTransaction(db, async (trx) => {
    const key = await findApiKey(trx, id)
    if (key === undefined) return undefined
    const plan = await planProposal(trx, { key, proposal }, act.now)
    switch (plan.kind) {
      case 'none':
        return { ...plan, key }
      case 'revoke':
        return { ...plan, key: await revokeApiKey(trx, { id, reason }, act) }
      case 'expire': {
        const { expiresAt } = plan
        return { ...plan, key: await changeApiKey(trx, { id, version: key.version, expiresAt }, act) }
      }
      case 'drop': {
        const scopes = plan.rest
        return { ...plan, key: await changeApiKey(trx, { id, version: key.version, scopes }, act) }
      }
    }
  })
}

/** What undoes a proposal: the key's version after it, and what it had before. */
export interface ProposalUndo {
  readonly id: string
  readonly version: number
  /** The scopes that were dropped; none for an end that was set. */
  readonly dropped: readonly string[]
}

/** Undoes a proposal; says false where the key was changed since, ended, or may no longer have what it had. */
export async function undoProposal(
  db: Database,
  { id, version, dropped }: ProposalUndo,
  act: Act,
): Promise<boolean> {
  try {
    await inTransaction(db, async (trx) => {
      const key = await findApiKey(trx, id)
      if (key === undefined || key.version !== version)
        throw new Refusal('conflict', 'The key was changed since.')
      const before =
        dropped.length === 0
          ? { expiresAt: null }
          : { scopes: [...new Set([...key.scopes, ...dropped])].sort() }
      await changeApiKey(trx, { id, version, ...before }, act)
    })
    return true
  } catch (error) {
    if (error instanceof Refusal) return false
    throw error
  }
}
