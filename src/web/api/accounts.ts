/** Accounts: people, as administrators and scripts see and change them. */
import { z } from 'zod'
import { findAccount } from '../../domain/accounts/account.ts'
import type { Account } from '../../domain/accounts/account.ts'
import { accountChange, changeAccount } from '../../domain/accounts/change.ts'
import type { ChangeOutcome } from '../../domain/accounts/change.ts'
import { createAccount, newAccount } from '../../domain/accounts/create.ts'
import type { CreateOutcome } from '../../domain/accounts/create.ts'
import { listAccounts, listAccountsByEmail } from '../../domain/accounts/list.ts'
import { searchAccounts } from '../../domain/accounts/search.ts'
import { requireMayChange } from '../../domain/administration/permissions.ts'
import type { Database } from '../../platform/db/open.ts'
import { Refusal } from '../../platform/errors.ts'
import { parseOrRefuse } from '../../platform/parse.ts'
import { accountIdText, searchText } from './ids.ts'
import { camel, iso, maybeTime, pageOf, time } from './json.ts'
import { hashOfNew } from './new-password.ts'
import { requireOneOrder, sortOf } from './paging.ts'
import { defineRoute } from './route.ts'
import type { Route } from './route.ts'

/** An account in an answer. Nothing of what proves who somebody is. */
export const accountSchema = z.strictObject({
  id: accountIdText,
  email: z.string(),
  email_verified_at: maybeTime,
  username: z.string().nullable(),
  has_password: z.boolean(),
  password_changed_at: maybeTime,
  claims: z.record(z.string(), z.unknown()),
  administrator: z.boolean(),
  disabled_at: maybeTime,
  created_at: time,
  updated_at: time,
  version: z.int(),
})

/** The account of a room as the answer says it. */
export function accountJson(account: Account): z.input<typeof accountSchema> {
  return {
    id: account.id,
    email: account.email,
    email_verified_at: iso(account.emailVerifiedAt),
    username: account.username ?? null,
    has_password: account.hasPassword,
    password_changed_at: iso(account.passwordChangedAt),
    claims: account.claims,
    administrator: account.administrator,
    disabled_at: iso(account.disabledAt),
    created_at: iso(account.createdAt),
    updated_at: iso(account.updatedAt),
    version: account.version,
  }
}

/** The account with this id, or a refusal. */
export async function requireAccount(db: Database, id: string): Promise<Account> {
  const account = await findAccount(db, id)
  if (account === undefined) throw unknownAccount()
  return account
}

/** The version of an account, for changes that must name it. */
export async function accountVersion(
  db: Database,
  { account_id: id }: { readonly account_id: string },
): Promise<number | undefined> {
  return (await findAccount(db, id))?.version
}

/** The refusal for an account that is not there. */
export function unknownAccount(): Refusal {
  return new Refusal('not_found', 'There is no such account.')
}

/** What an account route names in its path. */
export const accountParams = { account_id: accountIdText }

const claims = newAccount.shape.claims.unwrap()
const body = z.strictObject({
  email: newAccount.shape.email,
  email_verified: z.boolean().optional(),
  username: newAccount.shape.username,
  claims: claims.optional(),
  password: z
    .string()
    .max(1000)
    .optional()
    .describe(
      'Its owner chooses another at the first sign-in. Without one nobody can sign in with a password.',
    ),
})
const change = z.strictObject({
  email: newAccount.shape.email.optional(),
  email_verified: z.boolean().optional(),
  username: newAccount.shape.username.unwrap().nullable().optional(),
  claims: claims.optional().describe('Replaces all of them.'),
})

const list = defineRoute({
  id: 'list_accounts',
  tag: 'Accounts',
  method: 'GET',
  path: '/accounts',
  summary: 'Lists accounts, the newest first unless another order is asked for; a search goes by name.',
  scope: 'accounts:read',
  paged: true,
  query: { search: searchText.optional(), sort: sortOf(['newest', 'email']) },
  status: 200,
  answer: pageOf(accountSchema),
  handle: async ({ db, query: { search, sort }, page }) => {
    requireOneOrder({ search, sort })
    const { items, next } = await (search !== undefined
      ? searchAccounts(db, { ...page, prefix: search })
      : sort === 'email'
        ? listAccountsByEmail(db, page)
        : listAccounts(db, page))
    return { body: { items: items.map(accountJson) }, next }
  },
})

const create = defineRoute({
  id: 'create_account',
  tag: 'Accounts',
  method: 'POST',
  path: '/accounts',
  summary: 'Makes an account, without any right.',
  scope: 'accounts:write',
  creates: true,
  body,
  status: 201,
  answer: accountSchema,
  handle: async ({ db, body: { password, ...members }, rooms, act }) => {
    const account = parseOrRefuse(newAccount, camel(members), 'invalid_request')
    const passwordHash = password === undefined ? undefined : await hashOfNew(rooms, password, account)
    const id = rooms.newId('acc')
    return answerOf(await createAccount(db, { id, account, passwordHash, passwordTemporary: true }, act))
  },
})

const show = defineRoute({
  id: 'show_account',
  tag: 'Accounts',
  method: 'GET',
  path: '/accounts/{account_id}',
  summary: 'Shows an account.',
  scope: 'accounts:read',
  params: accountParams,
  status: 200,
  answer: accountSchema,
  handle: async ({ db, params }) => {
    const account = await requireAccount(db, params.account_id)
    return { body: accountJson(account), version: account.version }
  },
})

const patch = defineRoute({
  id: 'change_account',
  tag: 'Accounts',
  method: 'PATCH',
  path: '/accounts/{account_id}',
  summary: 'Changes an account; what is not named stays as it is.',
  scope: 'accounts:write',
  // Another address is a way to another password.
  fresh: true,
  params: accountParams,
  body: change,
  currentVersion: accountVersion,
  status: 200,
  answer: accountSchema,
  handle: async ({ db, params: { account_id: id }, body: given, version, caller, act }) => {
    await requireMayChange(db, caller.scopes, { type: 'account', id })
    const described = parseOrRefuse(accountChange, camel(given), 'invalid_request')
    return answerOf(await changeAccount(db, { id, version, change: described }, act))
  },
})

/** The routes about accounts, but for their lifecycle. */
export const accountRoutes: readonly Route[] = [list, create, show, patch]

function answerOf(outcome: CreateOutcome | ChangeOutcome) {
  switch (outcome.outcome) {
    case 'created':
    case 'changed':
      return {
        body: accountJson(outcome.account),
        version: outcome.account.version,
        changed: [{ kind: 'account', id: outcome.account.id }],
      }
    case 'email_taken':
      throw new Refusal('conflict', 'Another account has this e-mail address.')
    case 'username_taken':
      throw new Refusal('conflict', 'Another account has this user name.')
    case 'version_conflict':
      throw new Refusal('conflict', 'The account was changed meanwhile.')
    case 'not_found':
      throw unknownAccount()
  }
}
