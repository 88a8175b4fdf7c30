/** What happens to accounts: pauses, their end, a link to another password, and one that others know. */
import { enableAccount } from '../../domain/accounts/lifecycle.ts'
import { requestPasswordReset } from '../../domain/accounts/recovery.ts'
import { requireMayChange } from '../../domain/administration/permissions.ts'
import { giveUpPassword } from '../../oidc/compromised-password.ts'
import { deleteAccountWithAll, disableAccountWithAll } from '../../oidc/lifecycle.ts'
import { Refusal } from '../../platform/errors.ts'
import {
  accountJson,
  accountParams,
  accountSchema,
  accountVersion,
  requireAccount,
  unknownAccount,
} from './accounts.ts'
import { definePause } from './pauses.ts'
import { defineRoute } from './route.ts'
import type { CallBasics, Route, RouteAnswer } from './route.ts'

const changed = (id: string) => [{ kind: 'account', id }]

const pauses = definePause({
  of: 'account',
  tag: 'Accounts',
  path: '/accounts/{account_id}',
  scope: 'accounts:write',
  params: accountParams,
  answer: accountSchema,
  disable: {
    summary: 'Disables an account and ends its sessions, grants and tokens. Doing so twice changes nothing.',
    handle: async (call) => {
      const { account_id: id } = call.params
      await requireMayChange(call.db, call.caller.scopes, { type: 'account', id })
      await disableAccountWithAll(call.db, id, call.act)
      return shown(call, id)
    },
  },
  enable: {
    summary: 'Lets a disabled account sign in again. Doing so twice changes nothing.',
    handle: async (call) => {
      const { account_id: id } = call.params
      await requireMayChange(call.db, call.caller.scopes, { type: 'account', id })
      await enableAccount(call.db, { id }, call.act)
      return shown(call, id)
    },
  },
})

const remove = defineRoute({
  id: 'delete_account',
  tag: 'Accounts',
  method: 'DELETE',
  path: '/accounts/{account_id}',
  summary: 'Deletes an account with everything that stands for it.',
  scope: 'accounts:write',
  fresh: true,
  params: accountParams,
  currentVersion: accountVersion,
  status: 204,
  handle: async ({ db, params: { account_id: id }, caller, act }) => {
    await requireMayChange(db, caller.scopes, { type: 'account', id })
    if ((await deleteAccountWithAll(db, id, act)) === 'not_found') throw unknownAccount()
    return { changed: changed(id) }
  },
})

const resetPassword = defineRoute({
  id: 'reset_account_password',
  tag: 'Accounts',
  method: 'POST',
  path: '/accounts/{account_id}/reset-password',
  // ASVS 6.4.6: an administrator starts the reset and never chooses the password.
  summary:
    'Mails an account a link to choose another password; whoever chooses one is signed out everywhere.',
  scope: 'accounts:write',
  params: accountParams,
  status: 204,
  handle: async ({ db, params: { account_id: id }, rooms, caller, act }) => {
    await requireMayChange(db, caller.scopes, { type: 'account', id })
    const { email, disabledAt } = await requireAccount(db, id)
    if (!rooms.mailIsSent) throw new Refusal('conflict', 'This server sends no mail.')
    if (disabledAt !== undefined) throw new Refusal('conflict', 'The account is disabled.')
    await requestPasswordReset(db, rooms, { login: email, locale: 'en' }, act)
    return {}
  },
})

const giveUp = defineRoute({
  id: 'give_up_account_password',
  tag: 'Accounts',
  method: 'POST',
  path: '/accounts/{account_id}/give-up-password',
  summary:
    'Marks the password of an account as known to others: it opens nothing any more, and sessions, grants and tokens end.',
  scope: 'accounts:write',
  params: accountParams,
  status: 200,
  answer: accountSchema,
  handle: async (call) => {
    const { account_id: id } = call.params
    await requireMayChange(call.db, call.caller.scopes, { type: 'account', id })
    await requireAccount(call.db, id)
    await giveUpPassword(call.db, id, call.act)
    return shown(call, id)
  },
})

/** The routes about what happens to accounts. */
export const accountLifecycleRoutes: readonly Route[] = [...pauses, remove, resetPassword, giveUp]

async function shown({ db }: CallBasics, id: string): Promise<RouteAnswer> {
  const account = await requireAccount(db, id)
  return { body: accountJson(account), version: account.version, changed: changed(id) }
}
