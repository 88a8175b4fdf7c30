import { sql } from 'kysely'
import type { Database } from '../../platform/db/open.ts'
import type { Page } from '../../platform/db/page.ts'
import { namePage, readTimePlace } from '../../platform/db/prefix.ts'
import { isIdText } from '../../platform/text.ts'
import type { Owner } from './permissions.ts'

/** Somebody who has a role, since when. */
export interface RoleMember {
  readonly owner: Owner
  readonly since: Date
}

/** A page of those who have a role, by when they got it. */
export async function listMembers(
  db: Database,
  query: { readonly roleId: string; readonly limit: number; readonly after: string | undefined },
): Promise<Page<RoleMember>> {
  const { roleId, limit, after } = query
  if (!isIdText(roleId)) return { items: [], next: undefined }
  const { key, id } = readTimePlace(after)
  const beyond =
    after === undefined
      ? sql`true`
      : sql`(m.created_at, m.owner_type || '.' || m.owner_id) > (${key}::timestamptz, ${id})`
  const { rows } = await sql<{ key: string; id: string; type: Owner['type']; ownerId: string; since: Date }>`
    select m.created_at::text as key, m.owner_type || '.' || m.owner_id as id, m.owner_type as type, m.owner_id,
      m.created_at as since
    from role_members m where m.role_id = ${roleId} and ${beyond}
    order by m.created_at, m.owner_type || '.' || m.owner_id limit ${limit + 1}`.execute(db)
  return namePage(rows, limit, ({ type, ownerId, since }) => ({ owner: { type, id: ownerId }, since }))
}

/** How many accounts and clients have a role. */
export async function countMembers(db: Database, roleId: string): Promise<number> {
  const { count } = await db
    .selectFrom('roleMembers')
    .select(({ fn }) => fn.countAll<string>().as('count'))
    .where('roleId', '=', roleId)
    .executeTakeFirstOrThrow()
  return Number(count)
}
