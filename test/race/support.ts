/** Many requests for one thing at one moment, spread over the instances of a world. */
import { sql } from 'kysely'
import { sha256 } from '../../src/platform/crypto/digest.ts'
import { openConnection } from '../../src/platform/db/open.ts'
import { redirectUri, postAs } from '../support/oauth.ts'
import type { Answer, Caller, Code } from '../support/oauth.ts'
import { until } from '../support/until.ts'
import type { World } from '../support/world.ts'

/** How often each thing is used at once. */
export const uses = 10

/** Runs the same request `uses` times at once, on all instances in turn. */
function atOnce<T>(world: World, request: (origin: string) => Promise<T>): Promise<T[]> {
  return Promise.all(Array.from({ length: uses }, (_, index) => request(originOf(world, index))))
}

/** The same for many things, some at a time: the race is for each of them, and not for connections to the database. */
export async function eachAtOnce<Thing, T>(
  world: World,
  things: readonly Thing[],
  request: (thing: Thing, origin: string) => Promise<T>,
): Promise<T[][]> {
  const results: T[][] = []
  for (let index = 0; index < things.length; index += thingsAtOnce) {
    const group = things.slice(index, index + thingsAtOnce)
    results.push(
      ...(await Promise.all(group.map((thing) => atOnce(world, (origin) => request(thing, origin))))),
    )
  }
  return results
}

const thingsAtOnce = 4

/** Where an instance listens; numbers beyond the last begin again. */
export function originOf({ instances }: World, index: number): string {
  const instance = instances[index % instances.length]
  if (instance === undefined) throw new Error('there is no instance')
  return instance.origin
}

/** Exchanges a code at an instance. */
export function redeem(
  world: World,
  caller: Caller,
  { code, verifier }: Pick<Code, 'code' | 'verifier'>,
  at: string,
) {
  const form = { grant_type: 'authorization_code', code, redirect_uri: redirectUri, code_verifier: verifier }
  return postAs(world, caller, { path: '/oauth/token', form, at })
}

/** Refreshes at an instance. */
export function refreshAt(world: World, caller: Caller, refreshToken: string, at: string): Promise<Answer> {
  const form = { grant_type: 'refresh_token', refresh_token: refreshToken }
  return postAs(world, caller, { path: '/oauth/token', form, at })
}

/**
 * Holds the row of a code or token while `begin` sends its requests, and lets go when all of them have seen it unused and
 * wait to use it: a race that is one, however slow the machine is.
 */
export async function whileHeld<T>(
  world: World,
  value: string,
  begin: () => readonly Promise<T>[],
): Promise<T[]> {
  const holder = await openConnection({ url: world.databaseUrl, applicationName: 'latchkey tests' })
  try {
    await holder.query('begin')
    const [row] = await holder.query(
      'select 1 as found from oidc_artifacts where id_hash = $1 for no key update',
      [sha256(value)],
    )
    if (row === undefined) throw new Error('there is nothing to hold')
    const begun = begin()
    // Looked at from here as well: a rejection while we wait must not go unhandled.
    const settled = Promise.all(begun)
    settled.catch(() => {})
    await until(async () => (await waitingCount(world)) >= begun.length)
    await holder.query('commit')
    return await settled
  } finally {
    await holder.close()
  }
}

/** How many statements of this world's database wait for a row that another holds. */
export async function waitingCount({ db }: Pick<World, 'db'>): Promise<number> {
  const { rows } = await sql<{ n: number }>`select count(*)::int as n from pg_stat_activity
    where datname = current_database() and wait_event_type = 'Lock'`.execute(db)
  return rows[0]?.n ?? 0
}

/** How many refresh tokens of the family that `value` belongs to could be used now. */
export async function livingEnds({ db }: World, value: string): Promise<number> {
  const { rows } = await sql<{ n: number }>`select count(*)::int as n from oidc_artifacts
    where model = 'RefreshToken' and consumed_at is null
      and grant_id = (select grant_id from oidc_artifacts where id_hash = ${sha256(value)})`.execute(db)
  return rows[0]?.n ?? 0
}

/** The OAuth error of an answer, or `accepted`. */
export function outcomeOf({ status, body }: Answer): string {
  return status === 200 ? 'accepted' : String(body['error'])
}

/** How often each outcome came. */
export function tally(outcomes: readonly string[]): Record<string, number> {
  const counts: Record<string, number> = {}
  for (const outcome of outcomes) counts[outcome] = (counts[outcome] ?? 0) + 1
  return counts
}
