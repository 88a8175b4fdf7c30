/** What happens to accounts: pauses, their end, another password, and the end of everything that stands for them. */
import { z } from 'zod'
import { isCompromisedPassword } from '../../domain/accounts/compromised.ts'
import { deleteAccount, disableAccount, enableAccount } from '../../domain/accounts/lifecycle.ts'
import { setPassword } from '../../domain/accounts/set-password.ts'
import { requireMayChange } from '../../domain/administration/permissions.ts'
import { giveUpPassword } from '../../oidc/compromised-password.ts'
import { endEverythingOfAccount } from '../../oidc/end-everything.ts'
import { inTransaction } from '../../platform/db/transaction.ts'
import { Refusal } from '../../platform/errors.ts'
import {
  accountJson,
  accountParams,
  accountSchema,
  accountVersion,
  requireAccount,
  unknownAccount,
} from './accounts.ts'
import { hashOfNew } from './new-password.ts'
import { defineRoute } from './route.ts'
import type { CallBasics, Route, RouteAnswer } from './route.ts'

const changed = (id: string) => [{ kind: 'account', id }]

const disable = defineRoute({
  id: 'disable_account',
  tag: 'Accounts',
  method: 'POST',
  path: '/accounts/{account_id}/disable',
  summary: 'Disables an account and ends its sessions, grants and tokens. Doing so twice changes nothing.',
  scope: 'accounts:write',
  params: accountParams,
  status: 200,
  answer: accountSchema,
  handle: async (call) => {
    const { account_id: id } = call.params
    await requireMayChange(call.db, call.caller.scopes, { type: 'account', id })
    const outcome = await inTransaction(call.db, async (trx) => {
      const disabled = await disableAccount(trx, { id }, call.act)
      if (disabled === 'disabled') await endEverythingOfAccount(trx, id, call.act)
      return disabled
    })
    if (outcome === 'last_administrator') throw lastOwner()
    return shown(call, id)
  },
})

const enable = defineRoute({
  id: 'enable_account',
  tag: 'Accounts',
  method: 'POST',
  path: '/accounts/{account_id}/enable',
  summary: 'Lets a disabled account sign in again. Doing so twice changes nothing.',
  scope: 'accounts:write',
  params: accountParams,
  status: 200,
  answer: accountSchema,
  handle: async (call) => {
    const { account_id: id } = call.params
    await requireMayChange(call.db, call.caller.scopes, { type: 'account', id })
    await enableAccount(call.db, { id }, call.act)
    return shown(call, id)
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
    const outcome = await inTransaction(db, async (trx) => {
      await endEverythingOfAccount(trx, id, act)
      const deleted = await deleteAccount(trx, { id }, act)
      // Thrown, so that what was ended above is as it was.
      if (deleted === 'last_administrator') throw lastOwner()
      return deleted
    })
    if (outcome === 'not_found') throw unknownAccount()
    return { changed: changed(id) }
  },
})

const password = defineRoute({
  id: 'set_account_password',
  tag: 'Accounts',
  method: 'PUT',
  path: '/accounts/{account_id}/password',
  summary: 'Gives an account another password and ends its sessions, grants and tokens.',
  scope: 'accounts:write',
  fresh: true,
  params: accountParams,
  body: z.strictObject({ password: z.string().max(1000) }),
  status: 200,
  answer: accountSchema,
  handle: async (call) => {
    const { account_id: id } = call.params
    await requireMayChange(call.db, call.caller.scopes, { type: 'account', id })
    const account = await requireAccount(call.db, id)
    await refuseCompromised(call, { id, ...call.body })
    const passwordHash = await hashOfNew(call.rooms, call.body.password, account)
    const outcome = await inTransaction(call.db, async (trx) => {
      const set = await setPassword(trx, { id, passwordHash }, call.act)
      if (set === 'changed') await endEverythingOfAccount(trx, id, call.act)
      return set
    })
    if (outcome === 'not_found') throw unknownAccount()
    return shown(call, id)
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

const endEverything = defineRoute({
  id: 'end_everything_of_account',
  tag: 'Sessions and grants',
  method: 'POST',
  path: '/accounts/{account_id}/end-everything',
  summary: 'Ends every session, grant and token of an account; it may sign in again.',
  scope: 'sessions:write',
  params: accountParams,
  status: 204,
  handle: async ({ db, params: { account_id: id }, act }) => {
    await requireAccount(db, id)
    await endEverythingOfAccount(db, id, act)
    return { changed: changed(id) }
  },
})

/** The routes about what happens to accounts. */
export const accountLifecycleRoutes: readonly Route[] = [
  disable,
  enable,
  remove,
  password,
  giveUp,
  endEverything,
]

async function shown({ db }: CallBasics, id: string): Promise<RouteAnswer> {
  const account = await requireAccount(db, id)
  return { body: accountJson(account), version: account.version, changed: changed(id) }
}

async function refuseCompromised(
  { db, rooms }: Pick<CallBasics, 'db' | 'rooms'>,
  chosen: { readonly id: string; readonly password: string },
): Promise<void> {
  if (!(await isCompromisedPassword({ db, hasher: rooms.hasher }, chosen))) return
  throw new Refusal('weak_password', 'The password cannot be used: it is known to others.')
}

function lastOwner(): Refusal {
  return new Refusal('conflict', 'The last owner who can sign in stays.')
}
