import { generateKeyPairSync, sign } from 'node:crypto'
import type { KeyObject } from 'node:crypto'
import { once } from 'node:events'
import { createServer } from 'node:http'
import type { Server } from 'node:http'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { z } from 'zod'
import { createApiKey } from '../../src/domain/api-keys/create.ts'
import type { CreatedKey, KeyMaking } from '../../src/domain/api-keys/create.ts'
import { requireApiKey } from '../../src/domain/api-keys/find.ts'
import { newApiKey, parseApiKeyInput } from '../../src/domain/api-keys/input.ts'
import { revokeApiKey } from '../../src/domain/api-keys/lifecycle.ts'
import { rotateApiKey } from '../../src/domain/api-keys/rotate.ts'
import { createPeppers, makeKey, newKeyId } from '../../src/domain/api-keys/secret.ts'
import { systemAct } from '../../src/domain/audit/act.ts'
import { sha256 } from '../../src/platform/crypto/digest.ts'
import { createSignatureCheck } from '../../src/web/leaks/github-keys.ts'
import { mailsOf, mailsTo } from '../support/mails.ts'
import { openWorld } from '../support/world.ts'
import type { TestApi, TestClient, World, WorldWishes } from '../support/world.ts'

const pepper = Buffer.alloc(32, 3)
const making: KeyMaking = { prefix: 'lk', peppers: createPeppers([{ id: 'p', key: pepper }]) }
const pepperEnv = { KEY_PEPPERS: `p:${pepper.toString('base64')}` }

interface Scene {
  readonly world: World
  readonly makeKey: () => Promise<CreatedKey>
}

async function openScene(env: WorldWishes['env'] = {}): Promise<Scene> {
  const world = await openWorld({ env: { ...pepperEnv, ...env } })
  const owner: TestClient = await world.makeClient({ metadata: { grant_types: ['client_credentials'] } })
  const api: TestApi = await world.makeApi()
  await world.permit({ type: 'client', id: owner.id }, api, ['read'])
  const input = { name: 'Key', owner: { type: 'client', id: owner.id }, apiId: api.id, scopes: ['read'] }
  const key = parseApiKeyInput(newApiKey, input)
  return { world, makeKey: () => createApiKey(world.db, { making, key }, systemAct(new Date())) }
}

function report({ world }: Scene, key: unknown): Promise<Response> {
  return fetch(`${world.issuer}/leaks/report`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ key }),
  })
}

async function leakEvents({ world }: Scene, keyId: string) {
  return world.db
    .selectFrom('auditEvents')
    .selectAll()
    .where('type', '=', 'api_key.leak_reported')
    .where('targetId', '=', keyId)
    .orderBy('id')
    .execute()
}

/** Everything of an answer that does not name the request. */
async function bytesOf(response: Response): Promise<string> {
  const own = new Set(['x-request-id', 'date'])
  const headers = [...response.headers].filter(([name]) => !own.has(name))
  return JSON.stringify([response.status, headers, await response.text()])
}

describe('a report of a leaked key', () => {
  let scene: Scene
  beforeAll(async () => {
    scene = await openScene()
  })
  afterAll(() => scene.world.close())

  test('ends the key at once where that is the policy, and is written down', async () => {
    const { key, text } = await scene.makeKey()
    expect((await report(scene, text)).status).toBe(202)
    expect(await requireApiKey(scene.world.db, key.id)).toMatchObject({
      revokedAt: expect.any(Date),
      revocationReason: 'leaked',
    })
    expect(await leakEvents(scene, key.id)).toMatchObject([
      {
        actorType: 'anonymous',
        address: '127.0.0.1',
        details: { policy: 'end', measure: 'revoked', reporter: 'anonymous', slot: 1 },
      },
    ])
  })

  test('that ended a key is heard by introspection on this instance at once', async () => {
    const { world } = scene
    const guard = await world.makeClient({ metadata: { grant_types: [] } })
    const api = await world.makeApi({ introspectors: [guard] })
    const owner = await world.makeClient({ metadata: { grant_types: ['client_credentials'] } })
    await world.permit({ type: 'client', id: owner.id }, api, ['read'])
    const input = { name: 'Key', owner: { type: 'client', id: owner.id }, apiId: api.id, scopes: ['read'] }
    const key = parseApiKeyInput(newApiKey, input)
    const { text } = await createApiKey(world.db, { making, key }, systemAct(new Date()))
    const isActive = async () => {
      const response = await fetch(`${world.issuer}/oauth/introspect`, {
        method: 'POST',
        headers: { authorization: `Basic ${Buffer.from(`${guard.id}:${guard.secret}`).toString('base64')}` },
        body: new URLSearchParams({ token: text }),
      })
      return z.object({ active: z.boolean() }).parse(await response.json()).active
    }
    expect(await isActive()).toBe(true)
    await report(scene, text)
    expect(await isActive()).toBe(false)
  })

  test('comes as a form too, with white space around the key', async () => {
    const { key, text } = await scene.makeKey()
    const body = new URLSearchParams({ key: ` ${text}\r\n` })
    const response = await fetch(`${scene.world.issuer}/leaks/report`, { method: 'POST', body })
    expect(response.status).toBe(202)
    expect((await requireApiKey(scene.world.db, key.id)).revokedAt).toBeDefined()
  })

  test('is no oracle: the same bytes for a live, dead, unknown, wrong, and mistyped key, and for no key at all', async () => {
    const [live, dead, other] = [await scene.makeKey(), await scene.makeKey(), await scene.makeKey()]
    await revokeApiKey(scene.world.db, { id: dead.key.id }, systemAct(new Date()))
    const reports = {
      live: live.text,
      dead: dead.text,
      unknown: makeKey('lk', newKeyId()).text,
      'right id, wrong secret': makeKey('lk', other.key.id).text,
      mistyped: `${other.text.slice(0, -1)}${other.text.endsWith('0') ? '1' : '0'}`,
      'another prefix': makeKey('kl', newKeyId()).text,
      'no key': 'hello',
    }
    const answers = new Map<string, string>()
    const milliseconds: number[] = []
    for (const [name, text] of Object.entries(reports)) {
      const startedAt = performance.now()
      answers.set(name, await bytesOf(await report(scene, text)))
      milliseconds.push(performance.now() - startedAt)
    }
    expect(new Set(answers.values()).size).toBe(1)
    // What is done about a live key takes a fraction of the time that every answer takes.
    expect(Math.min(...milliseconds)).toBeGreaterThan(240)
    expect((await requireApiKey(scene.world.db, live.key.id)).revokedAt).toBeDefined()
    expect((await requireApiKey(scene.world.db, other.key.id)).revokedAt).toBeUndefined()
    expect(await leakEvents(scene, other.key.id)).toEqual([])
    expect(await leakEvents(scene, dead.key.id)).toMatchObject([{ details: { measure: 'already_ended' } }])
  })

  test('of the older secret during a rotation ends that secret alone', async () => {
    const { key, text } = await scene.makeKey()
    const { db } = scene.world
    const act = systemAct(new Date())
    await rotateApiKey(db, { making, rotation: { id: key.id, version: 1, overlapSeconds: 3600 } }, act)
    await report(scene, text)
    const { revokedAt, secrets } = await requireApiKey(db, key.id)
    expect(revokedAt).toBeUndefined()
    expect(secrets[0]?.expiresAt?.getTime()).toBeLessThanOrEqual(Date.now())
    expect(secrets[1]?.expiresAt).toBeUndefined()
    expect(await leakEvents(scene, key.id)).toMatchObject([{ details: { measure: 'secret_ended', slot: 1 } }])
  })

  test.each([
    ['nothing', undefined],
    ['an empty key', ''],
    ['a number', 5],
    ['a list', ['lk_']],
    ['far too much', 'x'.repeat(2000)],
  ])('with %s is malformed, which says nothing about keys', async (_name, key) => {
    const response = await report(scene, key)
    expect(response.status).toBe(400)
  })

  test('is neither a page nor anything but a POST', async () => {
    const response = await fetch(`${scene.world.issuer}/leaks/report`)
    expect([response.status, response.headers.get('allow')]).toEqual([405, 'POST'])
    const text = await fetch(`${scene.world.issuer}/leaks/report`, { method: 'POST', body: 'lk_' })
    expect(text.status).toBe(415)
    const broken = await fetch(`${scene.world.issuer}/leaks/report`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: '{"key":',
    })
    expect(broken.status).toBe(400)
  })

  test('leaves the key in no log', async () => {
    const { text } = await scene.makeKey()
    await report(scene, text)
    const secret = text.split('_')[2] ?? text
    expect(scene.world.logLines.join('')).not.toContain(secret)
    const events = await scene.world.db.selectFrom('auditEvents').selectAll().execute()
    expect(JSON.stringify(events)).not.toContain(secret)
  })

  test('is limited by address, also for keys that exist', async () => {
    const statuses = new Set<number>()
    for (let round = 0; round < 10 && !statuses.has(429); round += 1) {
      const batch = await Promise.all(Array.from({ length: 20 }, () => report(scene, 'hello')))
      for (const { status } of batch) statuses.add(status)
    }
    expect(statuses).toEqual(new Set([202, 429]))
    const { key, text } = await scene.makeKey()
    const refused = await report(scene, text)
    expect(refused.status).toBe(429)
    expect(Number(refused.headers.get('retry-after'))).toBeGreaterThan(0)
    expect((await requireApiKey(scene.world.db, key.id)).revokedAt).toBeUndefined()
  })
})

test('with the policy "notify" a report is written down and ends nothing', async () => {
  const scene = await openScene({ LEAKED_KEY_POLICY: 'notify' })
  const { key, text } = await scene.makeKey()
  await report(scene, text)
  expect(await requireApiKey(scene.world.db, key.id)).toEqual(key)
  expect(await leakEvents(scene, key.id)).toMatchObject([{ details: { policy: 'notify', measure: 'none' } }])
  await scene.world.close()
})

test('those responsible for the client are told by mail, without the key, once however often it is reported', async () => {
  const world = await openWorld({ env: { ...pepperEnv, LEAKED_KEY_POLICY: 'notify' } })
  const makeKey = async (contacts: readonly string[]) => {
    const metadata = { grant_types: ['client_credentials'], ...(contacts.length > 0 && { contacts }) }
    const owner = await world.makeClient({ metadata })
    const api = await world.makeApi()
    const input = { name: 'Export <b>', owner: { type: 'client', id: owner.id }, apiId: api.id, scopes: [] }
    const key = parseApiKeyInput(newApiKey, input)
    return createApiKey(world.db, { making, key }, systemAct(new Date()))
  }
  const scene: Scene = { world, makeKey: () => makeKey([]) }
  const administrator = await world.makeAccount({ claims: { locale: 'de' } })
  await world.db
    .updateTable('accounts')
    .set({ administrator: true })
    .where('id', '=', administrator.id)
    .execute()
  const known = await makeKey(['ops@example.com', 'dev@example.com'])
  await Promise.all([known.text, known.text, known.text].map((text) => report(scene, text)))
  const orphan = await scene.makeKey()
  await report(scene, orphan.text)
  const mails = await mailsOf(world)
  expect(mails.flatMap(({ to }) => to).sort()).toEqual(
    [administrator.email, 'dev@example.com', 'ops@example.com'].sort(),
  )
  for (const { subject, text, html, to } of mails) {
    const { key, text: secret } = to.includes(administrator.email) ? orphan : known
    expect(subject).toContain('Export <b>')
    expect(text).toContain(key.id)
    expect(html).toContain('Export &lt;b&gt;')
    for (const part of [subject, text, html]) expect(part).not.toContain(secret.split('_')[2])
    expect(text).toContain(to.includes(administrator.email) ? 'Er funktioniert noch' : 'It still works')
  }
  expect((await requireApiKey(world.db, known.key.id)).revokedAt).toBeUndefined()
  expect(await leakEvents(scene, known.key.id)).toHaveLength(3)
  await world.close()
})

test('the owner of a personal key is told in the same words, once however often it is reported', async () => {
  const scene = await openScene({ LEAKED_KEY_POLICY: 'notify' })
  const { world } = scene
  const owner = await world.makeAccount()
  const verified = { emailVerifiedAt: new Date() }
  await world.db.updateTable('accounts').set(verified).where('id', '=', owner.id).execute()
  const api = await world.makeApi()
  const input = { name: 'Laptop', owner: { type: 'account', id: owner.id }, apiId: api.id, scopes: [] }
  const key = parseApiKeyInput(newApiKey, input)
  const made = await createApiKey(world.db, { making, key }, systemAct(new Date()))
  await Promise.all([1, 2, 3].map(() => report(scene, made.text)))
  const told = (await mailsTo(world, owner.email)).filter(({ subject }) => subject.includes('has leaked'))
  expect(told).toHaveLength(1)
  const [mail] = told
  expect(mail?.subject).toContain('the API key Laptop has leaked')
  expect(mail?.text).toContain(made.key.id)
  expect(mail?.text).toContain('It still works')
  expect(mail?.text).not.toContain('contacts of the client')
  expect(mail?.links).toEqual([`${world.issuer}/account/keys`])
  for (const part of [mail?.text, mail?.html]) expect(part).not.toContain(made.text.split('_')[2])
  expect(await leakEvents(scene, made.key.id)).toHaveLength(3)
  await world.close()
}, 60_000)

test('with the policy "grace" the key expires soon, and another report wins no time', async () => {
  const scene = await openScene({ LEAKED_KEY_POLICY: 'grace', LEAKED_KEY_GRACE_SECONDS: '600' })
  const { key, text } = await scene.makeKey()
  const before = Date.now()
  await report(scene, text)
  const first = await requireApiKey(scene.world.db, key.id)
  const remaining = (first.expiresAt?.getTime() ?? 0) - before
  expect(remaining).toBeGreaterThanOrEqual(600_000)
  expect(remaining).toBeLessThan(610_000)
  await report(scene, text)
  expect(await requireApiKey(scene.world.db, key.id)).toEqual(first)
  expect(await leakEvents(scene, key.id)).toHaveLength(2)
  await scene.world.close()
})

describe("GitHub's partner messages", () => {
  let scene: Scene
  let service: Server
  let served: unknown = { public_keys: [] }
  let fetches = 0
  let time = Date.now()
  const github = generateKeyPairSync('ec', { namedCurve: 'prime256v1' })
  const stranger = generateKeyPairSync('ec', { namedCurve: 'prime256v1' })

  beforeAll(async () => {
    served = keysDocument({ known: github.publicKey })
    service = createServer((_request, response) => {
      fetches += 1
      response.setHeader('content-type', 'application/json')
      response.end(JSON.stringify(served))
    }).listen(0, '127.0.0.1')
    await once(service, 'listening')
    const address = service.address()
    const port = typeof address === 'object' ? address?.port : undefined
    const world = await openWorld({
      env: {
        ...pepperEnv,
        GITHUB_SECRET_SCANNING_KEYS_URL: `http://127.0.0.1:${port}/keys`,
        OUTBOUND_ALLOWED_HOSTS: `127.0.0.1:${port}`,
      },
      now: () => new Date(time),
    })
    const owner = await world.makeClient({ metadata: { grant_types: ['client_credentials'] } })
    const api = await world.makeApi()
    const key = parseApiKeyInput(newApiKey, {
      name: 'Key',
      owner: { type: 'client', id: owner.id },
      apiId: api.id,
      scopes: [],
    })
    scene = { world, makeKey: () => createApiKey(world.db, { making, key }, systemAct(new Date())) }
  })
  afterAll(async () => {
    await scene.world.close()
    service.close()
  })

  function keysDocument(keys: Readonly<Record<string, KeyObject>>): unknown {
    return {
      public_keys: Object.entries(keys).map(([key_identifier, key]) => ({
        key_identifier,
        key: key.export({ type: 'spki', format: 'pem' }),
        is_current: true,
      })),
    }
  }

  function send(
    body: string,
    {
      key = github.privateKey,
      keyId = 'known',
      signed = body,
    }: { key?: KeyObject; keyId?: string; signed?: string } = {},
  ): Promise<Response> {
    return fetch(`${scene.world.issuer}/leaks/github`, {
      method: 'POST',
      headers: {
        'content-type': 'application/json',
        'Github-Public-Key-Identifier': keyId,
        'Github-Public-Key-Signature': sign('sha256', Buffer.from(signed), key).toString('base64'),
      },
      body,
    })
  }

  const finding = (token: string) => ({
    token,
    type: 'our_api_key',
    url: 'https://github.com/o/r/blob/x',
    source: 'content',
  })

  test('end the keys they hold, and are told which findings were keys', async () => {
    const { key, text } = await scene.makeKey()
    const strangers = makeKey('lk', newKeyId()).text
    const response = await send(JSON.stringify([finding(text), finding(strangers), finding('hello')]))
    expect(response.status).toBe(200)
    expect(await response.json()).toEqual([
      { token_hash: sha256(text).toString('hex'), token_type: 'our_api_key', label: 'true_positive' },
      { token_hash: sha256(strangers).toString('hex'), token_type: 'our_api_key', label: 'false_positive' },
      { token_hash: sha256('hello').toString('hex'), token_type: 'our_api_key', label: 'false_positive' },
    ])
    expect((await requireApiKey(scene.world.db, key.id)).revocationReason).toBe('leaked')
    expect(await leakEvents(scene, key.id)).toMatchObject([
      { details: { reporter: 'github content', url: 'https://github.com/o/r/blob/x' } },
    ])
  })

  test('one finding that is not understood, or is strange, keeps none of the others from being acted on', async () => {
    const [first, last] = [await scene.makeKey(), await scene.makeKey()]
    const findings = [
      null,
      { token: 5, type: 'our_api_key' },
      { ...finding(first.text), url: `https://example.com/\0\ud800`, source: 7 },
      { token: 'x'.repeat(10_001), type: 'our_api_key' },
      'text',
      { ...finding(last.text), source: 'x'.repeat(500), url: 'y'.repeat(5000) },
    ]
    const response = await send(JSON.stringify(findings))
    expect(response.status).toBe(200)
    expect(await response.json()).toEqual(
      [first, last].map(({ text }) => ({
        token_hash: sha256(text).toString('hex'),
        token_type: 'our_api_key',
        label: 'true_positive',
      })),
    )
    for (const { key } of [first, last])
      expect((await requireApiKey(scene.world.db, key.id)).revocationReason).toBe('leaked')
    // Sent once more, as after an answer that was lost.
    expect((await send(JSON.stringify(findings))).status).toBe(200)
    expect(await leakEvents(scene, first.key.id)).toMatchObject([
      { details: { measure: 'revoked', reporter: 'github', url: 'https://example.com/\ufffd' } },
      { details: { measure: 'already_ended' } },
    ])
  })

  test('do nothing unless their signature is that of the raw body by a key of GitHub', async () => {
    const { key, text } = await scene.makeKey()
    const body = JSON.stringify([finding(text)])
    expect((await send(body, { key: stranger.privateKey })).status).toBe(401)
    expect((await send(body, { keyId: 'unknown' })).status).toBe(401)
    expect((await send(body, { keyId: '' })).status).toBe(401)
    expect((await send(body, { signed: `${body} ` })).status).toBe(401)
    const unsigned = await fetch(`${scene.world.issuer}/leaks/github`, { method: 'POST', body })
    expect(unsigned.status).toBe(401)
    expect(await unsigned.text()).not.toContain(text)
    expect((await requireApiKey(scene.world.db, key.id)).revokedAt).toBeUndefined()
    expect(await leakEvents(scene, key.id)).toEqual([])
  })

  test('that are signed and not understood are refused, and a body has a bound', async () => {
    for (const body of ['', '{}', '[{"token":1}]', 'null']) expect((await send(body)).status).toBe(400)
    expect((await send('[]')).status).toBe(200)
    expect((await send(' '.repeat(1024 * 1024 + 1))).status).toBe(413)
  })

  test('are checked with keys that are fetched once an hour, and again when a new one is named', async () => {
    time += 2 * 3_600_000
    const before = fetches
    for (let round = 0; round < 5; round += 1) expect((await send('[]')).status).toBe(200)
    expect(fetches - before).toBe(1)
    // Invented ids make nobody fetch at will.
    for (let round = 0; round < 5; round += 1)
      expect((await send('[]', { keyId: `new ${round}` })).status).toBe(401)
    expect(fetches - before).toBe(1)
    served = keysDocument({ known: github.publicKey, second: stranger.publicKey })
    time += 60_000
    expect((await send('[]', { key: stranger.privateKey, keyId: 'second' })).status).toBe(200)
    expect(fetches - before).toBe(2)
  })

  test('are believed by the last keys for a day while no others can be fetched, and then refused with 503', async () => {
    served = { message: 'out of order' }
    time += 20 * 3_600_000
    expect((await send('[]')).status).toBe(200)
    time += 5 * 3_600_000
    const refused = await send('[]')
    expect([refused.status, refused.headers.get('retry-after')]).toEqual([503, '60'])
    served = keysDocument({ known: github.publicKey })
    time += 60_000
    expect((await send('[]')).status).toBe(200)
  })
})

test('without the address of the keys there is no receiver', async () => {
  const scene = await openScene()
  const response = await fetch(`${scene.world.issuer}/leaks/github`, { method: 'POST', body: '[]' })
  expect(response.status).toBe(404)
  await scene.world.close()
})

test("the example that GitHub's documentation gives is signed, and with one byte changed is not", async () => {
  const keyId = 'f9525bf080f75b3506ca1ead061add62b8633a346606dc5fe544e29231c6ee0d'
  const key = `-----BEGIN PUBLIC KEY-----
MFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAEsz9ugWDj5jK5ELBK42ynytbo38gP
HzZFI03Exwz8Lh/tCfL3YxwMdLjB+bMznsanlhK0RwcGP3IDb34kQDIo3Q==
-----END PUBLIC KEY-----
`
  const value =
    'MEUCIFLZzeK++IhS+y276SRk2Pe5LfDrfvTXu6iwKKcFGCrvAiEAhHN2kDOhy2I6eGkOFmxNkOJ+L2y8oQ9A2T9GGJo6WJY='
  const isSigned = createSignatureCheck({
    url: 'https://keys.example/',
    now: () => new Date(),
    fetch: async () => Response.json({ public_keys: [{ key_identifier: keyId, key, is_current: true }] }),
  })
  const body = '[{"token":"some_token","type":"some_type","url":"some_url","source":"some_source"}]'
  expect(await isSigned(Buffer.from(body), { keyId, value })).toBe(true)
  expect(await isSigned(Buffer.from(body.replace('some', 'same')), { keyId, value })).toBe(false)
})
