/**
 * API keys: long-lived secrets that stand for their owner at one API.
 * Owns `api_keys`, `api_key_secrets`, `api_key_usage` and `api_key_scope_usage`. A key has its own scopes, expiry,
 * addresses and limits; what it may do at a moment is decided when it is presented, and never exceeds what its owner
 * has then. This room stands on the room of APIs, whose permissions say what an owner has.
 */
import type { Rate } from '../../platform/rate.ts'
import { sql } from 'kysely'
import type { RawBuilder } from 'kysely'
import { z } from 'zod'
import type { Database } from '../../platform/db/open.ts'
import { run, statement } from '../../platform/db/open.ts'
import type { Page } from '../../platform/db/page.ts'
import { containing, pageMembers, pageOf, readCursor } from '../../platform/db/page.ts'
import { Refusal } from '../../platform/errors.ts'
import { lineOfText } from '../../platform/text.ts'
import { idText, owner } from '../apis/input.ts'
import type { Owner } from '../apis/permissions.ts'
import { keyOfRow, selectKey } from './key-row.ts'
import type { KeyRow } from './key-row.ts'
import type { Slot } from './secret.ts'
import { isKeyId } from './secret.ts'

/** A key as it is kept, without anything that could be presented. */
export interface ApiKey {
  readonly id: string
  readonly name: string
  readonly owner: Owner
  readonly apiId: string
  readonly apiIdentifier: string
  /** What the key was given, by name; its owner may have less by now. */
  readonly scopes: readonly string[]
  readonly expiresAt: Date | undefined
  /** CIDR ranges a caller's address must be in; any address if there are none. */
  readonly allowedAddresses: readonly string[]
  readonly rateLimit: Rate | undefined
  readonly quota: { readonly requests: number; readonly period: 'day' | 'month' } | undefined
  readonly disabledAt: Date | undefined
  readonly revokedAt: Date | undefined
  readonly revocationReason: string | undefined
  readonly createdAt: Date
  readonly updatedAt: Date
  /** Counts the changes; a change names the version it was made from. */
  readonly version: number
  /** Two while the key is being rotated, by place. One whose time is over may still be listed. */
  readonly secrets: readonly ApiKeySecret[]
}

/** What is kept of a secret, and what is known of its use. */
export interface ApiKeySecret {
  readonly slot: Slot
  readonly hash: Buffer
  readonly pepperId: string
  readonly createdAt: Date
  readonly expiresAt: Date | undefined
  readonly lastUsedAt: Date | undefined
  readonly lastUsedAddress: string | undefined
  readonly lastUsedUserAgent: string | undefined
}

/** What a key is by itself. Its owner or its API may still be disabled. */
export const keyStates = ['active', 'disabled', 'expired', 'revoked'] as const

/** One of them. */
export type KeyState = (typeof keyStates)[number]

/** A list query at the door: by owner, API and state, and by a part of the name or the id. */
export const apiKeyListQuery = z.strictObject({
  ...pageMembers,
  owner: owner.optional(),
  apiId: idText.optional(),
  state: z.enum(keyStates).optional(),
  search: lineOfText(200).optional(),
  /** Only keys with a living secret that is hashed with another pepper than this one. */
  notUnderPepper: z.string().max(100).optional(),
})

/** A parsed list query. */
export type ApiKeyListQuery = Readonly<z.output<typeof apiKeyListQuery>>

const keyById = statement<KeyRow>('api_key_by_id', `${selectKey} where k.id = $1`)
const keysByIds = statement<KeyRow>('api_keys_by_ids', `${selectKey} where k.id = any($1::text[])`)

/** The key with this id, its secrets and its API's identifier; in any state. One statement. */
export async function findApiKey(db: Database, id: string): Promise<ApiKey | undefined> {
  if (!isKeyId(id)) return undefined
  const [row] = await run(db, keyById, [id])
  return row === undefined ? undefined : keyOfRow(row)
}

/** The keys with these ids, in no order, as far as there are any. One statement. */
export async function findApiKeys(db: Database, ids: readonly string[]): Promise<ApiKey[]> {
  const possible = ids.filter(isKeyId)
  if (possible.length === 0) return []
  const rows = await run(db, keysByIds, [possible])
  return rows.map(keyOfRow)
}

/** The key with this id, or a refusal with `not_found`. */
export async function requireApiKey(db: Database, id: string): Promise<ApiKey> {
  const key = await findApiKey(db, id)
  if (key === undefined) throw unknownApiKey()
  return key
}

/** A page of keys, the newest first. */
export async function listApiKeys(db: Database, query: ApiKeyListQuery, now: Date): Promise<Page<ApiKey>> {
  const found =
    await sql<KeyRow>`${sql.raw(selectKey)} where ${sql.join(conditionsOf(query, now), sql` and `)}
    order by k.created_at desc, k.id desc limit ${query.limit + 1}`.execute(db)
  return pageOf(found.rows.map(keyOfRow), query.limit)
}

/** What a key is by itself at this moment. */
export function stateOf(
  { revokedAt, expiresAt, disabledAt }: Pick<ApiKey, 'revokedAt' | 'expiresAt' | 'disabledAt'>,
  now: Date,
): KeyState {
  if (revokedAt !== undefined) return 'revoked'
  if (expiresAt !== undefined && expiresAt <= now) return 'expired'
  return disabledAt === undefined ? 'active' : 'disabled'
}

/** The refusal for a key that is not there. */
export function unknownApiKey(): Refusal {
  return new Refusal('not_found', 'There is no such API key.')
}

function conditionsOf(query: ApiKeyListQuery, now: Date) {
  const { owner: of, apiId, state, search, notUnderPepper, after } = query
  const conditions: RawBuilder<unknown>[] = [sql`true`]
  if (of !== undefined) conditions.push(sql`k.owner_type = ${of.type} and k.owner_id = ${of.id}`)
  if (apiId !== undefined) conditions.push(sql`k.api_id = ${apiId}`)
  if (state !== undefined) conditions.push(stateCondition(state, now))
  if (search !== undefined) {
    const pattern = containing(search)
    conditions.push(sql`(k.name ilike ${pattern} or k.id ilike ${pattern})`)
  }
  if (notUnderPepper !== undefined) {
    conditions.push(underOtherPepper(notUnderPepper, now))
  }
  if (after !== undefined) {
    const { createdAt, id } = readCursor(after)
    conditions.push(sql`(k.created_at, k.id) < (${createdAt}, ${id})`)
  }
  return conditions
}

/** Written so that the few keys of a rare state are found by the indexes that hold only those. */
export function stateCondition(state: KeyState, now: Date): RawBuilder<unknown> {
  const ended = sql`k.expires_at is not null and k.expires_at <= ${now}::timestamptz`
  const running = sql`(k.expires_at is null or k.expires_at > ${now}::timestamptz)`
  switch (state) {
    case 'revoked':
      return sql`k.revoked_at is not null`
    case 'expired':
      return sql`k.revoked_at is null and ${ended}`
    case 'disabled':
      return sql`k.revoked_at is null and ${running} and k.disabled_at is not null`
    case 'active':
      return sql`k.revoked_at is null and ${running} and k.disabled_at is null`
  }
}

/** Keys with a living secret that is hashed with another pepper than this one. */
export function underOtherPepper(pepperId: string, now: Date): RawBuilder<unknown> {
  return sql`exists (select from api_key_secrets s where s.key_id = k.id
    and s.pepper_id <> ${pepperId} and (s.expires_at is null or s.expires_at > ${now}))`
}
