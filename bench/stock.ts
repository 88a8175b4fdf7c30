/** What is stored in bulk: live tokens and keys in such numbers that each request can ask about another one. */
import { sql } from 'kysely'
import { readConfig } from '../src/config.ts'
import { createPeppers, hashSecret, makeKey } from '../src/domain/api-keys/secret.ts'
import { sha256 } from '../src/platform/crypto/digest.ts'
import { openDatabase, run, statement } from '../src/platform/db/open.ts'
import type { Database } from '../src/platform/db/open.ts'
import { secrets } from './secrets.ts'

/** The stored credentials. */
export interface Stock {
  readonly tokenCount: number
  /** The text of a token, counted from zero. */
  readonly token: (position: number) => string
  /** Texts of stored keys, or of an even choice of them where there are very many. */
  readonly keys: readonly string[]
}

/** What is to be stored. */
export interface StockWishes {
  readonly databaseUrl: string
  /** A token in use: the others are stored as it is. */
  readonly token: string
  /** The same for keys. */
  readonly key: string
  readonly tokenCount: number
  readonly keyCount: number
}

const { keyPrefix, keyPeppers } = readConfig({ ISSUER: 'http://127.0.0.1', ...secrets })
const tokensAtOnce = 250_000
const keysAtOnce = 25_000
const mostKeyTexts = 50_000
const tokenDigits = 38

const findToken = statement<{ model: string; payload: string; expires: string }>(
  'bench_find_token_to_copy',
  'select model, payload::text, expires_at::text as expires from oidc_artifacts where id_hash = $1',
)

const copyToken = statement(
  'bench_copy_token',
  `insert into oidc_artifacts (id_hash, model, payload, expires_at)
   select sha256(convert_to('bench' || lpad(position::text, ${tokenDigits}, '0'), 'UTF8')), $3::text,
     $4::jsonb || jsonb_build_object('jti', 'bench' || lpad(position::text, ${tokenDigits}, '0')), $5::timestamptz
   from generate_series($1::int, $2::int) as position`,
)

const copyKey = statement(
  'bench_copy_key',
  `with kept as (
     insert into api_keys (id, name, owner_type, owner_id, api_id, scopes, created_at, updated_at)
     select new_id, name, owner_type, owner_id, api_id, scopes, created_at, updated_at
     from api_keys, unnest($2::text[]) as new_id where id = $1
   )
   insert into api_key_secrets (key_id, slot, secret_hash, pepper_id, created_at)
   select new_id, slot, new_hash, pepper_id, created_at
   from api_key_secrets, unnest($2::text[], $3::bytea[]) as given (new_id, new_hash) where key_id = $1`,
)

const triggersOff = statement('bench_triggers_off', 'alter table api_key_secrets disable trigger user')
const triggersOn = statement('bench_triggers_on', 'alter table api_key_secrets enable trigger user')
const tidyTokens = statement('bench_tidy_tokens', 'vacuum (analyze) oidc_artifacts')
const readTokens = statement(
  'bench_read_tokens',
  `select count(model) from oidc_artifacts where id_hash > ''`,
)
const readKeys = statement(
  'bench_read_keys',
  `select count(k.name), count(s.pepper_id) from api_keys k join api_key_secrets s on s.key_id = k.id where k.id > ''`,
)
const tidyKeys = statement('bench_tidy_keys', 'vacuum (analyze) api_keys, api_key_secrets')

/** Stores them and brings the statistics up to date. */
export async function storeStock(wishes: StockWishes): Promise<Stock> {
  const db = openDatabase({
    url: wishes.databaseUrl,
    maxConnections: 2,
    applicationName: 'latchkey bench',
    statementTimeoutMilliseconds: 600_000,
    onConnectionError: () => {},
  })
  try {
    await db.connection().execute(async (session) => {
      await sql`set maintenance_work_mem = '1GB'`.execute(session)
      await withoutIndexes(session, 'oidc_artifacts', () => storeTokens(session, wishes))
      await sql`reset maintenance_work_mem`.execute(session)
    })
    const keys = await storeKeys(db, wishes)
    await run(db, tidyTokens, [])
    await run(db, tidyKeys, [])
    await db.connection().execute((session) => readThrough(session))
    return { tokenCount: wishes.tokenCount, token: tokenText, keys }
  } finally {
    await db.destroy()
  }
}

/** Through the indexes, in whose order the rows are strewn: PostgreSQL keeps what is found so, but not what it passes by in a row. */
async function readThrough(db: Database): Promise<void> {
  for (const off of ['enable_seqscan', 'enable_bitmapscan', 'enable_hashjoin', 'enable_mergejoin']) {
    await sql.raw(`set ${off} = off`).execute(db)
  }
  await run(db, readTokens, [])
  await run(db, readKeys, [])
  await sql`reset all`.execute(db)
}

async function storeTokens(db: Database, { token, tokenCount }: StockWishes): Promise<void> {
  const [like] = await run(db, findToken, [sha256(token)])
  if (like === undefined) throw new Error('the token to be copied is not stored')
  for (let first = 0; first < tokenCount; first += tokensAtOnce) {
    const last = Math.min(first + tokensAtOnce, tokenCount) - 1
    await run(db, copyToken, [first, last, like.model, like.payload, like.expires])
  }
}

/** Ids are in no order, so that millions of them are sorted once in a fraction of the time it takes to add one by one. */
async function withoutIndexes(db: Database, table: string, fill: () => Promise<void>): Promise<void> {
  const { rows } = await sql<{ name: string; definition: string; isKey: boolean }>`
    select indexrelid::regclass::text as name, pg_get_indexdef(indexrelid) as definition, indisprimary as "isKey"
    from pg_index where indrelid = ${table}::regclass`.execute(db)
  for (const { name, isKey } of rows) {
    const drop = isKey ? `alter table ${table} drop constraint ${name}` : `drop index ${name}`
    await sql.raw(drop).execute(db)
  }
  await fill()
  for (const { name, definition, isKey } of rows) {
    await sql.raw(definition).execute(db)
    if (isKey) await sql.raw(`alter table ${table} add primary key using index ${name}`).execute(db)
  }
}

function tokenText(position: number): string {
  return `bench${String(position).padStart(tokenDigits, '0')}`
}

/** Nobody has to be told of keys that nobody has asked about, so they are stored without the triggers. */
async function storeKeys(db: Database, { key, keyCount }: StockWishes): Promise<readonly string[]> {
  const peppers = createPeppers(keyPeppers)
  const like = key.slice(keyPrefix.length + 1).split('_', 1)[0]
  const each = Math.max(1, Math.ceil(keyCount / mostKeyTexts))
  const texts: string[] = []
  for (let first = 0; first < keyCount; first += keysAtOnce) {
    const ids: string[] = []
    const hashes: Buffer[] = []
    for (let position = first; position < Math.min(first + keysAtOnce, keyCount); position += 1) {
      const keyId = scattered(position)
      const { text, secret } = makeKey(keyPrefix, keyId)
      ids.push(keyId)
      hashes.push(hashSecret(peppers, { keyId, secret }).hash)
      if (position % each === 0) texts.push(text)
    }
    await db.transaction().execute(async (trx) => {
      await run(trx, triggersOff, [])
      await run(trx, copyKey, [like, ids, hashes])
      await run(trx, triggersOn, [])
    })
  }
  return texts
}

/** An id as random ones are spread, and the same in each run. */
function scattered(position: number): string {
  return sha256(`key ${position}`).toString('hex').slice(0, 12)
}
