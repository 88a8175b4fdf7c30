/**
 * Ends whatever stands for somebody: for the moment an account or client is disabled or deleted (ASVS 7.4.2). Runs in the
 * caller's transaction, together with the change that makes it necessary.
 */
import { endLinksOfAccount } from '../domain/accounts/one-time-links.ts'
import { record } from '../domain/audit/record.ts'
import type { Act } from '../domain/audit/act.ts'
import { endTokensOfClient } from '../domain/clients/lifecycle.ts'
import { distrustDevices } from '../domain/devices/devices.ts'
import type { Database } from '../platform/db/open.ts'
import { inTransaction } from '../platform/db/transaction.ts'
import { endAllSessions } from './session-list.ts'

/**
 * Ends the sessions, grants and tokens of an account; the apps of its sessions are told by the queue. With them goes what
 * would let somebody back in who was there: mailed links that wait, and devices that stand for a second factor.
 */
export function endEverythingOfAccount(db: Database, accountId: string, act: Act): Promise<void> {
  return inTransaction(db, async (trx) => {
    await endAllSessions(trx, accountId, act)
    // Those that have expired, and values that were replaced a moment ago.
    await trx.deleteFrom('oidcSessions').where('accountId', '=', accountId).execute()
    await trx.deleteFrom('oidcArtifacts').where('accountId', '=', accountId).execute()
    await revokeGrants(trx, { column: 'accountId', id: accountId }, act)
    await endLinksOfAccount(trx, accountId)
    await distrustDevices(trx, { accountId })
  })
}

/**
 * Ends the grants and tokens of a client. Its tokens are not looked for among everybody's: those of accounts end with
 * their grants, and those of the client itself by when they were issued. Their rows go when they expire.
 */
export function endEverythingOfClient(db: Database, clientId: string, act: Act): Promise<void> {
  return inTransaction(db, async (trx) => {
    await endTokensOfClient(trx, clientId, act)
    await revokeGrants(trx, { column: 'clientId', id: clientId }, act)
  })
}

async function revokeGrants(
  trx: Database,
  { column, id }: { readonly column: 'accountId' | 'clientId'; readonly id: string },
  act: Act,
): Promise<void> {
  const revoked = await trx
    .updateTable('oidcGrants')
    .set({ revokedAt: act.now })
    .where(column, '=', id)
    .where('revokedAt', 'is', null)
    .returning(['id', 'accountId', 'clientId'])
    .execute()
  for (const grant of revoked) {
    await record(
      trx,
      {
        type: 'grant.revoked',
        target: { type: 'grant', id: grant.id },
        details: { account_id: grant.accountId, client_id: grant.clientId, reason: 'ended' },
      },
      act,
    )
  }
}
