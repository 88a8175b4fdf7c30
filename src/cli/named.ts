/** Finding what an argument names: people type addresses and identifiers where they know no id. */
import { findAccount, findAccountByLogin } from '../domain/accounts/account.ts'
import type { Account } from '../domain/accounts/account.ts'
import { findApi, findApiById, unknownApi } from '../domain/apis/api.ts'
import type { Api } from '../domain/apis/api.ts'
import type { Owner } from '../domain/apis/permissions.ts'
import { requireClient } from '../domain/clients/client.ts'
import type { Database } from '../platform/db/open.ts'
import { Refusal } from '../platform/errors.ts'
import { requiredText, text } from './option.ts'
import { CliError } from './failures.ts'

/** The argument that names an account. */
export const accountArgument = requiredText('account', 'The id of the account, or its e-mail address.')

/** The argument that names a client. */
export const clientArgument = requiredText('client', 'The id of the client.')

/** The argument that names an API. */
export const apiArgument = requiredText('api', 'The id of the API, or its identifier.')

/** The options that name whoever is given something. */
export const ownerOptions = {
  account: text('account', 'The account it is about: its id or e-mail address.'),
  client: text('client', 'The client it is about: its id.'),
}

/** The account with this id or e-mail address. A user name is not taken: somebody could choose one that looks like an id. */
export async function requireAccount(db: Database, name: string): Promise<Account> {
  const account = name.includes('@') ? await findAccountByLogin(db, name) : await findAccount(db, name)
  if (account === undefined) throw unknownAccount()
  return account
}

/** The API with this id or identifier. */
export async function requireApiNamed(db: Database, name: string): Promise<Api> {
  const api = (await findApiById(db, name)) ?? (await findApi(db, name))
  if (api === undefined) throw unknownApi()
  return api
}

/** The one owner that the options name. */
export async function requireOwner(
  db: Database,
  { account, client }: { readonly account: string | undefined; readonly client: string | undefined },
): Promise<Owner & { readonly name: string }> {
  if ((account === undefined) === (client === undefined)) {
    throw new CliError('usage', 'Give either --account or --client.')
  }
  if (account !== undefined) {
    const { id, email } = await requireAccount(db, account)
    return { type: 'account', id, name: email }
  }
  const { id, name } = await requireClient(db, client ?? '')
  return { type: 'client', id, name }
}

/** The refusal for an account that is not there. */
export function unknownAccount(): Refusal {
  return new Refusal('not_found', 'There is no such account.')
}
