import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import {
  clientListQuery,
  findClient,
  listClients,
  requireClient,
} from '../../../src/domain/clients/client.ts'
import { parseNewClient } from '../../../src/domain/clients/create.ts'
import {
  changeClient,
  deleteClient,
  disableClient,
  enableClient,
} from '../../../src/domain/clients/lifecycle.ts'
import { ensureOwnClients } from '../../../src/domain/clients/own-clients.ts'
import { patchClientMetadata } from '../../../src/domain/clients/metadata.ts'
import { addSecret } from '../../../src/domain/clients/secret.ts'
import { randomSecret } from '../../../src/platform/crypto/random.ts'
import type { Database } from '../../../src/platform/db/open.ts'
import { inTransaction } from '../../../src/platform/db/transaction.ts'
import { Refusal } from '../../../src/platform/errors.ts'
import { parseOrRefuse } from '../../../src/platform/parse.ts'
import { openRoom } from '../../support/room.ts'
import {
  act,
  eventTypes,
  expectRefusal,
  hostileTexts,
  lastEvent,
  now,
  planned,
  register,
  service,
  webClient,
} from './support.ts'

let db: Database
let close: () => Promise<void>
beforeAll(async () => {
  ;({ db, close } = await openRoom())
})
afterAll(() => close())

describe('a new client', () => {
  test('is found as it was registered, with one event', async () => {
    const before = await eventTypes(db)
    const client = await register(db, 'shop', webClient, { firstParty: true, refreshGraceSeconds: 30 })
    expect(client).toMatchObject({
      id: 'shop',
      name: 'Shop',
      metadata: { redirect_uris: ['https://shop.example/callback'], response_types: ['code'] },
      firstParty: true,
      pkceRequired: true,
      refreshGraceSeconds: 30,
      disabledAt: undefined,
      createdAt: now,
      updatedAt: now,
      version: 1,
      secrets: [],
    })
    expect(await findClient(db, 'shop')).toEqual(client)
    expect((await eventTypes(db)).slice(before.length)).toEqual(['client.created'])
    expect(await lastEvent(db)).toMatchObject({
      targetType: 'client',
      targetId: 'shop',
      actorType: 'operator',
    })
  })

  test('cannot have the id of another, and leaves no event', async () => {
    await register(db, 'taken')
    const before = await eventTypes(db)
    await expectRefusal(() => register(db, 'taken', service), 'conflict')
    expect(await eventTypes(db)).toEqual(before)
    expect((await requireClient(db, 'taken')).name).toBe('Shop')
  })

  test('is made once by 10 parallel calls with the same id', async () => {
    const outcomes = await Promise.allSettled(Array.from({ length: 10 }, () => register(db, 'parallel')))
    expect(outcomes.filter(({ status }) => status === 'fulfilled')).toHaveLength(1)
    const events = await db
      .selectFrom('auditEvents')
      .select('id')
      .where('targetId', '=', 'parallel')
      .execute()
    expect(events).toHaveLength(1)
  })

  test.each(['', 'acc_1', 'ACC_1', 'a b', 'a/b', 'a:b', 'é', 'a\u0000', 'a\uD800', 'x'.repeat(101), null, 7])(
    'cannot have the id %j',
    async (id) => {
      await expectRefusal(() => parseNewClient({ id, metadata: webClient }), 'invalid_metadata')
    },
  )

  test.each([
    [{ refreshGraceSeconds: 61 }],
    [{ refreshGraceSeconds: -1 }],
    [{ refreshGraceSeconds: 1.5 }],
    [{ verified: 'yes' }],
    [{ optionalScopes: 'email' }],
    [{ optionalScopes: ['two words'] }],
    [{ optionalScopes: ['quo"te'] }],
    [{ optionalScopes: Array.from({ length: 101 }, (_, index) => `s${index}`) }],
    [{ firstParty: 'yes' }],
    [{ administrator: true }],
  ])('cannot have the settings %j', async (settings) => {
    await expectRefusal(() => register(db, 'odd', webClient, settings), 'invalid_metadata')
    expect(await findClient(db, 'odd')).toBeUndefined()
  })

  test('is exempt from PKCE only if it is confidential, and no native app', async () => {
    const exempt = { pkceRequired: false }
    expect((await register(db, 'exempt', webClient, exempt)).pkceRequired).toBe(false)
    const open = { ...webClient, token_endpoint_auth_method: 'none' }
    await expectRefusal(() => register(db, 'open', open, exempt), 'invalid_metadata')
    await expectRefusal(
      () => register(db, 'app', { ...webClient, application_type: 'native' }, exempt),
      'invalid_metadata',
    )
  })

  test('and what else its transaction did are undone together, event and all', async () => {
    const before = await eventTypes(db)
    const failing = inTransaction(db, async (trx) => {
      await register(trx, 'undone')
      throw new Error('later')
    })
    await expect(failing).rejects.toThrow('later')
    expect(await findClient(db, 'undone')).toBeUndefined()
    expect(await eventTypes(db)).toEqual(before)
  })
})

describe('looking for a client', () => {
  test.each(['nobody', '', 'a\u0000b', 'a\uD800', 'x'.repeat(1_000_000), "' or true --", 'acc_1'])(
    'with a name nobody has finds nothing: %#',
    async (id) => {
      expect(await findClient(db, id)).toBeUndefined()
      await expectRefusal(() => requireClient(db, id), 'not_found')
      for (const work of [disableClient, enableClient, deleteClient]) {
        await expectRefusal(() => work(db, id, act), 'not_found')
      }
      await expectRefusal(() => changeClient(db, { id, version: 1 }, act), 'not_found')
    },
  )

  test('runs one statement, known to the connection by its name', async () => {
    await register(db, 'counted')
    await addSecret(db, { clientId: 'counted', secretId: 'sec_counted', secret: randomSecret() }, act)
    expect(await planned(db, 'client_by_id', (trx) => findClient(trx, 'counted'))).toBe(1)
  })
})

test('P1: a row whose metadata was changed by hand to what nobody may register is not used', async () => {
  await register(db, 'tampered')
  const metadata = JSON.stringify({ ...webClient, redirect_uris: ['http://evil.example/'] })
  await db.updateTable('clients').set({ metadata }).where('id', '=', 'tampered').execute()
  const outcome = await findClient(db, 'tampered').catch((error: unknown) => error)
  expect(outcome).toBeInstanceOf(Error)
  // Not the fault of whoever asked, so no refusal either.
  expect(outcome).not.toBeInstanceOf(Refusal)
  await db.deleteFrom('clients').where('id', '=', 'tampered').execute()
})

describe('a change', () => {
  test('names the members that changed, and counts the version', async () => {
    const client = await register(db, 'changing', { ...webClient, tos_uri: 'https://shop.example/tos' })
    const metadata = patchClientMetadata(client.metadata, { client_name: 'Store', tos_uri: null })
    const later = { ...act, now: new Date('2026-11-22T00:00:00Z') }
    const changed = await changeClient(db, { id: 'changing', version: 1, metadata, firstParty: true }, later)
    expect(changed).toMatchObject({
      name: 'Store',
      firstParty: true,
      version: 2,
      createdAt: now,
      updatedAt: later.now,
    })
    expect(changed.metadata.tos_uri).toBeUndefined()
    expect(await lastEvent(db)).toMatchObject({
      type: 'client.changed',
      details: { members: ['client_name', 'firstParty', 'tos_uri'] },
    })
  })

  test('that changes nothing leaves no event and keeps the version', async () => {
    const client = await register(db, 'same', service)
    const before = await eventTypes(db)
    expect(await changeClient(db, { id: 'same', version: 1, metadata: client.metadata }, act)).toEqual(client)
    expect(await eventTypes(db)).toEqual(before)
  })

  test('from an old version is refused, and leaves no event', async () => {
    await register(db, 'old')
    await changeClient(db, { id: 'old', version: 1, firstParty: true }, act)
    const before = await eventTypes(db)
    await expectRefusal(() => changeClient(db, { id: 'old', version: 1, firstParty: false }, act), 'conflict')
    await expectRefusal(() => changeClient(db, { id: 'old', version: 3, firstParty: false }, act), 'conflict')
    expect(await eventTypes(db)).toEqual(before)
    expect((await requireClient(db, 'old')).firstParty).toBe(true)
  })

  test('wins alone when 10 are made from the same version at the same moment', async () => {
    await register(db, 'raced')
    const changes = Array.from({ length: 10 }, (_, index) =>
      changeClient(db, { id: 'raced', version: 1, refreshGraceSeconds: index + 1 }, act),
    )
    const outcomes = await Promise.allSettled(changes)
    expect(outcomes.filter(({ status }) => status === 'fulfilled')).toHaveLength(1)
    for (const outcome of outcomes) {
      if (outcome.status === 'rejected') expect(outcome.reason).toMatchObject({ code: 'conflict' })
    }
    expect((await requireClient(db, 'raced')).version).toBe(2)
    const events = await db.selectFrom('auditEvents').select('type').where('targetId', '=', 'raced').execute()
    expect(events.map(({ type }) => type).sort()).toEqual(['client.changed', 'client.created'])
  })

  test('cannot make an exempt client public', async () => {
    const client = await register(db, 'was-confidential', webClient, { pkceRequired: false })
    const metadata = patchClientMetadata(client.metadata, { token_endpoint_auth_method: 'none' })
    const change = { id: 'was-confidential', version: 1, metadata }
    await expectRefusal(() => changeClient(db, change, act), 'invalid_metadata')
    expect((await changeClient(db, { ...change, pkceRequired: true }, act)).pkceRequired).toBe(true)
    await expectRefusal(
      () => changeClient(db, { id: 'was-confidential', version: 2, pkceRequired: false }, act),
      'invalid_metadata',
    )
  })
})

describe('disabling and deleting', () => {
  test('a client is disabled and enabled once each, however often it is asked', async () => {
    await register(db, 'switched')
    const before = await eventTypes(db)
    expect((await disableClient(db, 'switched', act)).disabledAt).toEqual(now)
    expect((await disableClient(db, 'switched', { ...act, now: new Date() })).disabledAt).toEqual(now)
    expect((await enableClient(db, 'switched', act)).disabledAt).toBeUndefined()
    await enableClient(db, 'switched', act)
    expect((await eventTypes(db)).slice(before.length)).toEqual(['client.disabled', 'client.enabled'])
  })

  test('what the server registered for its own pages is changed, disabled and deleted by nobody', async () => {
    await ensureOwnClients(db, 'https://login.example', act)
    const id = 'latchkey-console'
    const { version } = await requireClient(db, id)
    await expectRefusal(async () => changeClient(db, { id, version, firstParty: false }, act), 'forbidden')
    await expectRefusal(async () => disableClient(db, id, act), 'forbidden')
    await expectRefusal(async () => deleteClient(db, id, act), 'forbidden')
    expect(await requireClient(db, id)).toMatchObject({ firstParty: true, disabledAt: undefined, version })
  })

  test('a deleted client takes its secrets along, and is deleted once', async () => {
    await register(db, 'gone')
    await addSecret(db, { clientId: 'gone', secretId: 'sec_gone', secret: randomSecret() }, act)
    const before = await eventTypes(db)
    const outcomes = await Promise.allSettled([1, 2, 3].map(() => deleteClient(db, 'gone', act)))
    expect(outcomes.filter(({ status }) => status === 'fulfilled')).toHaveLength(1)
    expect(await findClient(db, 'gone')).toBeUndefined()
    expect(
      await db.selectFrom('clientSecrets').select('id').where('clientId', '=', 'gone').execute(),
    ).toEqual([])
    expect((await eventTypes(db)).slice(before.length)).toEqual(['client.deleted'])
  })
})

describe('the list of clients', () => {
  test('goes through all of them once, the newest first, though some have the same time', async () => {
    const room = await openRoom()
    const ids = Array.from({ length: 25 }, (_, index) => `client-${index}`)
    for (const id of ids) await register(room.db, id)
    const seen: string[] = []
    let after: string | undefined
    do {
      const page = await listClients(room.db, clientListQuery.parse({ limit: 10, after }))
      seen.push(...page.items.map(({ id }) => id))
      after = page.next
    } while (after !== undefined)
    await room.close()
    expect(seen).toHaveLength(25)
    expect(new Set(seen)).toEqual(new Set(ids))
  })

  test('is searched by name, id and redirect URI, and a % is a %', async () => {
    await register(db, 'needle-1', { ...webClient, client_name: '100% Cotton' })
    await register(db, 'needle-2', { ...webClient, redirect_uris: ['https://cotton_wool.example/cb'] })
    expect(await search('0% c')).toEqual(['needle-1'])
    expect(await search('COTTON')).toEqual(['needle-2', 'needle-1'])
    expect(await search('n_w')).toEqual(['needle-2'])
    expect(await search('needle-')).toEqual(['needle-2', 'needle-1'])
    expect(await search('\\')).toEqual([])
    expect(await search("' or true --")).toEqual([])
  })

  test.each([
    '',
    'x',
    'W10',
    Buffer.from('[1,"a\u0000"]').toString('base64url'),
    Buffer.from('[1e99,"a"]').toString('base64url'),
  ])('does not begin at %j', async (after) => {
    await expectRefusal(() => listClients(db, clientListQuery.parse({ after })), 'invalid_request')
  })

  test.each(Object.entries(hostileTexts))('is not searched for %s', async (_, text) => {
    await expectRefusal(
      () => parseOrRefuse(clientListQuery, { search: text }, 'invalid_request'),
      'invalid_request',
    )
  })

  async function search(text: string): Promise<string[]> {
    const { items } = await listClients(db, clientListQuery.parse({ search: text }))
    return items.map(({ id }) => id)
  }
})
