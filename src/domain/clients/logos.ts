import { sql } from 'kysely'
import type { Database } from '../../platform/db/open.ts'

/** The only pictures that are taken; SVG is not, because it is a document with scripts. */
export type LogoType = 'image/png' | 'image/jpeg' | 'image/webp'

/** A logo as it was fetched. */
export interface FetchedLogo {
  readonly contentType: LogoType
  readonly body: Buffer
  /** SHA-256 of the bytes, in hexadecimal. */
  readonly contentHash: string
}

/** What is known of a client's logo. */
export interface KnownLogo {
  readonly uri: string
  /** Undefined if there is no picture at that address. */
  readonly contentHash: string | undefined
  readonly fetchedAt: Date
}

/** What is known of a client's logo, without its bytes. */
export async function findLogo(db: Database, clientId: string): Promise<KnownLogo | undefined> {
  const row = await db
    .selectFrom('clientLogos')
    .select(['uri', 'contentHash', 'fetchedAt'])
    .where('clientId', '=', clientId)
    .executeTakeFirst()
  return row === undefined ? undefined : { ...row, contentHash: row.contentHash ?? undefined }
}

/** The picture with this hash, if it is this client's. */
export async function readLogo(
  db: Database,
  { clientId, contentHash }: { readonly clientId: string; readonly contentHash: string },
): Promise<{ readonly contentType: string; readonly body: Buffer } | undefined> {
  const row = await db
    .selectFrom('clientLogos')
    .select(['contentType', 'body'])
    .where('clientId', '=', clientId)
    .where('contentHash', '=', contentHash)
    .executeTakeFirst()
  if (row === undefined || row.contentType === null || row.body === null) return undefined
  return { contentType: row.contentType, body: row.body }
}

/**
 * Keeps what was fetched, or that nothing could be. A picture outlives a failure at the same address: its server may be down
 * for a day, and people should still know the app.
 */
export async function keepLogo(
  db: Database,
  logo: { readonly clientId: string; readonly uri: string; readonly fetched: FetchedLogo | undefined },
  now: Date,
): Promise<void> {
  const { clientId, uri, fetched } = logo
  await sql`insert into client_logos as kept (client_id, uri, content_type, body, content_hash, fetched_at)
    select ${clientId}, ${uri}, ${fetched?.contentType ?? null}, ${fetched?.body ?? null}::bytea,
      ${fetched?.contentHash ?? null}, ${now}::timestamptz
    where exists (select from clients where id = ${clientId})
    on conflict (client_id) do update set uri = excluded.uri, content_type = excluded.content_type,
      body = excluded.body, content_hash = excluded.content_hash, fetched_at = excluded.fetched_at
      where excluded.body is not null or kept.uri <> excluded.uri`.execute(db)
  if (fetched !== undefined) return
  await sql`update client_logos set fetched_at = ${now} where client_id = ${clientId} and uri = ${uri}`.execute(
    db,
  )
}
