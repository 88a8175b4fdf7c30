/**
 * Hygiene: keys that could be ended, or could do with less. What is not known is not found: scopes count as exercised
 * when callers say what they require, so an API whose callers never do shows all its keys' scopes as unused.
 */
import { sql } from 'kysely'
import { z } from 'zod'
import type { Database } from '../../platform/db/open.ts'
import type { Page } from '../../platform/db/page.ts'
import { cursorText, pageMembers, pageOf, readCursor } from '../../platform/db/page.ts'
import type { Cursor } from '../../platform/db/page.ts'
import { idText, owner } from '../apis/input.ts'
import type { Owner } from '../apis/permissions.ts'
import { stateCondition, underOtherPepper } from './find.ts'

const dayMilliseconds = 86_400_000
/** After so many days without use a key is idle. */
export const idleDays = 90
// A key that was made a moment ago is not one that nobody needs.
const newDays = 7
// What is rare would otherwise be looked for among all keys there are, by one request.
const mostExamined = 2000

/** What may be found about a key. */
export const findings = [
  'never_used',
  'idle',
  'no_expiry',
  'no_address_list',
  'unused_scopes',
  'retired_pepper',
] as const

/** One of them. */
export type Finding = (typeof findings)[number]

/** A hygiene query at the door: all keys that work by themselves, or those of an owner, an API or with one finding. */
export const hygieneQuery = z.strictObject({
  ...pageMembers,
  owner: owner.optional(),
  apiId: idText.optional(),
  finding: z.enum(findings).optional(),
})

/** A parsed hygiene query. */
export type HygieneQuery = Readonly<z.output<typeof hygieneQuery>>

/** What is looked for: by the query, and where it is known under which pepper secrets should be. */
export interface HygieneOrder {
  readonly query: HygieneQuery
  /** The id of the pepper that hashes new secrets; without it nothing is said about peppers. */
  readonly pepperId: string | undefined
}

/** A key and what could be better about it. */
export interface KeyHygiene {
  readonly id: string
  readonly name: string
  readonly owner: Owner
  readonly apiIdentifier: string
  readonly createdAt: Date
  /** To the second for a secret that is still there, else to the hour; undefined for never. */
  readonly lastUsedAt: Date | undefined
  readonly findings: readonly Finding[]
  /** What was granted and never exercised. */
  readonly unusedScopes: readonly string[]
}

interface HygieneRow {
  readonly id: string
  readonly name: string
  readonly ownerType: Owner['type']
  readonly ownerId: string
  readonly apiIdentifier: string
  readonly createdAt: Date
  readonly lastUsedAt: Date | null
  readonly unusedScopes: readonly string[]
  readonly findings: readonly Finding[]
}

/**
 * A page of the keys about which something was found, the newest first. Keys that are over or disabled are left out. One
 * page looks at 2000 keys at most, so it may be short, or empty, and still have a next one.
 */
export async function hygieneOf(
  db: Database,
  { query, pepperId }: HygieneOrder,
  now: Date,
): Promise<Page<KeyHygiene>> {
  const { limit, finding } = query
  const end = await lastExamined(db, query, now)
  const conditions = [
    ...examinedConditions(query, now),
    finding === undefined ? sql`cardinality(found.findings) > 0` : sql`${finding} = any(found.findings)`,
    ...(end === undefined ? [] : [sql`(k.created_at, k.id) >= (${end.createdAt}, ${end.id})`]),
  ]
  const { rows } = await sql<HygieneRow>`
    select k.id, k.name, k.owner_type, k.owner_id, a.identifier as api_identifier, k.created_at,
      used.last_used_at, unused.scopes as unused_scopes, found.findings
    from api_keys k
    join apis a on a.id = k.api_id
    cross join lateral (select greatest(
      (select max(s.last_used_at) from api_key_secrets s where s.key_id = k.id),
      (select max(u.hour) from api_key_usage u where u.key_id = k.id)) as last_used_at) used
    cross join lateral (select array(select scope from unnest(k.scopes) as scope
      where not exists (select from api_key_scope_usage u where u.key_id = k.id and u.scope = scope.scope)
      order by scope) as scopes) unused
    cross join lateral (select array_remove(array[
      case when used.last_used_at is null and k.created_at <= ${daysBefore(now, newDays)} then 'never_used' end,
      case when used.last_used_at <= ${daysBefore(now, idleDays)} then 'idle' end,
      case when k.expires_at is null then 'no_expiry' end,
      case when cardinality(k.allowed_addresses) = 0 then 'no_address_list' end,
      case when cardinality(unused.scopes) > 0 and k.created_at <= ${daysBefore(now, newDays)}
        then 'unused_scopes' end,
      case when ${pepperId === undefined ? sql`false` : underOtherPepper(pepperId, now)} then 'retired_pepper' end
    ], null) as findings) found
    where ${sql.join(conditions, sql` and `)}
    order by k.created_at desc, k.id desc limit ${limit + 1}`.execute(db)
  const page = pageOf(rows.map(hygieneOfRow), limit)
  return page.next === undefined && end !== undefined ? { ...page, next: cursorText(end) } : page
}

/** The last key that this page looks at, if there are more behind it. */
async function lastExamined(db: Database, query: HygieneQuery, now: Date): Promise<Cursor | undefined> {
  const { rows } = await sql<Cursor>`select k.created_at, k.id from api_keys k
    where ${sql.join(examinedConditions(query, now), sql` and `)}
    order by k.created_at desc, k.id desc offset ${mostExamined - 1} limit 1`.execute(db)
  return rows[0]
}

function examinedConditions({ owner: of, apiId, after }: HygieneQuery, now: Date) {
  const conditions = [stateCondition('active', now)]
  if (of !== undefined) conditions.push(sql`k.owner_type = ${of.type} and k.owner_id = ${of.id}`)
  if (apiId !== undefined) conditions.push(sql`k.api_id = ${apiId}`)
  if (after !== undefined) {
    const { createdAt, id } = readCursor(after)
    conditions.push(sql`(k.created_at, k.id) < (${createdAt}, ${id})`)
  }
  return conditions
}

function hygieneOfRow({ ownerType, ownerId, lastUsedAt, ...row }: HygieneRow): KeyHygiene {
  return { ...row, owner: { type: ownerType, id: ownerId }, lastUsedAt: lastUsedAt ?? undefined }
}

/** The time some days ago. */
export function daysBefore(now: Date, days: number): Date {
  return new Date(now.getTime() - days * dayMilliseconds)
}
