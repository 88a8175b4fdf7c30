import { sql } from 'kysely'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { hygieneOf, hygieneQuery } from '../../../src/domain/api-keys/hygiene.ts'
import { parseApiKeyInput } from '../../../src/domain/api-keys/input.ts'
import { revokeApiKey } from '../../../src/domain/api-keys/lifecycle.ts'
import { rotateApiKey } from '../../../src/domain/api-keys/rotate.ts'
import { createPeppers } from '../../../src/domain/api-keys/secret.ts'
import { createUsageRecorder } from '../../../src/domain/api-keys/usage.ts'
import type { Owner } from '../../../src/domain/apis/permissions.ts'
import type { Database } from '../../../src/platform/db/open.ts'
import { give, makeApi, makeClient } from '../apis/support.ts'
import { act, now } from '../clients/support.ts'
import { makeApiKey, making } from './support.ts'
import { openRoom } from '../../support/room.ts'

let db: Database
let close: () => Promise<void>
let owner: Owner
beforeAll(async () => {
  ;({ db, close } = await openRoom())
  await makeApi(db, 'api', ['read', 'write'])
  owner = await makeClient(db, 'client')
  await give(db, 'api', owner, ['read', 'write'])
})
afterAll(() => close())

const days = (number: number) => new Date(now.getTime() + number * 86_400_000)
const careful = { expiresAt: '2030-01-01T00:00:00Z', allowedAddresses: ['10.0.0.0/8'] }
const make = async (name: string, more: object = {}) =>
  (await makeApiKey(db, { owner, apiId: 'api', scopes: ['read', 'write'] }, { name, ...more })).key
const look = (query: object, when: Date, pepperId: string | undefined = 'p1') =>
  hygieneOf(db, { query: parseApiKeyInput(hygieneQuery, query), pepperId }, when)
const found = async (when: Date, query: object = {}) => {
  const { items } = await look({ limit: 100, ...query }, when)
  return Object.fromEntries(items.map((item) => [item.name, item.findings]))
}

test('what could be better about a key is found, and nothing else', async () => {
  const careless = await make('careless')
  const used = await make('used', careful)
  const idle = await make('idle', careful)
  const revoked = await make('revoked')
  await make('unused', careful)
  await revokeApiKey(db, { id: revoked.id }, act)
  const recorder = createUsageRecorder({ db, flushSeconds: 3600 })
  const use = { slot: 1, outcome: 'allowed', address: undefined, userAgent: undefined } as const
  recorder.record({ ...use, keyId: used.id, scopes: ['read', 'write'], at: days(99) })
  recorder.record({ ...use, keyId: idle.id, scopes: ['read', 'write'], at: days(5) })
  recorder.record({ ...use, keyId: careless.id, scopes: ['read'], at: days(99) })
  await recorder.close()
  expect(await found(days(1))).toEqual({ careless: ['no_expiry', 'no_address_list'] })
  expect(await found(days(100))).toEqual({
    careless: ['no_expiry', 'no_address_list', 'unused_scopes'],
    idle: ['idle'],
    unused: ['never_used', 'unused_scopes'],
  })
  expect(await found(days(100), { finding: 'unused_scopes' })).toMatchObject({ careless: {}, unused: {} })
  expect(await found(days(100), { finding: 'idle', owner })).toEqual({ idle: ['idle'] })
  expect(await found(days(100), { apiId: 'other' })).toEqual({})
  expect((await look({ finding: 'no_expiry' }, days(100))).items).toMatchObject([
    { id: careless.id, owner, lastUsedAt: days(99), unusedScopes: ['write'] },
  ])
})

test('a key with a living secret under another pepper than the first is found until it is rotated and the overlap is over', async () => {
  const key = await make('kept in another way', careful)
  const under = async (pepperId: string | undefined, when = now) => {
    const { items } = await look({ limit: 100, finding: 'retired_pepper' }, when, pepperId)
    return items.filter(({ id }) => id === key.id).map(({ findings }) => findings)
  }
  expect(await under('p1')).toEqual([])
  expect(await under(undefined)).toEqual([])
  expect(await under('p2')).toEqual([['retired_pepper']])
  const turned = { ...making, peppers: createPeppers([{ id: 'p2', key: Buffer.alloc(32, 7) }]) }
  await rotateApiKey(
    db,
    { making: turned, rotation: { id: key.id, version: key.version, overlapSeconds: 86_400 } },
    act,
  )
  expect(await under('p2')).toEqual([['retired_pepper']])
  expect(await under('p2', days(2))).toEqual([])
})

test('the findings come page by page', async () => {
  for (const name of ['a', 'b', 'c', 'd', 'e']) await make(`page ${name}`)
  const names: string[] = []
  let after: string | undefined
  do {
    const page = await look({ limit: 2, finding: 'no_expiry', after }, now)
    names.push(...page.items.map(({ name }) => name))
    after = page.next
  } while (after !== undefined)
  expect(names.toSorted()).toEqual(['careless', 'page a', 'page b', 'page c', 'page d', 'page e'])
})

test('what is rare among very many is found too: a page that looked at enough is short, and the next goes on', async () => {
  await sql`insert into api_keys (id, name, owner_type, owner_id, api_id, scopes, expires_at, allowed_addresses,
      created_at, updated_at)
    select lpad(i::text, 12, '0'), case i when 4500 then 'rare' else 'many' end, ${owner.type}, ${owner.id}, 'api', '{}',
      case i when 4500 then null else ${days(1000)}::timestamptz end, '{10.0.0.0/8}',
      ${days(2)}::timestamptz - i * interval '1 millisecond', ${now}
    from generate_series(1, 5000) i`.execute(db)
  const pages: number[] = []
  const names: string[] = []
  let after: string | undefined
  do {
    const page = await look({ limit: 10, finding: 'no_expiry', after }, days(3))
    pages.push(page.items.length)
    names.push(...page.items.map(({ name }) => name))
    after = page.next
  } while (after !== undefined)
  expect(pages.slice(0, 2)).toEqual([0, 0])
  expect(names.filter((name) => name === 'rare')).toHaveLength(1)
  expect(new Set(names).size).toBe(names.length)
})
