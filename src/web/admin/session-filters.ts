/** Whose sessions or grants are looked for, as it was typed. */
import { findAccount, findAccountByLogin } from '../../domain/accounts/account.ts'
import { findClient } from '../../domain/clients/client.ts'
import { searchClients } from '../../domain/clients/search.ts'
import { searchOf } from './list-places.ts'
import type { Visit } from './route.ts'

/** What was typed, and whom it means. */
export interface SessionFilters {
  readonly typed: { readonly account: string; readonly client: string }
  readonly account: { readonly id: string; readonly email: string } | undefined
  readonly client: { readonly id: string; readonly name: string } | undefined
  /** What was typed and means nobody. */
  readonly nobody: string | undefined
}

/** Reads the filters. Whoever types half a name is told that it is nobody's, instead of being shown everybody's. */
export async function sessionFilters({ db, query }: Pick<Visit, 'db' | 'query'>): Promise<SessionFilters> {
  const typed = { account: searchOf(query, 'account'), client: searchOf(query, 'client') }
  const account =
    typed.account === ''
      ? undefined
      : ((await findAccount(db, typed.account)) ?? (await findAccountByLogin(db, typed.account)))
  const client = typed.client === '' ? undefined : await clientCalled(db, typed.client)
  const nobody = [
    ...(typed.account !== '' && account === undefined ? [typed.account] : []),
    ...(typed.client !== '' && client === undefined ? [typed.client] : []),
  ]
  return { typed, account, client, nobody: nobody[0] }
}

async function clientCalled(db: Visit['db'], text: string) {
  const byId = await findClient(db, text)
  if (byId !== undefined) return byId
  const { items } = await searchClients(db, { prefix: text, limit: 5, after: undefined })
  return items.find(({ name }) => name.toLowerCase() === text.toLowerCase())
}

/** Names of accounts or clients, each looked up once. */
export async function namesOf(
  ids: readonly string[],
  find: (id: string) => Promise<string | undefined>,
): Promise<ReadonlyMap<string, string | undefined>> {
  const distinct = [...new Set(ids)]
  return new Map(await Promise.all(distinct.map(async (id) => [id, await find(id)] as const)))
}
