/**
 * How long the lists of the console and of the management API take with very many rows, over HTTP: each is asked for several
 * times, one after the other, by an owner of the installation.
 */
import { open } from 'node:fs/promises'
import { devNull } from 'node:os'
import { startServer } from './child.ts'
import { startDatabase } from './database.ts'
import { createFixtures } from './fixtures.ts'
import { sha256 } from '../src/platform/crypto/digest.ts'
import { randomSecret } from '../src/platform/crypto/random.ts'
import { openConnection } from '../src/platform/db/open.ts'
import type { Connection } from '../src/platform/db/open.ts'

/** A list, and what its answers took. */
export interface ListTime {
  readonly path: string
  readonly medianMilliseconds: number
  readonly mostMilliseconds: number
}

/** The median of each list must stay below this. */
export const mostListMilliseconds = 100

const rounds = 9
const secondsOfOneList = 30

const lists = [
  '/api/v1/accounts?page_size=50',
  '/api/v1/accounts?page_size=50&search=person9',
  '/api/v1/accounts?page_size=50&sort=email',
  '/api/v1/clients?page_size=50',
  '/api/v1/clients?page_size=50&search=client%209',
  '/api/v1/keys?page_size=50',
  '/api/v1/keys?page_size=50&state=revoked',
  '/api/v1/keys?page_size=50&sort=expires_at',
  '/api/v1/keys?page_size=50&search=key%2099',
  '/api/v1/audit/events?page_size=50',
  '/admin/accounts',
  '/admin/accounts?search=person9',
  '/admin/clients',
  '/admin/clients?search=client%209',
  '/admin/keys',
  '/admin/keys?search=key%2099',
  '/admin/hygiene',
  '/admin/sessions',
  '/admin/audit',
]

/** Stores the rows and measures. */
export async function measureLists(): Promise<readonly ListTime[]> {
  const database = await startDatabase()
  try {
    const setup = { databaseUrl: database.url, fixtures: await createFixtures(database.url) }
    const log = await open(devNull, 'a')
    const server = await startServer('latchkey', setup, { output: log.fd, nodeOptions: [] })
    const connection = await openConnection({ url: database.url, applicationName: 'latchkey bench' })
    try {
      process.stderr.write('storing 100,000 accounts, 10,000 clients, 1,000,000 keys and 1,000,000 events\n')
      await fillTables(connection)
      const cookie = `console=${await signIn(connection, setup.fixtures.accountId)}`
      const token = await ownerToken(connection, { origin: server.origin, service: setup.fixtures.service })
      const times: ListTime[] = []
      for (const path of lists) {
        const headers = path.startsWith('/api/') ? { authorization: `Bearer ${token}` } : { cookie }
        times.push(await timeOf(`${server.origin}${path}`, headers))
      }
      return times
    } finally {
      await connection.close()
      await server.stop()
      await log.close()
    }
  } finally {
    await database.stop()
  }
}

/** The times as people read them. */
export function tellLists(times: readonly ListTime[]): string {
  const width = Math.max(...times.map(({ path }) => path.length))
  const lines = times.map(({ path, medianMilliseconds, mostMilliseconds }) => {
    const verdict = medianMilliseconds <= mostListMilliseconds ? 'pass' : 'FAIL'
    return `${path.padEnd(width)}  ${medianMilliseconds.toFixed(1).padStart(7)}  ${mostMilliseconds.toFixed(1).padStart(7)}  ${verdict}`
  })
  const head = `${'list'.padEnd(width)}   median     most  (milliseconds; at most ${mostListMilliseconds} in the median)`
  return [head, ...lines].join('\n')
}

async function timeOf(url: string, headers: Readonly<Record<string, string>>): Promise<ListTime> {
  const times: number[] = []
  for (let round = 0; round < rounds; round += 1) {
    const begun = performance.now()
    const signal = AbortSignal.timeout(secondsOfOneList * 1000)
    const answer = await fetch(url, { headers, redirect: 'manual', signal })
    await answer.arrayBuffer()
    if (answer.status !== 200) throw new Error(`${url} answered ${answer.status}`)
    times.push(performance.now() - begun)
  }
  times.sort((left, right) => left - right)
  const { pathname, search } = new URL(url)
  return {
    path: `${pathname}${search}`,
    medianMilliseconds: times[Math.floor(rounds / 2)] ?? Infinity,
    mostMilliseconds: times.at(-1) ?? Infinity,
  }
}

const filled = ['accounts', 'clients', 'apis', 'api_keys', 'api_key_secrets', 'audit_events', 'oidc_sessions']

/** Rows as the rooms would have made them, by the database itself; nobody is told of each. */
async function fillTables(connection: Connection): Promise<void> {
  for (const table of filled) await connection.query(`alter table ${table} disable trigger user`)
  await connection.query(`insert into accounts (id, email, email_key, created_at, updated_at)
    select 'acc_' || lpad(i::text, 20, '0'), 'person' || i || '@example.com', 'person' || i || '@example.com',
      now() - i * interval '1 minute', now() from generate_series(1, 100000) i`)
  await connection.query(`insert into clients (id, name, metadata, created_at, updated_at)
    select 'client_' || i, 'Client ' || i, (select metadata from clients where name = 'Service'),
      now() - i * interval '1 minute', now() from generate_series(1, 10000) i`)
  await connection.query(`insert into api_keys
      (id, name, owner_type, owner_id, api_id, scopes, created_at, updated_at, revoked_at, expires_at)
    select lpad(i::text, 12, '0'), 'Key ' || i, 'client', 'client_' || (i % 10000 + 1), (select min(id) from apis
      where not built_in), '{read}', now() - i * interval '1 second', now(), case when i % 100000 = 0 then now() end,
      case when i % 3 = 0 then now() + i * interval '1 second' end
    from generate_series(1, 1000000) i`)
  await connection.query(`insert into api_key_secrets (key_id, slot, secret_hash, pepper_id, created_at, last_used_at)
    select id, 1, '\\x00', 'bench', created_at, created_at from api_keys on conflict do nothing`)
  await connection.query(`insert into audit_events (occurred_at, type, actor_type, actor_id, target_type, target_id)
    select now() - (1000000 - i) * interval '1 second', 'sign_in.succeeded', 'account', 'acc_' || (i % 1000),
      'account', 'acc_' || (i % 1000) from generate_series(1, 1000000) i`)
  await connection.query(`insert into oidc_sessions (id_hash, uid, account_id, payload, created_at, expires_at)
    select sha256(i::text::bytea), 'uid' || i, 'acc_' || lpad(i::text, 20, '0'), '{}', now() - i * interval '1 second',
      now() + interval '1 day' from generate_series(1, 100000) i`)
  for (const table of filled) await connection.query(`alter table ${table} enable trigger user`)
  await connection.query('vacuum analyze')
}

/** A session of the console as a sign-in with two factors leaves it; the pages that lead there are measured elsewhere. */
async function signIn(connection: Connection, accountId: string): Promise<string> {
  const id = randomSecret()
  await connection.query(
    `insert into role_members (role_id, owner_type, owner_id, created_at) values ('role_owner', 'account', $1, now())`,
    [accountId],
  )
  await connection.query(
    `insert into oidc_sessions (id_hash, uid, account_id, payload, expires_at)
     values ($1, 'bench', $2, jsonb_build_object('loginTs', extract(epoch from now())), now() + interval '1 hour')`,
    [sha256(`provider ${id}`), accountId],
  )
  await connection.query(
    `insert into web_sessions
       (id_hash, door, account_id, session_uid, acr, amr, auth_time, created_at, last_seen_at, expires_at, ends_at)
     values ($1, 'console', $2, 'bench', 'aal2', '{pwd,otp,mfa}', now(), now(), now(),
       now() + interval '1 hour', now() + interval '1 hour')`,
    [sha256(id), accountId],
  )
  return id
}

async function ownerToken(
  connection: Connection,
  {
    origin,
    service,
  }: { readonly origin: string; readonly service: { readonly id: string; readonly secret: string } },
): Promise<string> {
  await connection.query(
    `insert into role_members (role_id, owner_type, owner_id, created_at) values ('role_owner', 'client', $1, now())`,
    [service.id],
  )
  const answer = await fetch(`${origin}/oauth/token`, {
    method: 'POST',
    headers: { authorization: `Basic ${btoa(`${service.id}:${service.secret}`)}` },
    body: new URLSearchParams({ grant_type: 'client_credentials', resource: `${origin}/api/v1` }),
  })
  const body: unknown = await answer.json()
  const token: unknown =
    typeof body === 'object' && body !== null ? Reflect.get(body, 'access_token') : undefined
  if (typeof token !== 'string') throw new Error(`no token for the management API (${answer.status})`)
  return token
}
