/**
 * Passkeys: public keys with which people prove who they are (WebAuthn Level 3), alone or beside a password.
 * Owns `passkeys`, `passkey_users` and `passkey_challenges`. Adding one stands in passkey-registration.ts, using one in
 * passkey-assertion.ts. An authenticator knows an account by 32 random bytes (the user handle), never by its id, which
 * would tell in every list of passkeys what our tokens call the person (WebAuthn §14.6.1).
 */
import type { Database } from '../../platform/db/open.ts'
import { inTransaction } from '../../platform/db/transaction.ts'
import { isIdText, lineOfText } from '../../platform/text.ts'
import type { Act } from '../audit/act.ts'
import { record } from '../audit/record.ts'
import { removeOrphanedRecoveryCodes } from './recovery-codes.ts'

/** A passkey as its owner sees it. */
export interface Passkey {
  readonly id: string
  readonly name: string
  readonly createdAt: Date
  readonly lastUsedAt: Date | undefined
  /** Whether it is kept by a service that copies it to other devices, or stays on the one it was made on. */
  readonly kind: 'synchronised' | 'device_bound'
}

/** Which passkey of whom. */
export interface PasskeyOfAccount {
  readonly accountId: string
  readonly id: string
}

/** How many passkeys one account may have. */
export const maxPasskeys = 20

/** What a passkey may be called. */
export const passkeyName = lineOfText(60)

/** RFC 8176: a key in software that can be copied to other devices or one bound to its device, and whether the user was verified. */
export function amrOfPasskey(used: {
  readonly kind: Passkey['kind']
  readonly userVerified: boolean
}): readonly string[] {
  return [used.kind === 'synchronised' ? 'swk' : 'hwk', ...(used.userVerified ? ['user'] : [])]
}

/** The passkeys of an account, the oldest first. */
export async function listPasskeys(db: Database, accountId: string): Promise<Passkey[]> {
  const rows = await db
    .selectFrom('passkeys')
    .select(['id', 'name', 'createdAt', 'lastUsedAt', 'synchronises'])
    .where('accountId', '=', accountId)
    .orderBy('createdAt')
    .orderBy('id')
    .execute()
  return rows.map(({ synchronises, lastUsedAt, ...row }) => ({
    ...row,
    lastUsedAt: lastUsedAt ?? undefined,
    kind: kindOf(synchronises),
  }))
}

/** The kind of a passkey that may leave its device, or may not. */
export function kindOf(synchronises: boolean): Passkey['kind'] {
  return synchronises ? 'synchronised' : 'device_bound'
}

/** How many passkeys an account has. */
export async function countPasskeys(db: Database, accountId: string): Promise<number> {
  const { count } = await db
    .selectFrom('passkeys')
    .select(({ fn }) => fn.countAll<string>().as('count'))
    .where('accountId', '=', accountId)
    .executeTakeFirstOrThrow()
  return Number(count)
}

/** Gives a passkey another name. The name has passed `passkeyName`. A stranger's passkey and none are the same. */
export function renamePasskey(
  db: Database,
  { accountId, id, name }: PasskeyOfAccount & { readonly name: string },
  act: Act,
): Promise<'renamed' | 'not_found'> {
  if (!isIdText(id)) return Promise.resolve('not_found')
  return inTransaction(db, async (transaction) => {
    const { numUpdatedRows } = await transaction
      .updateTable('passkeys')
      .set({ name })
      .where('id', '=', id)
      .where('accountId', '=', accountId)
      .executeTakeFirstOrThrow()
    if (numUpdatedRows === 0n) return 'not_found'
    const target = { type: 'account', id: accountId } as const
    await record(transaction, { type: 'passkey.renamed', target, details: { passkey: id, name } }, act)
    return 'renamed'
  })
}

/** Ends a passkey: it is never accepted again. A stranger's passkey and none are the same. */
export function removePasskey(
  db: Database,
  { accountId, id, reason }: PasskeyOfAccount & { readonly reason?: string | undefined },
  act: Act,
): Promise<'removed' | 'not_found'> {
  if (!isIdText(id)) return Promise.resolve('not_found')
  return inTransaction(db, async (transaction) => {
    const removed = await transaction
      .deleteFrom('passkeys')
      .where('id', '=', id)
      .where('accountId', '=', accountId)
      .returning('name')
      .executeTakeFirst()
    if (removed === undefined) return 'not_found'
    const target = { type: 'account', id: accountId } as const
    const details = { passkey: id, name: removed.name, reason }
    await record(transaction, { type: 'passkey.removed', target, details }, act)
    await removeOrphanedRecoveryCodes(transaction, { accountId }, act)
    return 'removed'
  })
}
