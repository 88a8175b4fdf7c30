/** Settings at the management API: read with where they come from, changed, and what a change cannot do. */
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { call, personToken, serviceToken } from '../support/management-api.ts'
import { openWorld } from '../support/world.ts'
import type { World } from '../support/world.ts'

let world: World
let token: string

beforeAll(async () => {
  world = await openWorld({ env: { SUPPORT_URL: 'https://help.example/' } })
  token = (await serviceToken(world, { scopes: ['settings:read', 'settings:write', 'audit:read'] })).token
})
afterAll(() => world.close())

const read = () => call(world, 'GET /settings', { token })
const patch = (body: unknown, ifMatch?: string, by = token) =>
  call(world, 'PATCH /settings', {
    token: by,
    body,
    headers: ifMatch === undefined ? {} : { 'if-match': ifMatch },
  })
const homeNow = async () => (await fetch(world.issuer)).text()

beforeEach(async () => {
  const { body } = await call(world, 'GET /settings/sources', { token })
  const stored = Object.entries(body).filter(([, of]) => JSON.stringify(of).includes('"stored"'))
  const { status } = await patch(Object.fromEntries(stored.map(([name]) => [name, null])), '*')
  expect(status).toBe(200)
})

test('what is changed is answered as it is in force, shown by pages, told with its source, and kept in the audit log', async () => {
  const before = await read()
  const etag = before.headers.get('etag') ?? ''
  const changed = await patch({ BRAND_NAME: 'Acme Sprockets', SESSION_IDLE_SECONDS: 1800 }, etag)
  expect([changed.status, changed.body['BRAND_NAME'], changed.body['SESSION_IDLE_SECONDS']]).toEqual([
    200,
    'Acme Sprockets',
    1800,
  ])
  expect(changed.headers.get('etag')).not.toBe(etag)
  expect((await read()).body).toEqual(changed.body)
  expect(await homeNow()).toContain('Acme Sprockets')
  const { body: sources } = await call(world, 'GET /settings/sources', { token })
  expect(sources).toMatchObject({
    BRAND_NAME: { source: 'stored', changeable: true },
    SIGN_UP: { source: 'default', changeable: true },
    SUPPORT_URL: { source: 'environment', changeable: false },
    PORT: { changeable: false },
  })
  expect(Object.keys(sources)).toEqual(Object.keys(changed.body))
  const log = await call(world, 'GET /audit/events?type=settings.changed&page_size=1', { token })
  expect(log.text).toContain('Acme Sprockets')
})

test('null goes back to the default, and what was read can be sent back', async () => {
  const links = ['Imprint|https://acme.example/imprint', 'Privacy|https://acme.example/privacy']
  const given = { SIGN_UP: 'invitation', BRAND_LINKS: links, ADMINISTRATOR_REMEMBERED_DEVICES: true }
  const { body } = await patch(given, '*')
  expect(body).toMatchObject(given)
  const back = Object.fromEntries(Object.keys(given).map((name) => [name, body[name]]))
  expect((await patch(back, '*')).body).toEqual(body)
  const reset = await patch({ SIGN_UP: null, BRAND_LINKS: null, ADMINISTRATOR_REMEMBERED_DEVICES: null }, '*')
  expect(reset.body).toMatchObject({
    SIGN_UP: 'closed',
    BRAND_LINKS: [],
    ADMINISTRATOR_REMEMBERED_DEVICES: false,
  })
})

describe('a change that may not be made changes nothing', () => {
  const unchanged = async (change: () => Promise<unknown>) => {
    const before = await read()
    await change()
    const after = await read()
    expect([after.body, after.headers.get('etag')]).toEqual([before.body, before.headers.get('etag')])
  }

  test('without the version it was made from, or from an older one', async () => {
    const etag = (await read()).headers.get('etag') ?? ''
    await patch({ BRAND_NAME: 'First' }, etag)
    await unchanged(async () => {
      const late = await patch({ BRAND_NAME: 'Second' }, etag)
      expect([late.status, late.body['code']]).toEqual([412, 'precondition_failed'])
      const blind = await patch({ BRAND_NAME: 'Third' })
      expect([blind.status, blind.body['code']]).toEqual([428, 'precondition_required'])
    })
  })

  test('of several at one moment, made from one version, exactly one is made', async () => {
    const etag = (await read()).headers.get('etag') ?? ''
    const answers = await Promise.all(
      Array.from({ length: 8 }, (_, at) => patch({ BRAND_NAME: `Racer ${at}` }, etag)),
    )
    expect(answers.map(({ status }) => status).toSorted((left, right) => left - right)).toEqual([
      200,
      ...Array.from({ length: 7 }, () => 412),
    ])
    const winner = answers.find(({ status }) => status === 200)
    expect((await read()).body['BRAND_NAME']).toBe(winner?.body['BRAND_NAME'])
  })

  test('of what the environment fixes, together with anything else', async () => {
    await unchanged(async () => {
      const fixed = await patch({ BRAND_NAME: 'Half', SUPPORT_URL: 'https://evil.example/' }, '*')
      expect([fixed.status, fixed.body['code']]).toEqual([409, 'setting_fixed'])
      expect(fixed.body['detail']).toContain('SUPPORT_URL is set in the environment')
    })
  })

  test('API3: of anything that is no such setting', async () => {
    await unchanged(async () => {
      for (const name of [
        'ISSUER',
        'DATABASE_URL',
        'SEALING_KEYS',
        'KEY_PEPPERS',
        'PORT',
        'TRUSTED_PROXIES',
        'version',
        'constructor',
        'sign_up',
      ]) {
        const refused = await patch({ BRAND_NAME: 'Smuggled', [name]: 'x' }, '*')
        expect([refused.status, refused.body['code']], name).toEqual([400, 'invalid_request'])
      }
      await patch(JSON.parse('{"__proto__":{"SIGN_UP":"open"}}'), '*')
    })
  })

  test('of values that are none, or do not go together', async () => {
    const wrong: readonly Record<string, unknown>[] = [
      { SIGN_UP: 'everybody' },
      { SIGN_UP: ['open'] },
      { SESSION_IDLE_SECONDS: 59 },
      { SESSION_IDLE_SECONDS: '1800' },
      { SESSION_IDLE_SECONDS: 86_400, SESSION_LIFETIME_SECONDS: 300 },
      { BRAND_ACCENT_COLOUR: 'red;}body{display:none' },
      { BRAND_NAME: 'Acme\r\nSet-Cookie: a=b' },
      { BRAND_NAME: 'a\u0000b' },
      { BRAND_NAME: '\ud800' },
      { BRAND_NAME: 'x'.repeat(61) },
      { BRAND_LINKS: ['Evil|javascript:alert(1)'] },
      { BRAND_LINKS: ['a|https://a.example/,Evil|https://b.example/'] },
      { TOKEN_RATE_LIMIT: 'often' },
      { ADMINISTRATOR_SECOND_FACTOR: false },
    ]
    await unchanged(async () => {
      for (const body of wrong) {
        const refused = await patch(body, '*')
        expect([refused.status, refused.body['code']], JSON.stringify(body)).toEqual([400, 'invalid_request'])
      }
    })
  })

  test('API5, RFC 9470: by whoever may only look, or did not prove who they are a moment ago', async () => {
    const reader = (await serviceToken(world, { scopes: ['settings:read'] })).token
    const old = (await personToken(world, { role: 'role_owner', signedInSecondsAgo: 1000 })).token
    const security = (await personToken(world, { role: 'role_security' })).token
    await unchanged(async () => {
      const weaker = { ADMINISTRATOR_SECOND_FACTOR: 'optional' }
      expect((await patch(weaker, '*', reader)).body['code']).toBe('insufficient_scope')
      expect((await patch(weaker, '*', security)).body['code']).toBe('insufficient_scope')
      expect((await patch(weaker, '*', old)).body['code']).toBe('insufficient_user_authentication')
    })
  })
})

test('a hostile name of the brand is shown as text', async () => {
  await patch({ BRAND_NAME: '<script>alert(1)</script>' }, '*')
  const html = await homeNow()
  expect(html).toContain('&lt;script&gt;alert(1)&lt;/script&gt;')
  expect(html).not.toContain('<script>alert(1)')
})
