/** Accounts at the command line: who there is, and what is known of them. */
import { changeAccount, accountChange } from '../domain/accounts/change.ts'
import { createAccount, newAccount } from '../domain/accounts/create.ts'
import type { NameTaken } from '../domain/accounts/create.ts'
import { grantAdministrator } from '../domain/accounts/lifecycle.ts'
import { accountListQuery, listAccounts } from '../domain/accounts/list.ts'
import { randomId } from '../platform/crypto/random.ts'
import { inTransaction } from '../platform/db/transaction.ts'
import { Refusal } from '../platform/errors.ts'
import { parseOrRefuse } from '../platform/parse.ts'
import { accountAnswer, accountJson, stateOfAccount } from './account-view.ts'
import { defineCommand } from './command.ts'
import { flag, requiredText, text, truth, wholeNumber } from './option.ts'
import type { Command } from './command.ts'
import { effectiveConfig } from './effective-config.ts'
import { readJsonFile, readPassword } from './input.ts'
import { emptyText, listing, pageOptions } from './listing.ts'
import { accountArgument, requireAccount, unknownAccount } from './named.ts'
import { hashNewPassword, myOwn } from './new-password.ts'
import { sentence } from './output.ts'

const claimOptions = {
  name: text('text', 'The full name, as others see it.'),
  'claims-file': text(
    'file',
    'A JSON file of standard claims (OpenID Connect Core 5.1); replaces all there are.',
  ),
}

const create = defineCommand({
  words: 'accounts create',
  summary: 'Makes an account.',
  notes: ['Without a password nobody can sign in to it yet.'],
  options: {
    email: requiredText('address', 'The e-mail address to sign in with.'),
    'email-verified': flag('Vouches for the address: it counts as verified.'),
    username: text('name', 'A user name to sign in with as well.'),
    ...claimOptions,
    'password-stdin': flag('Reads the password, of 15 characters or more, from standard input.'),
    'my-own': myOwn,
    administrator: flag('Makes the account an administrator of the installation.'),
  },
  examples: [
    'accounts create --email ana@example.com --name "Ana Example"',
    'accounts create --email ana@example.com --administrator --password-stdin < password.txt',
  ],
  run: async (context, given) => {
    const { email, username } = given
    const description = {
      email,
      emailVerified: given['email-verified'],
      username,
      claims: await claimsOf(given),
    }
    const account = parseOrRefuse(newAccount, description, 'invalid_request')
    const db = await context.openDatabase()
    const passwordHash = given['password-stdin']
      ? await hashNewPassword(await effectiveConfig(context, db), await readPassword(), account)
      : undefined
    const id = randomId('acc')
    await inTransaction(db, async (trx) => {
      const passwordTemporary = !given['my-own']
      const created = await createAccount(trx, { id, account, passwordHash, passwordTemporary }, context.act)
      if (created.outcome !== 'created') throw nameTaken(created.outcome)
      if (given.administrator) await grantAdministrator(trx, { id }, context.act)
    })
    const answer = accountAnswer(await requireAccount(db, id), 'The account was made.')
    if (passwordHash !== undefined) return answer
    const hint = `It has no password yet: latchkey accounts set-password ${id}`
    return { ...answer, blocks: [...answer.blocks, sentence(hint)] }
  },
})

const list = defineCommand({
  words: 'accounts list',
  summary: 'Lists accounts, the newest first.',
  options: {
    ...pageOptions,
    search: text('text', 'A part of the address or user name, or a whole id.'),
  },
  examples: ['accounts list', 'accounts list --search example.com --limit 50'],
  run: async (context, { limit, after, search }) => {
    const query = parseOrRefuse(accountListQuery, { limit, after, search }, 'invalid_request')
    return listing({
      page: await listAccounts(await context.openDatabase(), query),
      columns: ['id', 'e-mail', 'name', 'state'],
      row: (account) => [account.id, account.email, account.claims.name, stateOfAccount(account)],
      json: accountJson,
      empty: emptyText(
        search !== undefined,
        'There are no accounts yet. Make one with: latchkey accounts create --email <address>',
      ),
      more: 'accounts list',
    })
  },
})

const show = defineCommand({
  words: 'accounts show',
  summary: 'Shows an account.',
  arguments: { account: accountArgument },
  examples: ['accounts show ana@example.com'],
  run: async (context, { account }) =>
    accountAnswer(await requireAccount(await context.openDatabase(), account)),
})

const change = defineCommand({
  words: 'accounts change',
  summary: 'Changes an account; what is not named stays as it is.',
  arguments: { account: accountArgument },
  options: {
    email: text('address', 'Another e-mail address; it is unverified until somebody vouches for it.'),
    'email-verified': truth('Whether the address counts as verified.'),
    username: text('name', 'Another user name.'),
    'remove-username': flag('Takes the user name away.'),
    ...claimOptions,
    'if-version': wholeNumber('version', 'Refuses the change if the account is at another version.'),
  },
  examples: [
    'accounts change ana@example.com --name "Ana Sample"',
    'accounts change ana@example.com --email ana@sample.example --email-verified true',
  ],
  run: async (context, given) => {
    const db = await context.openDatabase()
    const current = await requireAccount(db, given.account)
    const description = {
      email: given.email,
      emailVerified: given['email-verified'],
      username: given['remove-username'] ? null : given.username,
      claims: await claimsOf(given, current.claims),
    }
    const { id } = current
    const changed = await changeAccount(
      db,
      {
        id,
        version: given['if-version'] ?? current.version,
        change: parseOrRefuse(accountChange, description, 'invalid_request'),
      },
      context.act,
    )
    if (changed.outcome !== 'changed') throw changeRefused(changed.outcome)
    return accountAnswer(changed.account, 'The account was changed.')
  },
})

/** The commands about accounts, but for their passwords and their lifecycle. */
export const accountCommands: readonly Command[] = [create, list, show, change]

interface GivenClaims {
  readonly name: string | undefined
  readonly 'claims-file': string | undefined
}

async function claimsOf(given: GivenClaims, current: object = {}): Promise<unknown> {
  const { name, 'claims-file': file } = given
  if (file === undefined) return name === undefined ? undefined : { ...current, name }
  const claims = await readJsonFile(file)
  return name === undefined || typeof claims !== 'object' ? claims : { ...claims, name }
}

function changeRefused(outcome: NameTaken | 'version_conflict' | 'not_found'): Refusal {
  if (outcome === 'not_found') return unknownAccount()
  if (outcome !== 'version_conflict') return nameTaken(outcome)
  return new Refusal('conflict', 'The account was changed by somebody else meanwhile; look at it again.')
}

function nameTaken(outcome: NameTaken): Refusal {
  const name = outcome === 'email_taken' ? 'e-mail address' : 'user name'
  return new Refusal('conflict', `There is an account with this ${name} already.`)
}
