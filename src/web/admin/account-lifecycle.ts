/** What happens to accounts: pauses and their end, passwords that others know, and a link for another. */
import { enableAccount } from '../../domain/accounts/lifecycle.ts'
import { requestPasswordReset } from '../../domain/accounts/recovery.ts'
import { giveUpPassword } from '../../oidc/compromised-password.ts'
import { standingOf } from '../../oidc/incidents.ts'
import { deleteAccountWithAll, disableAccountWithAll } from '../../oidc/lifecycle.ts'
import { confirmEndContent, confirmGiveUpContent } from '../../../views/admin/account-end-pages.ts'
import { requireChangeableAccount } from './account-of-page.ts'
import { confirmation } from './confirmation.ts'
import { falseForLastOwner } from './last-owner.ts'
import { fieldsOf } from './route.ts'
import type { ConsoleRoute, Visit } from './route.ts'

const current = '/admin/accounts'

function ask(kind: 'disable' | 'delete') {
  return async (visit: Visit, isLastOwner = false): Promise<void> => {
    const { db, frame, show } = visit
    const account = await requireChangeableAccount(visit)
    const standing = await standingOf(db, { kind: 'account', id: account.id })
    const content = confirmEndContent(frame, { kind, account, standing, isLastOwner })
    const title = frame.messages.consoleAccounts[kind]
    show({ title, current, hasProblem: isLastOwner, content }, isLastOwner ? 409 : 200)
  }
}

async function disable(visit: Visit): Promise<void> {
  const { db, act, announce, leadTo } = visit
  const { id } = await requireChangeableAccount(visit)
  if (fieldsOf(visit, confirmation) === undefined) return leadTo(`${current}/${id}/disable`)
  const outcome = await disableAccountWithAll(db, id, act).catch(falseForLastOwner)
  if (outcome === false) return ask('disable')(visit, true)
  announce({ kind: 'account', id })
  leadTo(`${current}/${id}`, 'disabled')
}

async function enable(visit: Visit): Promise<void> {
  const { db, act, announce, leadTo } = visit
  const { id } = await requireChangeableAccount(visit)
  await enableAccount(db, { id }, act)
  announce({ kind: 'account', id })
  leadTo(`${current}/${id}`, 'enabled')
}

async function remove(visit: Visit): Promise<void> {
  const { db, act, announce, leadTo } = visit
  const { id } = await requireChangeableAccount(visit)
  if (fieldsOf(visit, confirmation) === undefined) return leadTo(`${current}/${id}/delete`)
  const outcome = await deleteAccountWithAll(db, id, act).catch(falseForLastOwner)
  if (outcome === false) return ask('delete')(visit, true)
  announce({ kind: 'account', id })
  leadTo(current, 'deleted')
}

/** ASVS 6.4.6: an administrator starts the reset and never chooses the password. */
async function mailReset(visit: Visit): Promise<void> {
  const { db, rooms, frame, act, leadTo } = visit
  const { id, email } = await requireChangeableAccount(visit)
  if (!rooms.mailIsSent) return leadTo(`${current}/${id}`)
  await requestPasswordReset(db, rooms, { login: email, locale: frame.messages.language }, act)
  leadTo(`${current}/${id}`, 'sent')
}

async function askGiveUp(visit: Visit): Promise<void> {
  const { db, frame, show, rooms } = visit
  const account = await requireChangeableAccount(visit)
  const standing = await standingOf(db, { kind: 'account', id: account.id })
  const content = confirmGiveUpContent(frame, { account, standing, mailIsSent: rooms.mailIsSent })
  show({ title: frame.messages.consoleAccounts.giveUpPassword, current, content })
}

async function giveUp(visit: Visit): Promise<void> {
  const { db, act, announce, leadTo } = visit
  const { id } = await requireChangeableAccount(visit)
  if (fieldsOf(visit, confirmation) === undefined) return leadTo(`${current}/${id}/give-up-password`)
  await giveUpPassword(db, id, act)
  announce({ kind: 'account', id })
  leadTo(`${current}/${id}`, 'saved')
}

const needs = 'accounts:write'

/** The pages of what happens to accounts. */
export const accountLifecyclePages: readonly ConsoleRoute[] = [
  {
    method: 'GET',
    path: '/accounts/:id/disable',
    needs,
    fresh: true,
    handle: (visit) => ask('disable')(visit),
  },
  { method: 'POST', path: '/accounts/:id/disable', needs, fresh: true, handle: disable },
  { method: 'POST', path: '/accounts/:id/enable', needs, handle: enable },
  {
    method: 'GET',
    path: '/accounts/:id/delete',
    needs,
    fresh: true,
    handle: (visit) => ask('delete')(visit),
  },
  { method: 'POST', path: '/accounts/:id/delete', needs, fresh: true, handle: remove },
  { method: 'POST', path: '/accounts/:id/reset-password', needs, handle: mailReset },
  { method: 'GET', path: '/accounts/:id/give-up-password', needs, fresh: true, handle: askGiveUp },
  { method: 'POST', path: '/accounts/:id/give-up-password', needs, fresh: true, handle: giveUp },
]
