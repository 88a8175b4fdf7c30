import { setImmediate as nextTurn } from 'node:timers/promises'
import { sql } from 'kysely'
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import type { Database } from '../../src/platform/db/open.ts'
import { sweepAll, sweepExpired, sweptColumns } from '../../src/platform/sweep.ts'
import type { SweptTable } from '../../src/platform/sweep.ts'
import { isLong, times } from '../support/long.ts'
import { openRoom } from '../support/room.ts'
import type { Room } from '../support/room.ts'

// The database's clock has a say, so that this one may not be given.
const now = new Date()
const batch = { batchSize: 1000, graceSeconds: 60 }
const tables = Object.keys(sweptColumns) as SweptTable[]

let room: Room
let db: Database
/** Without a limit on the time of a statement. */
let loader: Database

beforeAll(async () => {
  room = await openRoom()
  ;({ db, other: loader } = room)
})
afterAll(() => room.close())
beforeEach(async () => {
  for (const table of tables) await sql`truncate ${sql.table(table)}`.execute(db)
})

function after(seconds: number): Date {
  return new Date(now.getTime() + seconds * 1000)
}

/** Inserts a row named `id` that ends at the given time. */
const inserts: Record<SweptTable, (id: string, end: Date) => Promise<unknown>> = {
  oidc_artifacts: (id, end) =>
    sql`insert into oidc_artifacts (id_hash, model, payload, expires_at)
      values (${Buffer.from(id)}, 'AccessToken', '{}', ${end})`.execute(db),
  oidc_sessions: (id, end) =>
    sql`insert into oidc_sessions (id_hash, uid, payload, expires_at)
      values (${Buffer.from(id)}, ${id}, '{}', ${end})`.execute(db),
  device_codes: (id, end) =>
    sql`insert into device_codes (id_hash, user_code_hash, user_code_sealed, expires_at)
      values (${Buffer.from(id)}, ${Buffer.from(id)}, '', ${end})`.execute(db),
  oidc_grants: (id, end) =>
    sql`insert into oidc_grants (id, account_id, client_id, payload, expires_at)
      values (${id}, 'acc_a', 'b', '{}', ${end})`.execute(db),
  revoked_tokens: (id, end) =>
    sql`insert into revoked_tokens (jti, revoked_at, expires_at) values (${id}, ${now}, ${end})`.execute(db),
  idempotent_requests: (id, end) =>
    sql`insert into idempotent_requests (key_hash, request_hash, created_at, expires_at)
      values (decode(md5(${id}), 'hex'), '', ${end}, ${end})`.execute(db),
  expiry_reminders: (id, end) =>
    sql`insert into expiry_reminders (credential_type, credential_id, ends_at, days_before, reminded_at)
      values ('api_key', ${id}, ${end}, 3, ${now})`.execute(db),
  one_time_links: (id, end) =>
    sql`insert into one_time_links (token_hash, purpose, created_at, expires_at)
      values (${Buffer.from(id)}, 'first_administrator', ${now}, ${end})`.execute(db),
  limit_buckets: (id, end) =>
    sql`insert into limit_buckets (key, tokens, updated_at, full_at) values (${id}, 1, ${now}, ${end})`.execute(
      db,
    ),
  devices: async (id, end) => {
    await sql`insert into accounts (id, email, email_key, created_at, updated_at)
      values ('acc_sweep', 'sweep@example.com', 'sweep@example.com', ${now}, ${now}) on conflict do nothing`.execute(
      db,
    )
    await sql`insert into devices (id, account_id, token_hash, created_at, last_seen_at, expires_at)
      values (${`dev_${id}`}, 'acc_sweep', ${Buffer.from(id)}, ${now}, ${now}, ${end})`.execute(db)
  },
  password_attempts: (id, end) =>
    sql`insert into password_attempts (key, updated_at, expires_at) values (${id}, ${now}, ${end})`.execute(
      db,
    ),
  browser_accounts: async (id, end) => {
    await sql`insert into accounts (id, email, email_key, created_at, updated_at)
      values ('acc_sweep', 'sweep@example.com', 'sweep@example.com', ${now}, ${now}) on conflict do nothing`.execute(
      db,
    )
    await sql`insert into browser_accounts (browser_hash, account_id, signed_in_at, expires_at)
      values (sha256(${Buffer.from(id)}), 'acc_sweep', ${now}, ${end})`.execute(db)
  },
  quota_counters: (id, end) =>
    sql`insert into quota_counters (key, period_starts_at, period_ends_at, taken, handed)
      values (${id}, ${now}, ${end}, 1, 1)`.execute(db),
  totp_enrolments: async (id, end) => {
    await sql`insert into accounts (id, email, email_key, created_at, updated_at)
      values ('acc_sweep', 'sweep@example.com', 'sweep@example.com', ${now}, ${now}) on conflict do nothing`.execute(
      db,
    )
    await sql`insert into totp_enrolments (id, account_id, seed, expires_at)
      values (${id}, 'acc_sweep', '', ${end})`.execute(db)
  },
  web_sign_ins: (id, end) =>
    sql`insert into web_sign_ins (state_hash, browser_hash, door, sealed_secrets, return_to, expires_at)
      values (convert_to(${id}, 'UTF8'), '', 'account', '', '/account', ${end})`.execute(db),
  web_sessions: async (id, end) => {
    await sql`insert into accounts (id, email, email_key, created_at, updated_at)
      values ('acc_sweep', 'sweep@example.com', 'sweep@example.com', ${now}, ${now}) on conflict do nothing`.execute(
      db,
    )
    await sql`insert into web_sessions
        (id_hash, door, account_id, session_uid, amr, auth_time, created_at, last_seen_at, expires_at, ends_at)
      values (convert_to(${id}, 'UTF8'), 'account', 'acc_sweep', 'uid', '{}', ${now}, ${now}, ${now}, ${end}, ${end})`.execute(
      db,
    )
  },
  passkey_challenges: (id, end) =>
    sql`insert into passkey_challenges (purpose, place, challenge_hash, expires_at)
      values ('sign_in', ${id}, ${Buffer.from(id)}, ${end})`.execute(db),
  activity_hours: (id, end) =>
    sql`insert into activity_hours (hour, kind, subject, outcome, number)
      values (${end}, 'token', ${id}, 'client_credentials', 1)`.execute(db),
  api_key_usage: async (id, end) => {
    const [apiId, keyId] = ['api_sweep', id.replaceAll(/[^0-9A-Za-z]/g, '').padStart(12, '0')]
    await sql`insert into apis (id, identifier, name, created_at, updated_at)
      values (${apiId}, 'https://sweep.example/', 'Sweep', ${now}, ${now}) on conflict do nothing`.execute(db)
    await sql`insert into api_keys (id, name, owner_type, owner_id, api_id, scopes, created_at, updated_at)
      values (${keyId}, 'Key', 'client', 'cli_a', ${apiId}, '{}', ${now}, ${now}) on conflict do nothing`.execute(
      db,
    )
    await sql`insert into api_key_usage (key_id, hour, outcome, verifications)
      values (${keyId}, ${end}, 'allowed', 1)`.execute(db)
  },
}

async function endsLeft(table: SweptTable): Promise<number[]> {
  const { rows } = await sql<{ seconds: number }>`
    select extract(epoch from ${sql.ref(sweptColumns[table])} - ${now}::timestamptz)::float8 as seconds
    from ${sql.table(table)} order by 1`.execute(db)
  return rows.map(({ seconds }) => Math.round(seconds))
}

async function insertArtifacts(count: number, endsInSeconds: number): Promise<void> {
  await sql`insert into oidc_artifacts (id_hash, model, payload, grant_id, account_id, expires_at)
    select sha256((${endsInSeconds}::text || i::text)::bytea), 'AccessToken',
      jsonb_build_object('clientId', 'client', 'scope', 'read write', 'filler', repeat('x', 300)),
      'grant' || i, 'acc_' || i, ${now}::timestamptz + ${endsInSeconds} * interval '1 second' - i * interval '1 microsecond'
    from generate_series(1, ${count}::integer) i`.execute(loader)
}

test.each(tables)('of %s only rows that ended more than the grace ago are deleted', async (table) => {
  const ends = [-86_400, -3600, -62, -30, -1, 2, 3600, 86_400]
  for (const end of ends) await inserts[table](`row ${end}`, after(end))
  expect(await sweepExpired(db, { table, ...batch }, now)).toBe(3)
  expect(await endsLeft(table)).toEqual(ends.slice(3))
  expect(await sweepExpired(db, { table, ...batch }, now)).toBe(0)
})

test('counts of use are kept for as long as an operator wants, by whoever sweeps', async () => {
  for (const end of [-90_000, -80_000, -61]) await inserts.api_key_usage(`row ${end}`, after(end))
  const deleted = await sweepAll(db, { keyUsageRetentionSeconds: 86_400 }, now)
  expect(deleted['api_key_usage']).toBe(1)
  expect(await endsLeft('api_key_usage')).toEqual([-80_000, -61])
})

test('R7: an instance whose clock is an hour ahead deletes nothing that is alive', async () => {
  for (const end of [-120, 10, 600]) await inserts.oidc_artifacts(`row ${end}`, after(end))
  expect(await sweepExpired(db, { table: 'oidc_artifacts', ...batch }, after(3600))).toBe(1)
  expect(await endsLeft('oidc_artifacts')).toEqual([10, 600])
})

test('R7: an instance whose clock is behind leaves what has not ended for it, the grace included', async () => {
  for (const end of [-3700, -3630, -3500]) await inserts.oidc_artifacts(`row ${end}`, after(end))
  expect(await sweepExpired(db, { table: 'oidc_artifacts', ...batch }, after(-3600))).toBe(1)
  expect(await endsLeft('oidc_artifacts')).toEqual([-3630, -3500])
})

test('nothing is left over when batches end between rows of the same time', async () => {
  for (let count = 0; count < 25; count += 1) await inserts.revoked_tokens(`token ${count}`, after(-3600))
  for (let count = 0; count < 25; count += 1)
    await inserts.revoked_tokens(`other ${count}`, after(-3600 + count))
  expect(await sweepExpired(db, { table: 'revoked_tokens', batchSize: 10, graceSeconds: 60 }, now)).toBe(50)
  expect(await endsLeft('revoked_tokens')).toEqual([])
})

test('an aborted sweep stops after the batch it is at', async () => {
  await insertArtifacts(5000, -3600)
  const stopping = new AbortController()
  const sweep = sweepExpired(
    db,
    { table: 'oidc_artifacts', batchSize: 10, graceSeconds: 60, signal: stopping.signal },
    now,
  )
  await nextTurn()
  stopping.abort()
  const deleted = await sweep
  expect(deleted).toBeLessThan(5000)
  expect(await endsLeft('oidc_artifacts')).toHaveLength(5000 - deleted)
  const signal = AbortSignal.abort()
  expect(await sweepExpired(db, { table: 'oidc_artifacts', ...batch, signal }, now)).toBe(0)
})

test('a row that somebody holds is left for the next sweep, and is not deleted if it came to life meanwhile', async () => {
  await inserts.limit_buckets('held', after(-3600))
  await inserts.limit_buckets('full', after(-3600))
  const held = Promise.withResolvers<void>()
  const swept = Promise.withResolvers<void>()
  const holding = db.transaction().execute(async (trx) => {
    await sql`update limit_buckets set tokens = 0, full_at = ${after(600)} where key = 'held'`.execute(trx)
    held.resolve()
    await swept.promise
  })
  await held.promise
  expect(await sweepExpired(db, { table: 'limit_buckets', ...batch }, now)).toBe(1)
  swept.resolve()
  await holding
  expect(await sweepExpired(db, { table: 'limit_buckets', ...batch }, now)).toBe(0)
  expect(await endsLeft('limit_buckets')).toEqual([600])
})

test('R14: while rows are added, extended and swept twice at once, every dead row goes and no live row does', async () => {
  await insertArtifacts(20_000, -3600)
  await insertArtifacts(2000, 3600)
  const extended = new Set<string>()
  let added = 0
  const swept = new AbortController()
  // Extends rows that have ended, as a session does that is used again at the last moment, and adds live ones. The
  // oldest rows are those that are being deleted just then.
  const write = async (writer: number): Promise<void> => {
    for (let count = 0; !swept.signal.aborted; count += 1) {
      await inserts.oidc_artifacts(`live ${writer} ${count}`, after(3600))
      added += 1
      const { rows } = await sql<{ id: string }>`update oidc_artifacts set expires_at = ${after(7200)}
        where id_hash = (select id_hash from oidc_artifacts where expires_at < ${now}
          order by expires_at offset ${writer * (count % 150)}::integer limit 1)
          and expires_at < ${now} returning encode(id_hash, 'hex') as id`.execute(db)
      for (const row of rows) extended.add(row.id)
    }
  }
  const writers = [1, 2].map(write)
  const sweep = () => sweepExpired(db, { table: 'oidc_artifacts', batchSize: 100, graceSeconds: 60 }, now)
  const deleted = (await Promise.all([sweep(), sweep()])).reduce((sum, count) => sum + count, 0)
  swept.abort()
  await Promise.all(writers)
  const rest = await sweep()
  expect(extended.size).toBeGreaterThan(0)
  expect(added).toBeGreaterThan(0)
  expect(deleted + rest + extended.size).toBe(20_000)
  const left = await endsLeft('oidc_artifacts')
  expect(left.every((seconds) => seconds > 0)).toBe(true)
  expect(left).toHaveLength(2000 + added + extended.size)
  console.log(
    `sweep under writers: ${deleted + rest} deleted, ${extended.size} extended and ${added} added all left`,
  )
})

test('R14: many batches of expired rows are swept, on an idle machine 10,000 rows a second or more', async () => {
  const [dead, living] = [times(20_000, 200_000), times(5000, 50_000)]
  await insertArtifacts(dead, -3600)
  await insertArtifacts(living, 3600)
  const startedAt = performance.now()
  const deleted = await sweepExpired(db, { table: 'oidc_artifacts', ...batch }, now)
  const seconds = (performance.now() - startedAt) / 1000
  console.log(`sweep: ${deleted} rows in ${seconds.toFixed(2)} s, ${Math.round(deleted / seconds)} rows/s`)
  expect(deleted).toBe(dead)
  expect(await endsLeft('oidc_artifacts')).toHaveLength(living)
  if (isLong) expect(deleted / seconds).toBeGreaterThanOrEqual(10_000)
})
