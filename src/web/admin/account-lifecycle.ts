/** What happens to accounts: pauses and their end, passwords that others know, a link for another, second factors that were lost. */
import { z } from 'zod'
import type { Account } from '../../domain/accounts/account.ts'
import { enableAccount } from '../../domain/accounts/lifecycle.ts'
import { requestPasswordReset } from '../../domain/accounts/recovery.ts'
import { requireMayChange } from '../../domain/administration/permissions.ts'
import { forgetDevices } from '../../domain/devices/devices.ts'
import { enrolledFactors, resetSecondFactors } from '../../domain/second-factors/second-factors.ts'
import { giveUpPassword } from '../../oidc/compromised-password.ts'
import { endEverythingOfAccount } from '../../oidc/end-everything.ts'
import { standingOf } from '../../oidc/incidents.ts'
import { deleteAccountWithAll, disableAccountWithAll } from '../../oidc/lifecycle.ts'
import { inTransaction } from '../../platform/db/transaction.ts'
import { lineOfText } from '../../platform/text.ts'
import {
  confirmEndContent,
  confirmFactorsContent,
  confirmGiveUpContent,
} from '../../../views/admin/account-end-pages.ts'
import { requireAccount } from './account-edit.ts'
import { falseForLastOwner } from './last-owner.ts'
import { fieldsOf } from './route.ts'
import type { ConsoleRoute, Visit } from './route.ts'

const current = '/admin/accounts'
const confirmation = z.object({
  confirmed: z.literal('yes'),
  reason: lineOfText(200, { empty: true }).default(''),
})

/** The account of the page, if this administrator may change it. */
async function requireMine(visit: Visit): Promise<Account> {
  const account = await requireAccount(visit)
  await requireMayChange(visit.db, visit.held, { type: 'account', id: account.id })
  return account
}

function ask(kind: 'disable' | 'delete') {
  return async (visit: Visit, isLastOwner = false): Promise<void> => {
    const { db, frame, show } = visit
    const account = await requireMine(visit)
    const standing = await standingOf(db, { kind: 'account', id: account.id })
    const content = confirmEndContent(frame, { kind, account, standing, isLastOwner })
    const title = frame.messages.consoleAccounts[kind]
    show({ title, current, hasProblem: isLastOwner, content }, isLastOwner ? 409 : 200)
  }
}

async function disable(visit: Visit): Promise<void> {
  const { db, act, announce, leadTo } = visit
  const { id } = await requireMine(visit)
  if (fieldsOf(visit, confirmation) === undefined) return leadTo(`${current}/${id}/disable`)
  const outcome = await disableAccountWithAll(db, id, act).catch(falseForLastOwner)
  if (outcome === false) return ask('disable')(visit, true)
  announce({ kind: 'account', id })
  leadTo(`${current}/${id}`, 'disabled')
}

async function enable(visit: Visit): Promise<void> {
  const { db, act, announce, leadTo } = visit
  const { id } = await requireMine(visit)
  await enableAccount(db, { id }, act)
  announce({ kind: 'account', id })
  leadTo(`${current}/${id}`, 'enabled')
}

async function remove(visit: Visit): Promise<void> {
  const { db, act, announce, leadTo } = visit
  const { id } = await requireMine(visit)
  if (fieldsOf(visit, confirmation) === undefined) return leadTo(`${current}/${id}/delete`)
  const outcome = await deleteAccountWithAll(db, id, act).catch(falseForLastOwner)
  if (outcome === false) return ask('delete')(visit, true)
  announce({ kind: 'account', id })
  leadTo(current, 'deleted')
}

/** ASVS 6.4.6: an administrator starts the reset and never chooses the password. */
async function mailReset(visit: Visit): Promise<void> {
  const { db, rooms, frame, act, leadTo } = visit
  const { id, email } = await requireMine(visit)
  if (!rooms.mailIsSent) return leadTo(`${current}/${id}`)
  await requestPasswordReset(db, rooms, { login: email, locale: frame.messages.language }, act)
  leadTo(`${current}/${id}`, 'sent')
}

async function askGiveUp(visit: Visit): Promise<void> {
  const { db, frame, show } = visit
  const account = await requireMine(visit)
  const standing = await standingOf(db, { kind: 'account', id: account.id })
  const content = confirmGiveUpContent(frame, { account, standing })
  show({ title: frame.messages.consoleAccounts.giveUpPassword, current, content })
}

async function giveUp(visit: Visit): Promise<void> {
  const { db, act, announce, leadTo } = visit
  const { id } = await requireMine(visit)
  if (fieldsOf(visit, confirmation) === undefined) return leadTo(`${current}/${id}/give-up-password`)
  await giveUpPassword(db, id, act)
  announce({ kind: 'account', id })
  leadTo(`${current}/${id}`, 'saved')
}

async function askFactors(visit: Visit): Promise<void> {
  const { db, frame, show } = visit
  const account = await requireMine(visit)
  const factors = await enrolledFactors(db, account.id)
  const content = confirmFactorsContent(frame, { account, factors })
  show({ title: frame.messages.consoleAccounts.removeFactors, current, content })
}

async function removeFactors(visit: Visit): Promise<void> {
  const { db, act, announce, leadTo } = visit
  const { id } = await requireMine(visit)
  const input = fieldsOf(visit, confirmation)
  if (input === undefined) return leadTo(`${current}/${id}/remove-factors`)
  const reason = input.reason === '' ? undefined : input.reason
  await inTransaction(db, async (trx) => {
    await resetSecondFactors(trx, { accountId: id, reason }, act)
    await forgetDevices(trx, { accountId: id }, act)
    await endEverythingOfAccount(trx, id, act)
  })
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
  { method: 'GET', path: '/accounts/:id/remove-factors', needs, fresh: true, handle: askFactors },
  { method: 'POST', path: '/accounts/:id/remove-factors', needs, fresh: true, handle: removeFactors },
]
