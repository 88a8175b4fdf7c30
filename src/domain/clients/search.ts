import { sql } from 'kysely'
import type { Database } from '../../platform/db/open.ts'
import type { Page } from '../../platform/db/page.ts'
import { beginningWith, namePage, readNamePlace } from '../../platform/db/prefix.ts'
import type { NamePlace } from '../../platform/db/prefix.ts'
import { findClient, requireClient } from './client.ts'
import type { Client } from './client.ts'

/** A page of the clients whose name begins with a text in any case, by name; before them the one with this very id. */
export async function searchClients(
  db: Database,
  {
    prefix,
    limit,
    after,
  }: { readonly prefix: string; readonly limit: number; readonly after: string | undefined },
): Promise<Page<Client>> {
  const { key, id } = readNamePlace(after)
  const named = after === undefined ? await findClient(db, prefix) : undefined
  const { rows } = await sql<NamePlace>`select id, lower(name) as key from clients
    where lower(name) like ${beginningWith(prefix.toLowerCase())} and id <> ${named?.id ?? ''}
      and lower(name) ~>=~ ${key} and (lower(name) ~>~ ${key} or id > ${id})
    order by lower(name) using ~<~, id limit ${limit + 1}`.execute(db)
  const { items, next } = namePage(rows, limit, (row) => row.id)
  const clients = await Promise.all(items.map((found) => requireClient(db, found)))
  return { items: named === undefined ? clients : [named, ...clients], next }
}
