/** Taking over from another server, and ending everything at once. */
import { pbkdf2Sync, scryptSync } from 'node:crypto'
import argon2 from 'argon2'
import { compareSync, hashSync } from 'bcryptjs'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { authenticate } from '../../src/domain/accounts/authenticate.ts'
import { createPasswordHasher } from '../../src/domain/accounts/password.ts'
import { systemAct } from '../../src/domain/audit/act.ts'
import { call, personToken, serviceToken } from '../support/management-api.ts'
import { makeApiKey } from '../support/api-keys.ts'
import { signIn } from '../support/browser-like.ts'
import { postAs } from '../support/oauth.ts'
import { openRelyingParty } from '../support/relying-party.ts'
import { openWorld } from '../support/world.ts'
import type { World } from '../support/world.ts'

let world: World
let token: string
beforeAll(async () => {
  world = await openWorld({ instances: 2 })
  token = (await serviceToken(world, { role: 'role_owner' })).token
})
afterAll(() => world.close())

const password = 'a password from elsewhere'
const salt = Buffer.from('salt of sixteen!')
const b64 = (bytes: Buffer) => bytes.toString('base64').replaceAll('=', '')
const scrypt = () =>
  `$scrypt$ln=14,r=8,p=1$${b64(salt)}$${b64(scryptSync(password, salt, 32, { cost: 2 ** 14 }))}`
const pbkdf2 = (digest: string) => b64(pbkdf2Sync(password, salt, 5000, 32, digest))
const hashes: Record<string, () => string | Promise<string>> = {
  scrypt,
  'pbkdf2 (PHC)': () => `$pbkdf2-sha256$i=5000,l=32$${b64(salt)}$${pbkdf2('sha256')}`,
  'pbkdf2 (passlib)': () =>
    `$pbkdf2-sha512$5000$${b64(salt).replaceAll('+', '.')}$${pbkdf2('sha512').replaceAll('+', '.')}`,
  'pbkdf2 (Django)': () =>
    `pbkdf2_sha256$5000$saltsaltsalt$${pbkdf2Sync(password, 'saltsaltsalt', 5000, 32, 'sha256').toString('base64')}`,
  ...Object.fromEntries(
    ['2a', '2b', '2y'].map((name) => [
      `bcrypt ${name}`,
      () => hashSync(password, 5).replace(/^\$2b/, `$${name}`),
    ]),
  ),
  argon2i: () => argon2.hash(password, { type: argon2.argon2i, memoryCost: 1024, timeCost: 2 }),
}

const hasher = createPasswordHasher({
  memoryKibibytes: 64,
  iterations: 2,
  parallelism: 1,
  maxConcurrent: 4,
  maxWaiting: 100,
})

test.each(Object.entries(hashes))(
  'a person with %s of another server signs in, and from then on with ours',
  async (name, make) => {
    const email = `${name.replace(/[^a-z0-9]/gi, '')}@import.example`.toLowerCase()
    const { status, body, text } = await call(world, 'POST /accounts/import', {
      token,
      body: { accounts: [{ email, email_verified: true, password_hash: await make() }] },
    })
    expect(status, text).toBe(200)
    expect(body['items']).toEqual([
      { outcome: 'created', account_id: expect.stringMatching(/^acc_/) as string },
    ])
    const act = systemAct(new Date())
    const tools = { db: world.db, hasher }
    const wrong = await authenticate(tools, { login: email, password: 'not that password' }, act)
    expect(wrong.outcome).toBe('rejected')
    const right = await authenticate(tools, { login: email, password }, act)
    expect(right.outcome).toBe('authenticated')
    const row = world.db.selectFrom('accounts').select('passwordHash').where('email', '=', email)
    expect((await row.executeTakeFirstOrThrow()).passwordHash).toMatch(/^\$argon2id\$/)
    expect((await authenticate(tools, { login: email, password }, act)).outcome).toBe('authenticated')
  },
)

/** Made by implementations in C: of the vectors of crypt_blowfish and jBCrypt, PHP's manual, and libxcrypt. */
const bcryptVectors = [
  ['U*U', '$2a$05$CCCCCCCCCCCCCCCCCCCCC.E5YPO9kmyuRGyh0XouQYb4YMJKvyOeW'],
  ['abc', '$2a$06$If6bvum7DFjUnE9p2uDeDu0YHzrHM6tf.iqN8.yx.jNN1ILEf7h0i'],
  ['Kk4DQuMMfZL9o', '$2b$04$cVWp4XaNU8a4v1uMRum2SO026BWLIoQMD/TXg5uZV.0P.uO8m3YEm'],
  ['ärger mit Umlaut', '$2b$05$abcdefghijklmnopqrstuuha7lJQheg3BBz0uTDbcvV1lnSjSAk3a'],
  ['rasmuslerdorf', '$2y$07$BCryptRequires22Chrcte/VlQH0piJtjXl.0t1XkA8pw9dMXTpOq'],
  ['ärger mit Umlaut', '$2y$05$abcdefghijklmnopqrstuuha7lJQheg3BBz0uTDbcvV1lnSjSAk3a'],
] as const

test.each(bcryptVectors)(
  'a hash that another bcrypt made of %j is compared as it means',
  async (text, hash) => {
    expect(await hasher.verify(hash, text)).toEqual({ matches: true, needsRehash: true })
    expect((await hasher.verify(hash, `${text} `)).matches).toBe(false)
  },
)

test('v5.0.0-6.2.8: the 73rd byte counts: a password that is longer than bcrypt looks matches none of its hashes', async () => {
  const whole = 'é'.repeat(36)
  const hash = hashSync(`${whole}x`, 4)
  expect((await hasher.verify(hash, whole)).matches).toBe(true)
  for (const longer of [`${whole}x`, `${whole}y`]) {
    expect((await hasher.verify(hash, longer)).matches).toBe(false)
  }
})

test('a password with a NUL matches no hash of bcrypt, which repeats a password and would take it for another', async () => {
  const hash = hashSync('secret', 4)
  expect(compareSync('secret\0secret', hash)).toBe(true)
  expect((await hasher.verify(hash, 'secret\0secret')).matches).toBe(false)
  expect((await hasher.verify(hash, 'secret')).matches).toBe(true)
})

test('a person with a bcrypt hash signs in through the pages of the server', async () => {
  const account = { email: 'pages@import.example', password: 'rasmuslerdorf' }
  const hash = '$2y$07$BCryptRequires22Chrcte/VlQH0piJtjXl.0t1XkA8pw9dMXTpOq'
  const body = { accounts: [{ email: account.email, email_verified: true, password_hash: hash }] }
  expect((await call(world, 'POST /accounts/import', { token, body })).status).toBe(200)
  const app = await openRelyingParty(world, { settings: { firstParty: true } })
  const { callback } = await signIn(world, { account, authorizeUrl: (await app.begin()).url })
  expect(callback.searchParams.has('code')).toBe(true)
  await app.close()
})

test('while a bcrypt hash is compared, other work goes on', async () => {
  const comparing = hasher.verify(hashSync('x', 4).replace('$04$', '$12$'), 'x')
  let turns = 0
  const turning = setInterval(() => {
    turns += 1
  })
  await comparing
  clearInterval(turning)
  // On the main thread it would be over before the second.
  expect(turns).toBeGreaterThan(10)
})

test.each([
  '$2b$14$abcdefghijklmnopqrstuuABCDEFGHIJKLMNOPQRSTUVWXYZ01234',
  '$2b$03$abcdefghijklmnopqrstuuABCDEFGHIJKLMNOPQRSTUVWXYZ01234',
  // Made by a version that lost the high bit of every character.
  '$2x$10$abcdefghijklmnopqrstuuABCDEFGHIJKLMNOPQRSTUVWXYZ01234',
  '$2b$10$abcdefghijklmnopqrstuuABCDEFGHIJKLMNOPQRSTUVWXYZ0123',
  '$scrypt$ln=30,r=8,p=1$c2FsdHNhbHQ$c2FsdHNhbHRzYWx0c2FsdHNhbHQ',
  '$pbkdf2-sha256$i=999999999,l=32$c2FsdHNhbHQ$c2FsdHNhbHRzYWx0c2FsdHNhbHQ',
  // Seven digests of SHA-1 beside each other, each of as many iterations.
  `$pbkdf2-sha1$i=2000000$c2FsdHNhbHQ$${'c2Fs'.repeat(43)}`,
  // RFC 7914 has no such parameters, and whoever had one could not be compared with it.
  '$scrypt$ln=16,r=1,p=1$c2FsdHNhbHQ$c2FsdHNhbHRzYWx0c2FsdHNhbHQ',
  '$pbkdf2-sha256$i=1,l=32$c2FsdHNhbHQ$c2FsdHNhbHRzYWx0c2FsdHNhbHQ',
  '$argon2id$v=19$m=4194304,t=3,p=4$c2FsdHNhbHRzYWx0$c2FsdHNhbHRzYWx0c2FsdHNhbHQ',
  'd033e22ae348aeb5660fc2140aec35850c4da997',
  'plain text',
])('a hash that we cannot or should not verify is refused, and nobody is made: %s', async (hash) => {
  const email = 'never@import.example'
  const { status, body } = await call(world, 'POST /accounts/import', {
    token,
    body: { accounts: [{ email: 'first@import.example' }, { email, password_hash: hash }] },
  })
  expect([status, body['code']]).toEqual([400, 'unsupported_hash'])
  const made = await world.db
    .selectFrom('accounts')
    .select('id')
    .where('email', 'like', '%first@import.example')
    .execute()
  expect(made).toEqual([])
})

test('an import says of each account what came of it, and repeated under its key does nothing', async () => {
  const body = {
    accounts: [{ email: 'a@twice.example' }, { email: 'A@twice.example' }, { email: 'b@twice.example' }],
  }
  const headers = { 'idempotency-key': 'import-1' }
  const first = await call(world, 'POST /accounts/import', { token, body, headers })
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- read from the answer
  expect((first.body['items'] as { outcome: string }[]).map(({ outcome }) => outcome)).toEqual([
    'created',
    'email_taken',
    'created',
  ])
  const again = await call(world, 'POST /accounts/import', { token, body, headers })
  expect(again.text).toBe(first.text)
})

test('T12, 7.4.5: everything of an API, of a client and of an account ends in one step, on both instances', async () => {
  const api = await world.makeApi({ scopes: ['read'] })
  const asker = await world.makeClient({ metadata: { grant_types: [] } })
  await call(world, `PUT /apis/${api.id}/introspectors/${asker.id}`, { token })
  const client = await world.makeClient({ metadata: { grant_types: ['client_credentials'] } })
  const owner = { type: 'client', id: client.id } as const
  await world.permit(owner, api, ['read'])
  const tokenOf = async () => {
    const form = { grant_type: 'client_credentials', resource: api.identifier }
    return String((await postAs(world, client, { path: '/oauth/token', form })).body['access_token'])
  }
  const isActive = async (credential: string, at: string) => {
    const form = { token: credential }
    return (await postAs(world, asker, { path: '/oauth/introspect', form, at })).body['active']
  }
  const [here = '', there = ''] = world.instances.map(({ origin }) => origin)
  for (const path of [`/apis/${api.id}/end-everything`, `/clients/${client.id}/end-everything`]) {
    const theirs = await tokenOf()
    expect([await isActive(theirs, here), await isActive(theirs, there)]).toEqual([true, true])
    expect((await call(world, `POST ${path}`, { token, body: {} })).status).toBe(200)
    expect(await isActive(theirs, here), path).toBe(false)
    await expect.poll(() => isActive(theirs, there)).toBe(false)
    // A token of the same second would be of the time that was ended.
    await expect.poll(async () => isActive(await tokenOf(), here)).toBe(true)
  }
  const keys = await Promise.all([1, 2, 3].map(() => makeApiKey(world, { owner, api })))
  const ended = await call(world, 'POST /keys/revoke-all', { token, body: { owner, reason: 'incident' } })
  expect(ended.body).toEqual({ revoked: 3, complete: true })
  for (const { text } of keys) {
    expect(await isActive(text, here)).toBe(false)
    await expect.poll(() => isActive(text, there)).toBe(false)
  }
  const person = await personToken(world, { role: 'role_read_only' })
  expect((await call(world, 'GET /me', { token: person.token })).status).toBe(200)
  await call(world, `POST /accounts/${person.id}/end-everything`, { token, body: {} })
  expect((await call(world, 'GET /me', { token: person.token })).status).toBe(401)
})

test('what was ended at once is in the audit log, also where nothing but tokens and keys stood', async () => {
  const api = await world.makeApi({ scopes: ['read'] })
  const client = await world.makeClient({ metadata: { grant_types: ['client_credentials'] } })
  const owner = { type: 'client', id: client.id } as const
  await world.permit(owner, api, ['read'])
  await makeApiKey(world, { owner, api })
  const ended = await call(world, `POST /clients/${client.id}/end-everything`, {
    token,
    body: { reason: 'Laptop was stolen' },
  })
  expect(ended.body).toEqual({ sessions: 0, grants: 0, keys: 1, keys_left: 0 })
  const path = `GET /audit/events?type=incident.everything_ended&target_type=client&target_id=${client.id}`
  expect((await call(world, path, { token })).body['items']).toEqual([
    expect.objectContaining({
      details: expect.objectContaining({ keys: 1, reason: 'Laptop was stolen', disabled: false }) as unknown,
    }),
  ])
})
