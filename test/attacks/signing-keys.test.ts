/** Keys that were withdrawn because somebody else has them: what they signed is worth nothing, whatever else goes on. */
import { once } from 'node:events'
import { connect, createServer } from 'node:net'
import type { AddressInfo } from 'node:net'
import { decodeProtectedHeader } from 'jose'
import { sql } from 'kysely'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { rotationOf } from '../../src/composition/rotation.ts'
import { systemAct } from '../../src/domain/audit/act.ts'
import { rotateNow } from '../../src/domain/signing-keys/rotate.ts'
import { createSeal } from '../../src/platform/crypto/seal.ts'
import type { Database } from '../../src/platform/db/open.ts'
import { introspect, postAs } from '../support/oauth.ts'
import { openStage } from '../support/stage.ts'
import type { Stage } from '../support/stage.ts'

let stage: Stage
let holdNextKeys = false
let release = (): void => {}
let isHeld = false

beforeAll(async () => {
  stage = await openStage({ databaseBehind })
})
afterAll(() => stage.close())

test('T12: what a withdrawn key signed is not remembered from the moment in which it is taken out of service', async () => {
  const [asked, neverAsked] = [await jwt(), await jwt()]
  const { db } = stage.world
  const withdrawn = Promise.withResolvers<void>()
  const mayCommit = Promise.withResolvers<void>()
  const rotation = db.transaction().execute(async (trx) => {
    await withdrawAll(trx)
    withdrawn.resolve()
    await mayCommit.promise
  })
  await withdrawn.promise
  // Waits behind the rotation for the table, and then keeps the server from reading the new keys.
  const mayRead = Promise.withResolvers<void>()
  const keeping = db.transaction().execute(async (trx) => {
    await sql`lock table signing_keys in access exclusive mode`.execute(trx)
    await mayRead.promise
  })
  await expect.poll(() => isLockAwaited()).toBe(true)
  mayCommit.resolve()
  await rotation
  await expect.poll(() => isLockAwaited()).toBe(true)
  expect(await isActive(asked)).toBe(true)
  mayRead.resolve()
  await keeping
  await expect.poll(() => isActive(neverAsked)).toBe(false)
  expect(await isActive(asked)).toBe(false)
})

test('T12: keys that were read before others were withdrawn do not come back when they arrive late', async () => {
  const token = await jwt()
  const { kid } = decodeProtectedHeader(token)
  holdNextKeys = true
  await sql`select pg_notify('latchkey_changes', '{"kind":"signing_keys","id":"ES256"}')`.execute(
    stage.world.db,
  )
  await expect.poll(() => isHeld).toBe(true)
  await stage.world.db.transaction().execute(withdrawAll)
  await expect.poll(() => publishedKeys()).not.toContain(kid)
  release()
  const until = performance.now() + 500
  while (performance.now() < until) expect(await publishedKeys()).not.toContain(kid)
  expect(await isActive(token)).toBe(false)
})

async function jwt(): Promise<string> {
  const form = { grant_type: 'client_credentials', resource: stage.jwtApi.identifier, scope: 'read' }
  const { body, text } = await postAs(stage.world, stage.service, { path: '/oauth/token', form })
  if (typeof body['access_token'] !== 'string') throw new Error(text)
  return body['access_token']
}

async function withdrawAll(trx: Database): Promise<void> {
  const { config } = stage.world
  const rotation = rotationOf(config.policyWith({}), createSeal(config.sealingKeys))
  await rotateNow(trx, { ...rotation, purpose: 'ES256', manner: 'compromised' }, systemAct(new Date()))
}

async function isActive(token: string): Promise<unknown> {
  return (await introspect(stage.world, stage.guard, token)).body['active']
}

async function publishedKeys(): Promise<unknown[]> {
  const response = await fetch(`${stage.world.issuer}/oauth/jwks`)
  const { keys } = (await response.json()) as { keys: { kid: string }[] }
  return keys.map(({ kid }) => kid)
}

async function isLockAwaited(): Promise<boolean> {
  const { rows } = await sql<{ waiting: boolean }>`select exists (select from pg_locks
    where relation = 'signing_keys'::regclass and not granted) as waiting`.execute(stage.world.db)
  return rows[0]?.waiting === true
}

/** A way to the database on which one answer about the keys can be late. */
async function databaseBehind(url: string): Promise<string> {
  const query = new URLSearchParams(url.split('?')[1])
  const folder = query.get('host')
  const target = folder === null ? new URL(url) : undefined
  const server = createServer((near) => {
    const far =
      target === undefined
        ? connect(`${folder}/.s.PGSQL.${query.get('port') ?? '5432'}`)
        : connect(Number(target.port === '' ? 5432 : target.port), target.hostname)
    let late: Buffer[] | undefined
    near.on('data', (data: Buffer) => {
      if (holdNextKeys && data.includes('"sealed_key" from "signing_keys"')) {
        holdNextKeys = false
        late = []
        release = () => {
          near.write(Buffer.concat(late ?? []))
          late = undefined
        }
      }
      far.write(data)
    })
    far.on('data', (data: Buffer) => {
      if (late === undefined) near.write(data)
      else {
        late.push(data)
        isHeld = true
      }
    })
    for (const [one, other] of [[near, far] as const, [far, near] as const]) {
      one.on('error', () => {})
      one.on('close', () => other.destroy())
    }
  })
  server.listen(0, '127.0.0.1').unref()
  await once(server, 'listening')
  const own = (server.address() as AddressInfo).port
  return url.replace(/^(postgres(?:ql)?:\/\/[^@]*@)[^/]*(\/[^?]*).*$/, `$1127.0.0.1:${own}$2`)
}
