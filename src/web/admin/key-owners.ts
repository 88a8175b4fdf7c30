/** Whoever keys stand for, as the console finds and names them. */
import { findAccount, findAccountByLogin } from '../../domain/accounts/account.ts'
import { searchAccounts } from '../../domain/accounts/search.ts'
import type { Owner } from '../../domain/apis/permissions.ts'
import { findClient } from '../../domain/clients/client.ts'
import { searchClients } from '../../domain/clients/search.ts'
import type { Database } from '../../platform/db/open.ts'
import { Refusal } from '../../platform/errors.ts'
import { isIdText, lineOfText } from '../../platform/text.ts'
import type { ShownOwner } from '../../../views/admin/key-parts.ts'
import type { Visit } from './route.ts'

const mostFound = 10
const searchable = lineOfText(200)

/** An owner with the name people know it by; the id where it is no longer there. */
export async function shownOwner(db: Database, { type, id }: Owner): Promise<ShownOwner> {
  if (type === 'account') {
    const account = await findAccount(db, id)
    return {
      type,
      id,
      name: account?.email ?? account?.username ?? id,
      isDisabled: account?.disabledAt !== undefined,
    }
  }
  const client = await findClient(db, id)
  return { type, id, name: client?.name ?? id, isDisabled: client?.disabledAt !== undefined }
}

/** The owners of a list, each looked up once. */
export async function shownOwners(
  db: Database,
  owners: readonly Owner[],
): Promise<(owner: Owner) => ShownOwner> {
  const unique = new Map(owners.map((owner) => [`${owner.type}:${owner.id}`, owner]))
  const shown = new Map(
    await Promise.all([...unique].map(async ([key, owner]) => [key, await shownOwner(db, owner)] as const)),
  )
  return (owner) => shown.get(`${owner.type}:${owner.id}`) ?? { ...owner, name: owner.id, isDisabled: false }
}

/** The owner of this very id or email, or undefined. */
export async function ownerCalled(db: Database, text: string): Promise<Owner | undefined> {
  if (!searchable.safeParse(text).success) return undefined
  const client = isIdText(text) ? await findClient(db, text) : undefined
  if (client !== undefined) return { type: 'client', id: client.id }
  const account = (await findAccount(db, text)) ?? (await findAccountByLogin(db, text))
  return account === undefined ? undefined : { type: 'account', id: account.id }
}

/** Owners whose name begins with a text, as far as the administrator may see any. */
export async function searchOwners(
  { db, held }: Pick<Visit, 'db' | 'held'>,
  text: string,
): Promise<readonly ShownOwner[]> {
  if (!searchable.safeParse(text).success) return []
  const wanted = { prefix: text, limit: mostFound, after: undefined }
  const [clients, accounts] = await Promise.all([
    held.has('clients:read') ? searchClients(db, wanted) : undefined,
    held.has('accounts:read') ? searchAccounts(db, wanted) : undefined,
  ])
  return [
    ...(clients?.items ?? []).map(({ id, name, disabledAt }) => ({
      type: 'client' as const,
      id,
      name,
      isDisabled: disabledAt !== undefined,
    })),
    ...(accounts?.items ?? []).map(({ id, email, username, disabledAt }) => ({
      type: 'account' as const,
      id,
      name: email ?? username ?? id,
      isDisabled: disabledAt !== undefined,
    })),
  ]
}

/** The owner that an address or a form names as `type:id`; a refusal if there is none. */
export async function requireOwner(db: Database, text: string): Promise<ShownOwner> {
  const [, type, id] = /^(account|client):([\w.~-]{1,100})$/.exec(text) ?? []
  const found =
    id === undefined ? undefined : await (type === 'account' ? findAccount(db, id) : findClient(db, id))
  if (found === undefined) throw new Refusal('not_found', 'There is no such account or client.')
  return shownOwner(db, { type: type === 'account' ? 'account' : 'client', id: found.id })
}
