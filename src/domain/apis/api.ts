/**
 * APIs: the protected resources that tokens are for (RFC 8707).
 * Owns `apis`, `api_scopes`, `api_introspectors`, `roles`, `role_scopes`, `role_members` and `api_permissions`.
 * An API is known by its identifier, which is the audience of its tokens and never changes. It names its scopes, the
 * form and life of its access tokens, and the clients that may ask about them. Who may request which of its scopes
 * is decided in `permissions.ts`, and nowhere else.
 */
import { sql } from 'kysely'
import type { RawBuilder } from 'kysely'
import type { Database } from '../../platform/db/open.ts'
import { run, statement } from '../../platform/db/open.ts'
import type { Page } from '../../platform/db/page.ts'
import { containing, pageOf, readCursor } from '../../platform/db/page.ts'
import { Refusal } from '../../platform/errors.ts'
import { isIdText } from '../../platform/text.ts'
import type { ApiListQuery, ApiScope } from './input.ts'

/** A protected resource. */
export interface Api {
  readonly id: string
  /** The resource indicator, and the audience of tokens. */
  readonly identifier: string
  readonly name: string
  readonly tokenFormat: 'opaque' | 'jwt'
  readonly signingAlg: 'ES256' | 'RS256' | 'PS256' | 'EdDSA'
  readonly accessTokenLifetimeSeconds: number
  /** Whether an account needs permission of its own, beside the client that acts for it. */
  readonly accountsNeedPermission: boolean
  /** The least that a person's sign-in must have proven for its tokens (RFC 9470); `aal1` is any sign-in. */
  readonly minimumAcr: 'aal1' | 'aal2' | 'phr'
  /** Part of the server: see `built-in.ts`. */
  readonly builtIn: boolean
  /** Whether people may make API keys of their own here, within what they hold. */
  readonly accountKeys: boolean
  readonly disabledAt: Date | undefined
  /** What was issued for it up to this moment is worth nothing. */
  readonly tokensEndBefore: Date | undefined
  readonly createdAt: Date
  readonly updatedAt: Date
  /** Counts the changes; a change names the version it was made from. */
  readonly version: number
  /** By name. */
  readonly scopes: readonly ApiScope[]
  /** The clients that may introspect tokens for this API. */
  readonly introspectorIds: readonly string[]
}

type ApiRow = Omit<Api, 'disabledAt' | 'tokensEndBefore'> & {
  readonly disabledAt: Date | null
  readonly tokensEndBefore: Date | null
}

const selectApi = `select a.id, a.identifier, a.name, a.token_format as "tokenFormat", a.signing_alg as "signingAlg",
  a.access_token_lifetime_seconds as "accessTokenLifetimeSeconds",
  a.accounts_need_permission as "accountsNeedPermission", a.minimum_acr as "minimumAcr", a.account_keys as "accountKeys", a.built_in as "builtIn", a.disabled_at as "disabledAt", a.tokens_end_before as "tokensEndBefore",
  a.created_at as "createdAt", a.updated_at as "updatedAt", a.version,
  coalesce((select json_agg(json_build_object('name', s.name, 'description', s.description) order by s.name)
    from api_scopes s where s.api_id = a.id), '[]') as scopes,
  array(select i.client_id from api_introspectors i where i.api_id = a.id order by i.client_id) as "introspectorIds"
  from apis a`

const apiByIdentifier = statement<ApiRow>('api_by_identifier', `${selectApi} where a.identifier = $1`)
const apiById = statement<ApiRow>('api_by_id', `${selectApi} where a.id = $1`)

/** The API with this identifier, or undefined; disabled ones are found too. One statement. */
export async function findApi(db: Database, identifier: string): Promise<Api | undefined> {
  // No identifier has other characters, and the database would not take all of them.
  if (!/^[\x21-\x7e]{1,500}$/.test(identifier)) return undefined
  const [row] = await run(db, apiByIdentifier, [identifier])
  return row === undefined ? undefined : apiOfRow(row)
}

/** The API with this id, or undefined. */
export async function findApiById(db: Database, id: string): Promise<Api | undefined> {
  if (!isIdText(id)) return undefined
  const [row] = await run(db, apiById, [id])
  return row === undefined ? undefined : apiOfRow(row)
}

/** The API with this id, or a refusal with `not_found`. */
export async function requireApi(db: Database, id: string): Promise<Api> {
  const api = await findApiById(db, id)
  if (api === undefined) throw unknownApi()
  return api
}

/** A page of APIs, the newest first. */
export async function listApis(db: Database, query: ApiListQuery): Promise<Page<Api>> {
  const { search, after, limit } = query
  const conditions: RawBuilder<unknown>[] = [sql`true`]
  if (after !== undefined) {
    const { createdAt, id } = readCursor(after)
    conditions.push(sql`(a.created_at, a.id) < (${createdAt}, ${id})`)
  }
  if (search !== undefined) {
    const pattern = containing(search)
    conditions.push(sql`(a.name ilike ${pattern} or a.identifier ilike ${pattern} or a.id ilike ${pattern})`)
  }
  const found = await sql<ApiRow>`${sql.raw(selectApi)} where ${sql.join(conditions, sql` and `)}
    order by a.created_at desc, a.id desc limit ${limit + 1}`.execute(db)
  return pageOf(found.rows.map(apiOfRow), limit)
}

/** The refusal for an API that is not there. */
export function unknownApi(): Refusal {
  return new Refusal('not_found', 'There is no such API.')
}

function apiOfRow(row: ApiRow): Api {
  return {
    ...row,
    disabledAt: row.disabledAt ?? undefined,
    tokensEndBefore: row.tokensEndBefore ?? undefined,
  }
}
