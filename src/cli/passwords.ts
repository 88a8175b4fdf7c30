/**
 * Passwords of accounts at the command line. In the console and the management API an administrator starts a reset and
 * never chooses the password (ASVS 6.4.6). An operator can choose one that its owner has to replace, because they have the
 * database anyway, and because an installation that sends no mail needs it.
 */
import { requestPasswordReset } from '../domain/accounts/recovery.ts'
import { setPassword } from '../domain/accounts/set-password.ts'
import { giveUpPassword } from '../oidc/compromised-password.ts'
import { endHeldSignIns } from '../oidc/artifact-end.ts'
import { endEverythingOfAccount } from '../oidc/end-everything.ts'
import { inTransaction } from '../platform/db/transaction.ts'
import { Refusal } from '../platform/errors.ts'
import { accountAnswer } from './account-view.ts'
import { defineCommand } from './command.ts'
import type { Command } from './command.ts'
import { effectiveConfig } from './effective-config.ts'
import { confirm, readPassword } from './input.ts'
import { confirmable } from './listing.ts'
import { accountArgument, requireAccount, unknownAccount } from './named.ts'
import { hashNewPassword, myOwn, refuseCompromised } from './new-password.ts'
import { flag } from './option.ts'
import { sentence } from './output.ts'

const set = defineCommand({
  words: 'accounts set-password',
  summary: 'Gives an account another password, read from standard input.',
  notes: [
    'Its sessions, connected apps and tokens end with the old one, unless they are to be kept.',
    'Its owner has to choose another at the next sign-in, unless it is your own. Where mail is sent, better `reset-password`.',
  ],
  arguments: { account: accountArgument },
  options: {
    'keep-sessions': flag('Leaves sessions, connected apps and tokens as they are.'),
    'my-own': myOwn,
  },
  examples: ['accounts set-password ana@example.com < password.txt'],
  run: async (context, given) => {
    const password = await readPassword()
    const db = await context.openDatabase()
    const account = await requireAccount(db, given.account)
    const { id } = account
    await refuseCompromised(db, context.config(), { id, password })
    const passwordHash = await hashNewPassword(await effectiveConfig(context, db), password, account)
    await inTransaction(db, async (trx) => {
      const temporary = !given['my-own']
      const outcome = await setPassword(trx, { id, passwordHash, temporary }, context.act)
      if (outcome === 'not_found') throw unknownAccount()
      if (given['keep-sessions']) await endHeldSignIns(trx, id)
      else await endEverythingOfAccount(trx, id, context.act)
    })
    const ended = given['keep-sessions'] ? '' : ' Its sessions, connected apps and tokens have ended.'
    return accountAnswer(await requireAccount(db, id), `The password was set.${ended}`)
  },
})

const reset = defineCommand({
  words: 'accounts reset-password',
  summary: 'Mails an account a link, good for ten minutes, to choose another password.',
  notes: [
    'The old password works until another was chosen.',
    'The running server sends the mail, in the language of the account or in English.',
  ],
  arguments: { account: accountArgument },
  examples: ['accounts reset-password ana@example.com'],
  needsSecrets: true,
  run: async (context, given) => {
    const { issuer } = context.config()
    const db = await context.openDatabase()
    const { id, email, disabledAt } = await requireAccount(db, given.account)
    if (disabledAt !== undefined) throw new Refusal('conflict', 'The account is disabled.')
    const mailing = { seal: await context.openSeal(), issuer }
    await requestPasswordReset(db, mailing, { login: email, locale: 'en' }, context.act)
    return { json: { mailed: id }, blocks: [sentence(`The link is on its way to ${email}.`)] }
  },
})

const giveUp = defineCommand({
  words: 'accounts give-up-password',
  summary: 'Marks a password as known to others: it opens nothing, and another one has to be chosen.',
  notes: ['Sessions, connected apps and tokens of the account end. The same password is not taken again.'],
  arguments: { account: accountArgument },
  options: confirmable,
  examples: ['accounts give-up-password ana@example.com --yes'],
  run: async (context, given) => {
    const db = await context.openDatabase()
    const { id, email } = await requireAccount(db, given.account)
    await confirm(
      `This gives up the password of ${email} (${id}) and ends its sessions, connected apps and tokens.`,
      given,
    )
    const outcome = await giveUpPassword(db, id, context.act)
    const said = outcome === 'marked' ? 'The password was given up.' : 'The account has no password.'
    return accountAnswer(await requireAccount(db, id), said)
  },
})

/** The commands about passwords. */
export const passwordCommands: readonly Command[] = [set, reset, giveUp]
