/** Disabling, deleting and promoting accounts. What stands for an account ends in the same transaction. */
import { enableAccount, grantAdministrator, withdrawAdministrator } from '../domain/accounts/lifecycle.ts'
import { deleteAccountWithAll, disableAccountWithAll, lastOwnerStays } from '../oidc/lifecycle.ts'
import { accountAnswer } from './account-view.ts'
import { defineCommand } from './command.ts'
import type { Command } from './command.ts'
import { confirm } from './input.ts'
import { confirmable } from './listing.ts'
import { accountArgument, requireAccount, unknownAccount } from './named.ts'
import { sentence } from './output.ts'

const disable = defineCommand({
  words: 'accounts disable',
  summary: 'Disables an account: it can no longer sign in, and its sessions, connected apps and tokens end.',
  arguments: { account: accountArgument },
  options: confirmable,
  examples: ['accounts disable ana@example.com --yes'],
  run: async (context, given) => {
    const db = await context.openDatabase()
    const { id, email } = await requireAccount(db, given.account)
    await confirm(
      `This disables the account ${email} (${id}) and ends its sessions, connected apps and tokens.`,
      given,
    )
    const outcome = await disableAccountWithAll(db, id, context.act)
    if (outcome === 'not_found') throw unknownAccount()
    const said = outcome === 'disabled' ? 'The account is disabled.' : 'The account was disabled already.'
    return accountAnswer(await requireAccount(db, id), said)
  },
})

const enable = defineCommand({
  words: 'accounts enable',
  summary: 'Lets a disabled account sign in again.',
  arguments: { account: accountArgument },
  examples: ['accounts enable ana@example.com'],
  run: async (context, given) => {
    const db = await context.openDatabase()
    const { id } = await requireAccount(db, given.account)
    const outcome = await enableAccount(db, { id }, context.act)
    if (outcome === 'not_found') throw unknownAccount()
    const said = outcome === 'enabled' ? 'The account is enabled.' : 'The account was enabled already.'
    return accountAnswer(await requireAccount(db, id), said)
  },
})

const remove = defineCommand({
  words: 'accounts delete',
  summary: 'Deletes an account with its permissions and roles; its sessions, connected apps and tokens end.',
  arguments: { account: accountArgument },
  options: confirmable,
  examples: ['accounts delete ana@example.com --yes'],
  run: async (context, given) => {
    const db = await context.openDatabase()
    const { id, email } = await requireAccount(db, given.account)
    await confirm(
      `This deletes the account ${email} (${id}) for good, with its permissions, sessions, connected apps and tokens.`,
      given,
    )
    if ((await deleteAccountWithAll(db, id, context.act)) === 'not_found') throw unknownAccount()
    return { json: { deleted: id }, blocks: [sentence(`The account ${email} (${id}) was deleted.`)] }
  },
})

const grant = defineCommand({
  words: 'accounts grant-administrator',
  summary: 'Makes an account an administrator of the installation.',
  arguments: { account: accountArgument },
  examples: ['accounts grant-administrator ana@example.com'],
  run: async (context, given) => {
    const db = await context.openDatabase()
    const { id } = await requireAccount(db, given.account)
    const outcome = await grantAdministrator(db, { id }, context.act)
    if (outcome === 'not_found') throw unknownAccount()
    const said = outcome === 'granted' ? 'is an administrator now' : 'was an administrator already'
    return accountAnswer(await requireAccount(db, id), `The account ${said}.`)
  },
})

const withdraw = defineCommand({
  words: 'accounts withdraw-administrator',
  summary: 'Makes an administrator an ordinary account.',
  notes: ['The last administrator who can sign in stays one.'],
  arguments: { account: accountArgument },
  examples: ['accounts withdraw-administrator ana@example.com'],
  run: async (context, given) => {
    const db = await context.openDatabase()
    const { id } = await requireAccount(db, given.account)
    const outcome = await withdrawAdministrator(db, { id }, context.act)
    if (outcome === 'not_found') throw unknownAccount()
    if (outcome === 'last_administrator') throw lastOwnerStays()
    const said = outcome === 'withdrawn' ? 'is no administrator any more' : 'was no administrator'
    return accountAnswer(await requireAccount(db, id), `The account ${said}.`)
  },
})

/** The commands about the lifecycle of accounts. */
export const accountLifecycleCommands: readonly Command[] = [disable, enable, remove, grant, withdraw]
