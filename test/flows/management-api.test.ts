/** The management API: what a first script does, and what happens when two scripts meet. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { makeApiKey } from '../support/api-keys.ts'
import { call, keyText, managementApi, personToken, serviceToken } from '../support/management-api.ts'
import { postAs } from '../support/oauth.ts'
import { linkTo } from '../support/mails.ts'
import { openWorld } from '../support/world.ts'
import type { World } from '../support/world.ts'

let world: World
let token: string
beforeAll(async () => {
  world = await openWorld({ instances: 2 })
  token = (await serviceToken(world, { role: 'role_owner' })).token
})
afterAll(() => world.close())

const asOwner = (what: string, body?: unknown, headers?: Record<string, string>) =>
  call(world, what, { token, ...(body !== undefined && { body }), ...(headers && { headers }) })

test('a script makes an API, a service, a permission and a key, and the key works at once', async () => {
  expect((await asOwner('GET /me')).body).toMatchObject({ credential_type: 'access_token' })
  const api = await asOwner('POST /apis', {
    identifier: 'https://invoices.example/',
    name: 'Invoices',
    scopes: [{ name: 'invoices:read', description: 'Read invoices' }],
  })
  expect(api.status).toBe(201)
  const client = await asOwner('POST /clients', {
    metadata: { client_name: 'Nightly', grant_types: ['client_credentials'] },
  })
  expect(client.status, client.text).toBe(201)
  expect(client.body['client_secret']).toHaveLength(43)
  const owner = { type: 'client', id: client.body['id'] }
  const given = await asOwner('POST /permissions/give', {
    api_id: api.body['id'],
    owner,
    scopes: ['invoices:read'],
  })
  expect(given.body).toEqual({ scopes: ['invoices:read'] })
  const key = await asOwner('POST /keys', {
    name: 'Nightly key',
    owner,
    api_id: api.body['id'],
    scopes: ['invoices:read'],
  })
  expect(key.status, key.text).toBe(201)
  const verified = await fetch(
    `${world.issuer}/verify?api=${encodeURIComponent('https://invoices.example/')}&scope=invoices:read`,
    { headers: { 'x-api-key': String(key.body['key']) } },
  )
  expect(verified.status).toBe(204)
  const revoked = await asOwner(`POST /keys/${String(key.body['id'])}/revoke`, { reason: 'test' })
  expect(revoked.body).toMatchObject({ state: 'revoked', revocation_reason: 'test' })
  const after = await fetch(
    `${world.issuer}/verify?api=${encodeURIComponent('https://invoices.example/')}&scope=invoices:read`,
    { headers: { 'x-api-key': String(key.body['key']) } },
  )
  expect(after.status).toBe(401)
})

test('every setting of an API that is changed is the one that is shown', async () => {
  const made = await asOwner('POST /apis', { identifier: 'https://settings.example/', name: 'Settings' })
  const wanted = {
    name: 'Other',
    token_format: 'jwt',
    signing_alg: 'EdDSA',
    access_token_lifetime_seconds: 120,
    accounts_need_permission: true,
    account_keys: true,
    minimum_acr: 'aal2',
  }
  const path = `/apis/${String(made.body['id'])}`
  const changed = await asOwner(`PATCH ${path}`, wanted, { 'if-match': '"1"' })
  expect(changed.status, changed.text).toBe(200)
  expect((await asOwner(`GET ${path}`)).body).toMatchObject(wanted)
})

describe('who calls', () => {
  test('without a credential there is a challenge and no error (RFC 6750 §3.1)', async () => {
    const { status, headers, body } = await call(world, 'GET /accounts')
    expect(status).toBe(401)
    expect(headers.get('www-authenticate')).toBe(`Bearer realm="${world.issuer}"`)
    expect(headers.get('content-type')).toContain('application/problem+json')
    expect(body).toMatchObject({ code: 'unauthenticated', status: 401 })
  })

  test('a scope that is missing is named (RFC 6750 §3.1)', async () => {
    const { token: weak } = await serviceToken(world, { scopes: ['clients:read'] })
    const { status, headers } = await call(world, 'GET /accounts', { token: weak })
    expect(status).toBe(403)
    expect(headers.get('www-authenticate')).toContain('error="insufficient_scope"')
    expect(headers.get('www-authenticate')).toContain('scope="accounts:read"')
  })

  test('an API key calls with what it was given and nothing more', async () => {
    const key = await keyText(world, ['accounts:read'])
    expect((await call(world, 'GET /accounts', { token: key })).status).toBe(200)
    expect((await call(world, 'GET /clients', { token: key })).status).toBe(403)
  })

  test('a person needs two factors, and a fresh sign-in for what cannot be taken back (RFC 9470)', async () => {
    const weak = await personToken(world, { role: 'role_owner', acr: 'aal1' })
    const once = await call(world, 'GET /accounts', { token: weak.token })
    expect(once.status).toBe(401)
    expect(once.headers.get('www-authenticate')).toContain('error="insufficient_user_authentication"')
    expect(once.headers.get('www-authenticate')).toContain('acr_values="aal2"')
    const old = await personToken(world, { role: 'role_owner', signedInSecondsAgo: 901 })
    expect((await call(world, 'GET /accounts', { token: old.token })).status).toBe(200)
    const { id } = await world.makeAccount()
    const etag = (await call(world, `GET /accounts/${id}`, { token: old.token })).headers.get('etag') ?? ''
    const remove = (by: string) =>
      call(world, `DELETE /accounts/${id}`, { token: by, headers: { 'if-match': etag } })
    const refused = await remove(old.token)
    expect(refused.status).toBe(401)
    expect(refused.headers.get('www-authenticate')).toContain('max_age="900"')
    const phr = await personToken(world, { role: 'role_owner', acr: 'phr' })
    expect((await remove(phr.token)).status).toBe(204)
  })

  test('T12 whoever loses the role, or is disabled, is refused at once and on the other instance', async () => {
    const { token: theirs, id } = await serviceToken(world, { role: 'role_owner' })
    expect((await call(world, 'GET /accounts', { token: theirs })).status).toBe(200)
    expect((await asOwner(`DELETE /roles/role_owner/members/client/${id}`)).status).toBe(204)
    expect((await call(world, 'GET /accounts', { token: theirs })).status).toBe(401)
    const at = world.instances[1]?.origin ?? ''
    await expect
      .poll(async () => (await call(world, 'GET /accounts', { token: theirs, at })).status)
      .toBe(401)
  })

  test('a token for another API is worth nothing here, a cookie and a query neither', async () => {
    const api = await world.makeApi()
    const client = await world.makeClient({ metadata: { grant_types: ['client_credentials'] } })
    await world.permit({ type: 'client', id: client.id }, api, ['read'])
    const { body } = await postAs(world, client, {
      path: '/oauth/token',
      form: { grant_type: 'client_credentials', resource: api.identifier },
    })
    const other = String(body['access_token'])
    expect((await call(world, 'GET /me', { token: other })).body['code']).toBe('invalid_token')
    expect((await call(world, `GET /me?access_token=${token}`)).status).toBe(401)
    expect((await call(world, 'GET /me', { headers: { cookie: `access_token=${token}` } })).status).toBe(401)
  })
})

describe('nobody reaches beyond themselves', () => {
  test('who may write accounts does not take over one that may do more', async () => {
    const owner = await personToken(world, { role: 'role_owner' })
    const support = await personToken(world, { role: 'role_support' })
    const etag = { 'if-match': '*' }
    const attempts = [
      call(world, `PATCH /accounts/${owner.id}`, {
        token: support.token,
        headers: etag,
        body: { email: 'mine@example.com' },
      }),
      call(world, `POST /accounts/${owner.id}/reset-password`, { token: support.token }),
      call(world, `POST /accounts/${owner.id}/disable`, { token: support.token }),
      call(world, `DELETE /accounts/${owner.id}`, { token: support.token, headers: etag }),
    ]
    for (const { status, body } of await Promise.all(attempts)) {
      expect(status).toBe(403)
      expect(body['code']).toBe('forbidden')
    }
  })

  test('who may write roles, keys or clients makes nobody an administrator of what they are not', async () => {
    const { token: theirs, id } = await serviceToken(world, {
      scopes: ['roles:write', 'keys:write', 'clients:write', 'roles:read'],
    })
    const owner = { type: 'client', id }
    const { id: other } = await serviceToken(world, { role: 'role_owner' })
    const as = (what: string, body?: unknown) =>
      call(world, what, { token: theirs, ...(body !== undefined && { body }), headers: { 'if-match': '*' } })
    const attempts = await Promise.all([
      as(`PUT /roles/role_owner/members/client/${id}`),
      as('POST /permissions/give', { api_id: 'management', owner, scopes: ['accounts:write'] }),
      as('POST /permissions/give', { api_id: 'management', owner, scopes: ['roles:write'] }),
      as('POST /roles', { api_id: 'management', name: 'mine', scopes: ['accounts:write'] }),
      as('POST /keys', {
        name: 'x',
        owner: { type: 'client', id: other },
        api_id: 'management',
        scopes: ['accounts:write'],
      }),
      as(`POST /clients/${other}/secrets`, {}),
      as(`PATCH /clients/${other}`, { metadata: { client_name: 'mine' } }),
    ])
    expect(attempts.map(({ status }) => status)).toEqual(attempts.map(() => 403))
  })
})

describe('what the log says and the owner does', () => {
  test('v5.0.0-16.2.1: what an API key did is told of its owner and names the key', async () => {
    const key = await keyText(world, ['apis:write'])
    const body = { identifier: 'https://by-key.example/', name: 'By key' }
    const made = await call(world, 'POST /apis', { token: key, body })
    const [, keyId] = /_([0-9A-Za-z]{12})_/.exec(key) ?? []
    const { owner } = (await call(world, 'GET /me', { token: key })).body
    const path = `GET /audit/events?type=api.created&target_type=api&target_id=${String(made.body['id'])}`
    const { body: log } = await asOwner(path)
    expect(log['items']).toEqual([
      expect.objectContaining({
        actor: owner,
        details: expect.objectContaining({ by_key: keyId }) as unknown,
      }),
    ])
  })

  test('v5.0.0-6.4.6: an administrator starts a reset, and whoever reads the mail chooses the password', async () => {
    const account = await world.makeAccount()
    const reset = await asOwner(`POST /accounts/${account.id}/reset-password`)
    expect(reset.status, reset.text).toBe(204)
    expect((await linkTo(world, account.email, '/')).pathname).toContain('reset')
    const path = `/accounts/${account.id}/password`
    expect((await asOwner(`PUT ${path}`, { password: 'one that somebody else chose' })).status).toBe(404)
    await asOwner(`POST /accounts/${account.id}/disable`)
    expect((await asOwner(`POST /accounts/${account.id}/reset-password`)).status).toBe(409)
    expect((await asOwner('POST /accounts/acc_unknown/reset-password')).status).toBe(404)
  })
})

describe('lost updates', () => {
  test('a change names what it was made from, or is refused (428, 412)', async () => {
    const { id } = await world.makeAccount()
    const shown = await asOwner(`GET /accounts/${id}`)
    const etag = shown.headers.get('etag') ?? ''
    expect(etag).toBe('"1"')
    const change = { claims: { name: 'One' } }
    expect((await asOwner(`PATCH /accounts/${id}`, change)).body['code']).toBe('precondition_required')
    const first = await asOwner(`PATCH /accounts/${id}`, change, { 'if-match': etag })
    expect(first.status, first.text).toBe(200)
    expect(first.headers.get('etag')).toBe('"2"')
    const second = await asOwner(`PATCH /accounts/${id}`, { claims: {} }, { 'if-match': etag })
    expect(second.body).toMatchObject({ code: 'precondition_failed', status: 412 })
    expect((await asOwner(`GET /accounts/${id}`)).body['claims']).toEqual({ name: 'One' })
  })

  test('of twenty changes from the same version one is made, and the others are told so', async () => {
    const { id } = await world.makeAccount()
    const outcomes = await Promise.all(
      Array.from({ length: 20 }, (_, at) =>
        asOwner(`PATCH /accounts/${id}`, { claims: { name: `Name ${at}` } }, { 'if-match': '"1"' }),
      ),
    )
    const statuses = outcomes.map(({ status }) => status)
    expect(statuses.filter((status) => status === 200)).toHaveLength(1)
    expect(statuses.filter((status) => status === 412)).toHaveLength(19)
  })
})

describe('idempotency keys', () => {
  test('twenty parallel requests with one key make one client, and all are told its secret', async () => {
    const body = { metadata: { client_name: 'Once', grant_types: ['client_credentials'] } }
    const answers = await Promise.all(
      Array.from({ length: 20 }, (_, at) =>
        call(world, 'POST /clients', {
          token,
          body,
          headers: { 'idempotency-key': 'once-1' },
          at: world.instances[at % 2]?.origin ?? '',
        }),
      ),
    )
    expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([201]))
    expect(new Set(answers.map(({ body }) => body['id'])).size).toBe(1)
    expect(new Set(answers.map(({ body }) => body['client_secret'])).size).toBe(1)
    const repeated = answers.filter(({ headers }) => headers.get('idempotent-replayed') === 'true')
    expect(repeated).toHaveLength(19)
    const kept = await world.db.selectFrom('idempotentRequests').selectAll().execute()
    for (const row of kept) {
      expect(row.sealedAnswer?.toString('latin1')).not.toContain(String(answers[0]?.body['client_secret']))
    }
  })

  test('a key that was used for another request is refused, and is nobody else’s', async () => {
    const headers = { 'idempotency-key': 'other-1' }
    const api = (name: string) => ({ identifier: `https://${name}.example/`, name })
    expect((await asOwner('POST /apis', api('first'), headers)).status).toBe(201)
    const different = await asOwner('POST /apis', api('second'), headers)
    expect(different.body).toMatchObject({ code: 'idempotency_conflict', status: 422 })
    const { token: another } = await serviceToken(world, { role: 'role_owner' })
    expect((await call(world, 'POST /apis', { token: another, body: api('third'), headers })).status).toBe(
      201,
    )
  })

  test('a refusal keeps nothing: the corrected request may come under the same key', async () => {
    const headers = { 'idempotency-key': 'corrected-1' }
    expect((await asOwner('POST /apis', { identifier: 'no', name: 'x' }, headers)).status).toBe(400)
    const body = { identifier: 'https://corrected.example/', name: 'x' }
    expect((await asOwner('POST /apis', body, headers)).status).toBe(201)
  })
})

async function everyItem(path: string): Promise<Record<string, unknown>[]> {
  const items: Record<string, unknown>[] = []
  let cursor: unknown = undefined
  do {
    const more: string = cursor === undefined ? '' : `&cursor=${String(cursor)}`
    const { body } = await asOwner(`GET ${path}${more}`)
    // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- read from the answer
    items.push(...(body['items'] as Record<string, unknown>[]))
    cursor = body['next_cursor']
  } while (cursor !== null)
  return items
}

describe('cursors', () => {
  test('T38 lead through a list once, and are good for nothing else', async () => {
    for (let at = 0; at < 7; at += 1) {
      await world.makeAccount({ email: `paged${at}@cursors.example` })
    }
    const seen: unknown[] = []
    let cursor: unknown = undefined
    do {
      const query: string = cursor === undefined ? '' : `&cursor=${String(cursor)}`
      const { body } = await asOwner(`GET /accounts?page_size=3&search=paged${query}`)
      // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- read from the answer
      seen.push(...(body['items'] as { email: string }[]).map(({ email }) => email))
      cursor = body['next_cursor']
    } while (cursor !== null)
    expect(seen).toEqual(Array.from({ length: 7 }, (_, at) => `paged${at}@cursors.example`))
    const { body } = await asOwner('GET /accounts?page_size=2')
    const good = String(body['next_cursor'])
    expect((await asOwner(`GET /accounts?page_size=2&cursor=${good}`)).status).toBe(200)
    const forged = [
      ...Array.from({ length: 60 }, (_, at) => flip(good, at)),
      good.slice(0, -4),
      `${good}AAAA`,
      Buffer.from(`' or 1=1 --`).toString('base64url'),
      Buffer.from('[1,"x"]').toString('base64url'),
      '%00',
      'x'.repeat(999),
    ]
    for (const cursor of forged) {
      const answer = await asOwner(`GET /accounts?page_size=2&cursor=${cursor}`)
      expect(answer.status, cursor).toBe(400)
    }
    expect((await asOwner(`GET /accounts?search=paged&cursor=${good}`)).status).toBe(400)
    expect((await asOwner(`GET /clients?cursor=${good}`)).status).toBe(400)
  })

  test('an order that is asked for leads through everything once, and its cursors are good for no other order', async () => {
    const { id } = await serviceToken(world, { scopes: ['apis:read'] })
    const owner = { type: 'client', id } as const
    const ends = [5, 3, 9, 1, 7].map((days) => new Date(Date.now() + days * 86_400_000).toISOString())
    for (const expiresAt of ends) {
      await makeApiKey(world, {
        owner,
        api: managementApi(world),
        scopes: ['apis:read'],
        more: { expiresAt: new Date(expiresAt) },
      })
    }
    await makeApiKey(world, { owner, api: managementApi(world), scopes: ['apis:read'] })
    const keys = await everyItem(`/keys?page_size=2&sort=expires_at&owner_type=client&owner_id=${id}`)
    expect(keys.map((key) => key['expires_at'])).toEqual(ends.toSorted())
    const accounts = await everyItem('/accounts?page_size=50&sort=email')
    const newest = await everyItem('/accounts?page_size=50')
    const emails = accounts.map((account) => String(account['email']).toLowerCase())
    expect(emails).toEqual(newest.map((account) => String(account['email']).toLowerCase()).toSorted())

    const { body } = await asOwner('GET /accounts?page_size=2&sort=email')
    const cursor = String(body['next_cursor'])
    expect((await asOwner(`GET /accounts?page_size=2&cursor=${cursor}`)).status).toBe(400)
    for (const query of ['sort=email&search=a', 'sort=password_hash', 'sort=', 'sort=email%20desc']) {
      expect((await asOwner(`GET /accounts?${query}`)).status, query).toBe(400)
    }
  })

  test('API4 pages are bounded', async () => {
    for (const size of ['0', '201', '1000000000', '-1', '1e2', 'x']) {
      expect((await asOwner(`GET /accounts?page_size=${size}`)).status, size).toBe(400)
    }
  })
})

function flip(text: string, at: number): string {
  const place = Math.floor((at * (text.length - 1)) / 60)
  return `${text.slice(0, place)}${text[place] === 'A' ? 'B' : 'A'}${text.slice(place + 1)}`
}
