import type { KeyObject } from 'node:crypto'
import { generateKeyPairSync } from 'node:crypto'
import { sql } from 'kysely'
import { expect } from 'vitest'
import { createClient, parseNewClient } from '../../../src/domain/clients/create.ts'
import type { Client } from '../../../src/domain/clients/client.ts'
import type { Act } from '../../../src/domain/audit/act.ts'
import { operatorAct } from '../../../src/domain/audit/act.ts'
import type { Database } from '../../../src/platform/db/open.ts'
import { Refusal } from '../../../src/platform/errors.ts'
import type { RefusalCode } from '../../../src/platform/errors.ts'

/** The time of every test here, unless it says another. */
export const now = new Date('2026-11-21T12:00:00.000Z')

/** What an operator does at that time. */
export const act: Act = operatorAct(now)

/** The least a web client says of itself. */
export const webClient = { client_name: 'Shop', redirect_uris: ['https://shop.example/callback'] }

/** The least a service says of itself. */
export const service = { client_name: 'Robot', grant_types: ['client_credentials'] }

/** Registers a client from raw input. */
export function register(
  db: Database,
  id: string,
  metadata: object = webClient,
  settings: object = {},
): Promise<Client> {
  return createClient(db, parseNewClient({ id, metadata, settings }), act)
}

/** Expects a refusal with this code, thrown or rejected, and gives it back. */
export async function expectRefusal(work: () => unknown, code: RefusalCode): Promise<Refusal> {
  const outcome = await Promise.resolve()
    .then(work)
    .then(
      () => 'nothing was refused',
      (error: unknown) => error,
    )
  expect(outcome).toBeInstanceOf(Refusal)
  if (!(outcome instanceof Refusal)) throw new Error('not a refusal')
  expect(outcome.code).toBe(code)
  expect(outcome.message.length).toBeLessThan(1500)
  return outcome
}

/** The types of all events so far, in order. */
export async function eventTypes(db: Database): Promise<string[]> {
  const rows = await db.selectFrom('auditEvents').select('type').orderBy('id').execute()
  return rows.map(({ type }) => type)
}

/** The newest event. */
export async function lastEvent(db: Database) {
  return db.selectFrom('auditEvents').selectAll().orderBy('id', 'desc').executeTakeFirstOrThrow()
}

/** How often a named statement ran on the connection of one transaction while `work` was done in it. */
export function planned(
  db: Database,
  name: string,
  work: (trx: Database) => Promise<unknown>,
): Promise<number> {
  return db.transaction().execute(async (trx) => {
    const count = async () => {
      const { rows } = await sql<{ plans: number }>`select (generic_plans + custom_plans)::int as plans
        from pg_prepared_statements where name = ${name}`.execute(trx)
      return rows[0]?.plans ?? 0
    }
    const before = await count()
    await work(trx)
    return (await count()) - before
  })
}

/** A public key as a JWK. */
export function publicJwk(pair: { publicKey: KeyObject }): Record<string, unknown> {
  return { ...pair.publicKey.export({ format: 'jwk' }) }
}

/** Both parts of a new P-256 key as a JWK. */
export function privateEcJwk(): Record<string, unknown> {
  return { ...generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey.export({ format: 'jwk' }) }
}

/** Text that a form or a JSON body may hold, and nobody should keep. */
export const hostileTexts = {
  'a NUL': 'Shop\u0000',
  'half a surrogate pair': 'Shop\uD800',
  'a direction override': 'Shop\u202Egnp.exe',
  'a direction isolate': 'Shop\u2067x',
  'a line end': 'Shop\r\nSet-Cookie: a=b',
  'an escape sequence': 'Shop\u001B[31m',
  'a line separator': 'Shop\u2028',
  'one megabyte': 'x'.repeat(1_000_000),
}
