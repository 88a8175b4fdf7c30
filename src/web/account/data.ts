/** The person's data: all of it in one file, and the end of the account. */
import { cancelDeletion, deletionDueAt, deletionGraceDays } from '../../domain/accounts/deletion.ts'
import { emailKey } from '../../domain/accounts/names.ts'
import { record } from '../../domain/audit/record.ts'
import { requestAccountDeletion } from '../../oidc/account-deletion.ts'
import { dataPage, deletedPage, deletePage } from '../../../views/account/data-page.ts'
import type { DeletionProblem } from '../../../views/account/data-page.ts'
import { collectData } from './collect-data.ts'
import { formOf, frameOf, goTo, show } from './door.ts'
import type { Visit } from './door.ts'

/** Shows what can be done with the data. */
export function showData(visit: Visit): void {
  show(visit, dataPage(frameOf(visit), { graceDays: deletionGraceDays }))
}

/** Sends everything that is kept of the person, as a file. */
export async function exportData(visit: Visit): Promise<void> {
  const { door, ctx, account, act } = visit
  await formOf(visit)
  if (!(await door.own.requireFresh(ctx, { returnTo: '/account/data' }))) return
  const data = await collectData(door.db, account, act.now)
  await record(door.db, { type: 'account.data_exported', target: { type: 'account', id: account.id } }, act)
  ctx.status = 200
  ctx.type = 'application/json; charset=utf-8'
  ctx.set('Content-Disposition', 'attachment; filename="account.json"')
  ctx.body = `${JSON.stringify(data, undefined, 2)}\n`
}

/** Asks before the account is deleted. */
export function askToDelete(visit: Visit): void {
  renderQuestion(visit, {})
}

/** Takes the deletion: everywhere is signed out at once, the account goes when the grace is over. */
export async function deleteAccount(visit: Visit): Promise<void> {
  const { door, ctx, account, act } = visit
  const { fields } = await formOf(visit)
  if (!(await door.own.requireFresh(ctx))) return
  if (emailKey(fields['email'] ?? '') !== emailKey(account.email)) {
    return renderQuestion(visit, { problem: 'mismatch' })
  }
  const outcome = await requestAccountDeletion(door.db, { accountId: account.id }, act)
  if (outcome === 'last_administrator') return renderQuestion(visit, { problem: outcome })
  door.announce({ kind: 'account', id: account.id })
  const dueAt = visit.deletion?.dueAt ?? deletionDueAt(act.now)
  door.pages.send(ctx, deletedPage({ ...door.pages.propsFor(ctx, account.claims.locale), dueAt }))
}

/** Keeps the account. */
export async function keepAccount(visit: Visit): Promise<void> {
  const { door, account, act } = visit
  await formOf(visit)
  await cancelDeletion(door.db, { accountId: account.id }, act)
  return goTo(visit, '/account', 'kept')
}

function renderQuestion(visit: Visit, { problem }: { readonly problem?: DeletionProblem }): void {
  const dueAt = visit.deletion?.dueAt ?? deletionDueAt(visit.act.now)
  show(visit, deletePage(frameOf(visit), { dueAt, problem }), problem === undefined ? 200 : 400)
}
