/**
 * Clients: the apps and services that ask this server for tokens, and the APIs that ask it about them.
 * Owns `clients` and `client_secrets`. A client's metadata is validated whole before it is kept; what only we know
 * of it (is it ours, may it leave out PKCE, how long may a used refresh token be used again) stands beside it.
 * Secrets are kept as hashes, two at most, so that one can be rotated while the other still works.
 * What a client may ask for at an API is not decided here but by the permissions of the APIs.
 */
import { sql } from 'kysely'
import type { RawBuilder } from 'kysely'
import { z } from 'zod'
import type { Database } from '../../platform/db/open.ts'
import { run, statement } from '../../platform/db/open.ts'
import type { Page } from '../../platform/db/page.ts'
import { containing, pageMembers, pageOf, readCursor } from '../../platform/db/page.ts'
import { Refusal } from '../../platform/errors.ts'
import { isIdText, lineOfText } from '../../platform/text.ts'
import { rateOfColumns } from '../../platform/rate.ts'
import type { Rate } from '../../platform/rate.ts'
import { clientTypeNames, typeConditions } from './kinds.ts'
import type { ClientMetadata } from './metadata.ts'
import { clientMetadata } from './metadata.ts'

/** A registered client. */
export interface Client {
  readonly id: string
  /** `client_name` of the metadata. */
  readonly name: string
  readonly metadata: ClientMetadata
  /** Ours: its users are not asked for consent. */
  readonly firstParty: boolean
  readonly pkceRequired: boolean
  /** How long a refresh token may be used again after its rotation, because the answer may have been lost. */
  readonly refreshGraceSeconds: number
  /** Whether an administrator of this server has vouched for who is behind it. */
  readonly verified: boolean
  /** The scopes that people may refuse one by one. */
  readonly optionalScopes: readonly string[]
  /** How often it may be given tokens; null for what the installation says. */
  readonly tokenRateLimit: Rate | null
  readonly disabledAt: Date | undefined
  /** What was issued to it up to this moment is worth nothing. */
  readonly tokensEndBefore: Date | undefined
  readonly createdAt: Date
  readonly updatedAt: Date
  /** Counts the changes; a change names the version it was made from. */
  readonly version: number
  readonly secrets: readonly ClientSecret[]
}

/** A secret of a client: its hash, and until when it works. One whose time is over may still be listed. */
export interface ClientSecret {
  readonly id: string
  readonly hash: Buffer
  readonly createdAt: Date
  readonly expiresAt: Date | undefined
}

/** A list query at the door: a part of the name, of a redirect URI, or of the id; what kind it is, and whether it is disabled. */
export const clientListQuery = z.strictObject({
  ...pageMembers,
  search: lineOfText(200).optional(),
  type: z.enum(clientTypeNames).optional(),
  state: z.enum(['enabled', 'disabled']).optional(),
})

/** A parsed list query. */
export type ClientListQuery = z.output<typeof clientListQuery>

interface ClientRow {
  readonly id: string
  readonly name: string
  readonly metadata: unknown
  readonly firstParty: boolean
  readonly pkceRequired: boolean
  readonly refreshGraceSeconds: number
  readonly verified: boolean
  readonly optionalScopes: readonly string[]
  readonly tokenRateLimitRequests: number | null
  readonly tokenRateLimitSeconds: number | null
  readonly tokenRateLimitBurst: number | null
  readonly disabledAt: Date | null
  readonly tokensEndBefore: Date | null
  readonly createdAt: Date
  readonly updatedAt: Date
  readonly version: number
  readonly secrets: readonly {
    readonly id: string
    readonly hash: string
    readonly createdAt: string
    readonly expiresAt: string | null
  }[]
}

const selectClient = `select c.id, c.name, c.metadata, c.first_party as "firstParty",
  c.pkce_required as "pkceRequired", c.refresh_grace_seconds as "refreshGraceSeconds",
  c.verified, c.optional_scopes as "optionalScopes", c.token_rate_limit_requests as "tokenRateLimitRequests",
  c.token_rate_limit_seconds as "tokenRateLimitSeconds", c.token_rate_limit_burst as "tokenRateLimitBurst",
  c.disabled_at as "disabledAt", c.tokens_end_before as "tokensEndBefore", c.created_at as "createdAt", c.updated_at as "updatedAt", c.version,
  coalesce((select json_agg(json_build_object('id', s.id, 'hash', encode(s.secret_hash, 'hex'),
      'createdAt', s.created_at, 'expiresAt', s.expires_at) order by s.slot)
    from client_secrets s where s.client_id = c.id), '[]') as secrets
  from clients c`

const clientById = statement<ClientRow>('client_by_id', `${selectClient} where c.id = $1`)
const clientsByIds = statement<ClientRow>('clients_by_ids', `${selectClient} where c.id = any($1::text[])`)

/** The client with this id and its secrets, or undefined; disabled clients are found too. One statement. */
export async function findClient(db: Database, id: string): Promise<Client | undefined> {
  if (!isIdText(id)) return undefined
  const [row] = await run(db, clientById, [id])
  return row === undefined ? undefined : clientOfRow(row)
}

/** The clients with these ids, each in the place of its id. One statement. */
export async function findClients(db: Database, ids: readonly string[]): Promise<(Client | undefined)[]> {
  const rows = await run(db, clientsByIds, [ids.filter(isIdText)])
  const found = new Map(rows.map((row) => [row.id, row]))
  return ids.map((id) => {
    const row = found.get(id)
    return row && clientOfRow(row)
  })
}

/** The client with this id, or a refusal with `not_found`. */
export async function requireClient(db: Database, id: string): Promise<Client> {
  const client = await findClient(db, id)
  if (client === undefined) throw unknownClient()
  return client
}

/** A page of clients, the newest first. */
export async function listClients(db: Database, query: ClientListQuery): Promise<Page<Client>> {
  const { search, type, state, after, limit } = query
  const conditions: RawBuilder<unknown>[] = [sql`true`]
  if (after !== undefined) {
    const { createdAt, id } = readCursor(after)
    conditions.push(sql`(c.created_at, c.id) < (${createdAt}, ${id})`)
  }
  if (search !== undefined) {
    const pattern = containing(search)
    conditions.push(sql`(c.name ilike ${pattern} or c.id ilike ${pattern} or exists (
      select from jsonb_array_elements_text(c.metadata -> 'redirect_uris') as uri where uri ilike ${pattern}))`)
  }
  if (type !== undefined) conditions.push(typeConditions[type])
  if (state === 'enabled') conditions.push(sql`c.disabled_at is null`)
  if (state === 'disabled') conditions.push(sql`c.disabled_at is not null`)
  const found = await sql<ClientRow>`${sql.raw(selectClient)} where ${sql.join(conditions, sql` and `)}
    order by c.created_at desc, c.id desc limit ${limit + 1}`.execute(db)
  return pageOf(found.rows.map(clientOfRow), limit)
}

/** The refusal for a client that is not there. */
export function unknownClient(): Refusal {
  return new Refusal('not_found', 'There is no such client.')
}

function clientOfRow(row: ClientRow): Client {
  const { tokenRateLimitRequests, tokenRateLimitSeconds, tokenRateLimitBurst, ...same } = row
  return {
    ...same,
    tokenRateLimit: rateOfColumns(tokenRateLimitRequests, tokenRateLimitSeconds, tokenRateLimitBurst) ?? null,
    // Nothing was kept that does not parse, so a row that does not is a fault of ours and nobody's refusal.
    metadata: clientMetadata.parse(row.metadata),
    disabledAt: row.disabledAt ?? undefined,
    tokensEndBefore: row.tokensEndBefore ?? undefined,
    secrets: row.secrets.map((secret) => ({
      id: secret.id,
      hash: Buffer.from(secret.hash, 'hex'),
      createdAt: new Date(secret.createdAt),
      expiresAt: secret.expiresAt === null ? undefined : new Date(secret.expiresAt),
    })),
  }
}
