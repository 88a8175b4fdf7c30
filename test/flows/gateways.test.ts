/**
 * Real gateways in front of a real API: nginx (`auth_request`) and Caddy (`forward_auth`) as Debian packages them, each with
 * the configuration that the README and the console show. Without the program its part is skipped, and says so.
 */
import { once } from 'node:events'
import { readFile } from 'node:fs/promises'
import { connect } from 'node:net'
import { setTimeout as delay } from 'node:timers/promises'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { revokeApiKey } from '../../src/domain/api-keys/lifecycle.ts'
import { systemAct } from '../../src/domain/audit/act.ts'
import { makeApiKey } from '../support/api-keys.ts'
import type { KeyWishes, TestKey } from '../support/api-keys.ts'
import { missing, nginxWith, openGateway, openUpstream, send } from '../support/gateway.ts'
import type {
  Gateway,
  GatewayProgram,
  RawAnswer,
  RawHeaders,
  RawRequest,
  Upstream,
} from '../support/gateway.ts'
import { postAs } from '../support/oauth.ts'
import { openStage } from '../support/stage.ts'
import type { Stage } from '../support/stage.ts'
import { caddyGateway, nginxGateway } from '../../views/admin/connect-gateways.ts'

/** What the configuration of a gateway is about. */
interface Places {
  /** Where Latchkey is reached, as `host:port`. */
  readonly latchkey: string
  /** A name of Latchkey that it answers to. */
  readonly host: string
  readonly upstream: string
  /** The API and the scope that this gateway requires. */
  readonly api: string
  readonly scope: string
}

/** What the console shows for these places, but for the ports that it cannot know. */
function shown(snippet: typeof nginxGateway, port: number, places: Places): string {
  const { latchkey, host, upstream, api, scope } = places
  return snippet({ issuer: `http://${latchkey}`, api: { identifier: api, scopes: [scope] } })
    .text.replace(/:808[89]\b/, `:${port}`)
    .replace('127.0.0.1:8080', upstream)
    .replace(`Host ${latchkey}`, `Host ${host}`)
}

/** The `server` block of the README. */
function nginx(places: Places): GatewayProgram {
  return nginxWith(({ port }) => shown(nginxGateway, port, places))
}

/** The site of the README, without TLS and the administration endpoint. */
function caddy(places: Places): GatewayProgram {
  return {
    command: 'caddy',
    fileName: 'Caddyfile',
    arguments: (file) => ['run', '--adapter', 'caddyfile', '--config', file],
    configuration: ({ port }) => `
{
  admin off
  auto_https off
  log {
    level ERROR
  }
}
${shown(caddyGateway, port, places)}
`,
  }
}

const programs = [
  { name: 'nginx (auth_request)', program: nginx, absent: missing('nginx', '-v') },
  { name: 'Caddy (forward_auth)', program: caddy, absent: missing('caddy', 'version') },
]
for (const { name, absent } of programs)
  if (absent !== undefined) console.warn(`skipped: the gateway ${name}: ${absent}`)

describe.each(programs.filter(({ absent }) => absent === undefined))('$name', ({ program }) => {
  let stage: Stage
  let upstream: Upstream
  let gateway: Gateway
  /** The same, where Latchkey should be is nobody. */
  let alone: Gateway
  const gateways: Gateway[] = []

  beforeAll(async () => {
    stage = await openStage({
      env: { TRUSTED_PROXIES: '127.0.0.1', ALLOWED_HOSTS: 'latchkey.internal:3000' },
    })
    upstream = await openUpstream()
    gateway = await open({ host: 'latchkey.internal:3000' })
    alone = await open({ latchkey: '127.0.0.1:1' })
    upstream.requests.length = 0
  })
  afterAll(async () => {
    for (const opened of gateways) await opened.close()
    await upstream.close()
    await stage.close()
  })

  async function open(wishes: Partial<Places>): Promise<Gateway> {
    const { host } = new URL(stage.world.issuer)
    const opened = await openGateway(
      program({
        latchkey: host,
        host,
        upstream: `127.0.0.1:${upstream.port}`,
        api: stage.api.identifier,
        scope: 'read',
        ...wishes,
      }),
    )
    gateways.push(opened)
    return opened
  }

  function keyOf(wishes: Partial<KeyWishes> = {}): Promise<TestKey> {
    const { service, api, world } = stage
    return makeApiKey(world, { owner: { type: 'client', id: service.id }, api, ...wishes })
  }

  async function accountKey(): Promise<TestKey> {
    const owner = { type: 'account', id: stage.account.id } as const
    await stage.world.permit(owner, stage.api, ['read'])
    return keyOf({ owner })
  }

  interface Passed {
    readonly answer: RawAnswer
    /** What reached the upstream: every header that says who it is, however it is written. */
    readonly reached: readonly {
      readonly path: string
      readonly identity: RawHeaders
      readonly body: string
    }[]
  }

  /** Sends a request through the gateway, for a host of the gateway's own. */
  async function pass({ headers = [], ...asked }: Partial<RawRequest>, through = gateway): Promise<Passed> {
    upstream.requests.length = 0
    const answer = await send(through.origin, {
      path: '/orders?id=1',
      ...asked,
      headers: [['Host', 'orders.example'], ...headers],
    })
    const reached = upstream.requests.map(({ path, rawHeaders, body }) => ({
      path,
      body,
      identity: pairs(rawHeaders).filter(([name]) => /^(x[-_]auth|authorization|x[-_]api)/i.test(name)),
    }))
    return { answer, reached }
  }

  const pairs = (raw: readonly string[]): RawHeaders =>
    raw.flatMap((name, index) => (index % 2 === 0 ? [[name, raw[index + 1] ?? ''] as const] : []))
  const apiKey = (text: string): readonly [string, string] => ['X-API-Key', text]
  const sorted = (headers: RawHeaders) => [...headers].sort(([left], [right]) => (left < right ? -1 : 1))

  const identity = (said: {
    subject: string
    client: string
    scope: string
    credential: string
  }): RawHeaders => [
    ['X-Auth-Client', said.client],
    ['X-Auth-Credential', said.credential],
    ['X-Auth-Scope', said.scope],
    ['X-Auth-Subject', said.subject],
  ]

  function expectDenied({ answer, reached }: Passed, status: number): void {
    expect(answer.status).toBe(status)
    expect(reached).toEqual([])
    expect(answer.text).not.toContain('from the upstream')
  }

  test('lets through what is allowed, with who it is and without the credential', async () => {
    const key = await keyOf({ scopes: ['read', 'write'] })
    const { answer, reached } = await pass({ headers: [apiKey(key.text)] })
    expect([answer.status, answer.text]).toEqual([200, 'from the upstream'])
    expect(reached).toHaveLength(1)
    expect(reached[0]?.path).toBe('/orders?id=1')
    expect(sorted(reached[0]?.identity ?? [])).toEqual(
      identity({
        subject: stage.service.id,
        client: stage.service.id,
        scope: 'read write',
        credential: `api_key ${key.id}`,
      }),
    )
  })

  test('lets tokens through too, of services and of people', async () => {
    const { service, web, world, api, account } = stage
    const form = { grant_type: 'client_credentials', resource: api.identifier, scope: 'read' }
    const issued = await postAs(world, service, { path: '/oauth/token', form })
    const { accessToken } = await stage.tokens(web)
    for (const [token, subject, client] of [
      [String(issued.body['access_token']), service.id, service.id],
      [accessToken, account.id, web.id],
    ] as const) {
      const { answer, reached } = await pass({ headers: [['Authorization', `Bearer ${token}`]] })
      expect(answer.status).toBe(200)
      expect(sorted(reached[0]?.identity ?? [])).toEqual(
        identity({ subject, client, scope: 'read', credential: 'access_token' }),
      )
    }
  })

  test('passes every method and every body on, and the upstream answers for itself', async () => {
    const { text } = await keyOf()
    for (const method of ['POST', 'PUT', 'PATCH', 'DELETE']) {
      const body = `${method} ${'x'.repeat(20_000)}`
      const { answer, reached } = await pass({
        method,
        body,
        headers: [apiKey(text), ['Content-Length', String(body.length)]],
      })
      expect([method, answer.status, reached[0]?.body]).toEqual([method, 200, body])
    }
    const chunked: RawHeaders = [apiKey(text), ['Transfer-Encoding', 'chunked']]
    expect((await pass({ method: 'POST', headers: chunked, body: 'in parts' })).reached[0]?.body).toBe(
      'in parts',
    )
    for (const status of [401, 403, 404, 429, 500, 503]) {
      const { answer, reached } = await pass({ path: `/status/${status}`, headers: [apiKey(text)] })
      expect([answer.status, answer.text]).toEqual([status, 'from the upstream'])
      expect(reached).toHaveLength(1)
    }
  })

  test('denies without a credential, with a wrong one and with a missing permission: none of it reaches the upstream', async () => {
    const [{ text }, writer] = [await keyOf(), await keyOf({ scopes: ['write'] })]
    const nobody = await pass({})
    expectDenied(nobody, 401)
    expect(nobody.answer.headers['www-authenticate']).toBe(`Bearer realm="${stage.world.issuer}"`)
    const wrong = await pass({ headers: [apiKey(text.slice(0, -1))] })
    expectDenied(wrong, 401)
    expect(wrong.answer.headers['www-authenticate']).toContain('error="invalid_token"')
    expectDenied(await pass({ method: 'POST', body: 'x'.repeat(50_000) }), 401)
    expectDenied(await pass({ headers: [apiKey(text), ['Authorization', `Bearer ${text}`]] }), 401)
    const forbidden = await pass({ headers: [apiKey(writer.text)] })
    expectDenied(forbidden, 403)
    expect(forbidden.answer.headers['www-authenticate']).toContain('error="insufficient_scope"')
    for (const method of ['HEAD', 'OPTIONS', 'POST']) expectDenied(await pass({ method }), 401)
  })

  test('what is required stands in its own configuration: nothing of the request changes it (T40)', async () => {
    const { text } = await keyOf({ scopes: ['write'] })
    const strict = await open({ scope: 'read AND write' })
    for (const path of [
      '/orders?api=x&scope=write',
      '/orders?scope=write',
      '/verify?api=x',
      '/%20OR%20write',
      '/orders&scope=write',
      '/orders%26scope=write',
      '/orders#&scope=write',
      '/orders%0d%0aX-Auth-Subject:%20acc_admin',
      '/_latchkey',
      '/..;/_latchkey',
      '/a/../_latchkey',
      '/%5flatchkey',
    ]) {
      const headers: RawHeaders = [
        apiKey(text),
        ['X-Forwarded-Uri', '/verify?scope=write'],
        ['X-Original-Uri', '/verify?scope=write'],
        ['X-Rewrite-Url', '/verify?scope=write'],
        ['X-Forwarded-Method', 'OPTIONS'],
      ]
      for (const through of [gateway, strict]) {
        const { answer, reached } = await pass({ path, headers }, through)
        expect([path, reached]).toEqual([path, []])
        expect([400, 403, 404], path).toContain(answer.status)
      }
    }
  })

  test('a query of the request is no credential', async () => {
    const { text } = await keyOf()
    for (const path of [`/?access_token=${text}`, `/?api_key=${text}`, `/?X-API-Key=${text}`, `/${text}`])
      expectDenied(await pass({ path }), 401)
  })

  describe('T41: what a request says of who it is', () => {
    const forgeries: Readonly<Record<string, RawHeaders>> = {
      plain: [
        ['X-Auth-Subject', 'acc_admin'],
        ['X-Auth-Client', 'cli_admin'],
        ['X-Auth-Scope', 'read write admin'],
        ['X-Auth-Credential', 'access_token'],
      ],
      'small letters': [
        ['x-auth-subject', 'acc_admin'],
        ['x-auth-client', 'cli_admin'],
        ['x-auth-scope', 'admin'],
      ],
      twice: [
        ['X-Auth-Subject', 'acc_admin'],
        ['x-auth-subject', 'acc_root'],
        ['X-Auth-Client', 'cli_admin'],
        ['X-AUTH-CLIENT', 'cli_root'],
      ],
      empty: [
        ['X-Auth-Subject', ''],
        ['X-Auth-Client', ''],
      ],
      underscores: [
        ['X_Auth_Subject', 'acc_admin'],
        ['x_auth_client', 'cli_admin'],
        ['X_AUTH_SCOPE', 'admin'],
        ['X-Auth_Subject', 'acc_admin'],
        ['X_Auth-Client', 'cli_admin'],
      ],
      'hop by hop': [
        ['Connection', 'close, X-Auth-Subject, X-Auth-Client, X-Auth-Scope, X-Auth-Credential'],
        ['X-Auth-Subject', 'acc_admin'],
        ['X-Auth-Client', 'cli_admin'],
      ],
      'hop by hop, the others': [
        ['Connection', 'keep-alive, Host, X-Forwarded-For, X-Forwarded-Host'],
        ['X-Auth-Subject', 'acc_admin'],
      ],
      'longer names': [['X-Auth-Subject-Id', 'acc_admin']],
    }

    test.each(Object.keys(forgeries))('%s: the upstream sees ours or none', async (name) => {
      const forged = forgeries[name] ?? []
      const keys = [
        { key: await keyOf(), subject: stage.service.id, client: stage.service.id },
        // No client acts for it: the header that could be taken for none.
        { key: await accountKey(), subject: stage.account.id, client: '""' },
      ]
      for (const { key, subject, client } of keys) {
        const ours = new Map(identity({ subject, client, scope: 'read', credential: `api_key ${key.id}` }))
        const { answer, reached } = await pass({ headers: [...forged, apiKey(key.text)] })
        expect(answer.status).toBe(200)
        const seen = (reached[0]?.identity ?? []).filter(([header]) => header !== 'X-Auth-Subject-Id')
        for (const [header, value] of seen) expect([header, value]).toEqual([header, ours.get(header)])
        expect(new Set(seen.map(([header]) => header)).size).toBe(seen.length)
        if (!name.startsWith('hop by hop')) expect(seen).toHaveLength(4)
        expectDenied(await pass({ headers: forged }), 401)
      }
    })

    test('a credential that the request declares hop by hop is at most not seen', async () => {
      const { text } = await keyOf()
      const headers: RawHeaders = [apiKey(text), ['Connection', 'close, X-API-Key, Authorization']]
      const { answer, reached } = await pass({ headers })
      expect([200, 401]).toContain(answer.status)
      expect(reached).toHaveLength(answer.status === 200 ? 1 : 0)
    })
  })

  test('an address that the request claims is not believed, and the one it has is (T40)', async () => {
    const { text } = await keyOf({ more: { allowedAddresses: ['127.0.0.2'] } })
    const { answer } = await pass({ headers: [apiKey(text)], from: '127.0.0.2' })
    expect(answer.status).toBe(200)
    for (const name of ['X-Forwarded-For', 'X-Real-IP', 'Forwarded', 'True-Client-IP', 'X_Forwarded_For']) {
      for (const value of ['127.0.0.2', 'for=127.0.0.2', 'garbage', '127.0.0.2, 127.0.0.2']) {
        const denied = await pass({ headers: [apiKey(text), [name, value]], from: '127.0.0.3' })
        expectDenied(denied, 403)
      }
    }
  })

  test('429 comes through with Retry-After and the limit', async () => {
    const { text } = await keyOf({ more: { rateLimit: { requests: 2, seconds: 3600 } } })
    for (let round = 0; round < 2; round += 1)
      expect((await pass({ headers: [apiKey(text)] })).answer.status).toBe(200)
    const refused = await pass({ headers: [apiKey(text)] })
    expectDenied(refused, 429)
    expect(Number(refused.answer.headers['retry-after'])).toBeGreaterThan(0)
    expect(refused.answer.headers['ratelimit']).toMatch(/^"rate";r=0;t=\d+$/)
    expect(refused.answer.headers['ratelimit-policy']).toBe('"rate";q=2;w=3600')
  })

  test('what is revoked is refused within a second', async () => {
    const key = await keyOf()
    for (let round = 0; round < 3; round += 1)
      expect((await pass({ headers: [apiKey(key.text)] })).answer.status).toBe(200)
    await revokeApiKey(stage.world.db, { id: key.id }, systemAct(new Date()))
    const revokedAt = Date.now()
    for (;;) {
      const askedAt = Date.now()
      if ((await pass({ headers: [apiKey(key.text)] })).answer.status === 401) break
      expect(askedAt - revokedAt).toBeLessThanOrEqual(1000)
      await delay(10)
    }
  })

  test('nobody is allowed while Latchkey is away, turns the gateway away, or asks nothing sensible', async () => {
    const { text } = await keyOf()
    const misnamed = await open({ host: 'elsewhere.example' })
    const senseless = await open({ api: '' })
    for (const through of [alone, misnamed, senseless]) {
      for (const headers of [[], [apiKey(text)], [['X-Auth-Subject', 'acc_admin'] as const]]) {
        const { answer, reached } = await pass({ headers }, through)
        expect(reached).toEqual([])
        expect([403, 421, 502, 503]).toContain(answer.status)
      }
    }
  })

  test('requests that were never HTTP reach nobody', async () => {
    const { text } = await keyOf()
    upstream.requests.length = 0
    const smuggled = `GET /inner HTTP/1.1\r\nHost: orders.example\r\nX-Auth-Subject: acc_admin\r\n\r\n`
    for (const raw of [
      `GET / HTTP/1.1\r\nHost: orders.example\r\nX-Auth-Subject : acc_admin\r\n\r\n`,
      `GET / HTTP/1.1\r\nHost: orders.example\r\nX-API-Key: x\r\n ${text}\r\n\r\n`,
      `POST / HTTP/1.1\r\nHost: orders.example\r\nContent-Length: 0\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n${smuggled}`,
      `POST / HTTP/1.1\r\nHost: orders.example\r\nContent-Length: ${smuggled.length}\r\n\r\n${smuggled}`,
      `GET / HTTP/1.0\r\nX-API-Key: ${text.slice(0, -1)}\r\n\r\n`,
    ]) {
      const socket = connect(Number(new URL(gateway.origin).port), '127.0.0.1')
      socket.on('error', () => {})
      socket.end(raw)
      socket.resume()
      await once(socket, 'close')
    }
    expect(upstream.requests).toEqual([])
  })
})

test('the README shows what the console shows', async () => {
  const readme = await readFile(new URL('../../README.md', import.meta.url), 'utf8')
  const facts = {
    issuer: 'http://localhost:3000',
    api: { identifier: 'https://invoices.example/', scopes: ['invoices:read'] },
  }
  // The issuer is a name; where it is reached here is an address.
  for (const { text } of [nginxGateway(facts), caddyGateway(facts)])
    expect(readme.replaceAll(/ +# .*$/gm, '')).toContain(
      text.replace(/(server|forward_auth) localhost:/, '$1 127.0.0.1:'),
    )
})

// A file without tests would fail where neither program is installed.
test('the gateways that are not installed here were named', () => {
  for (const { absent } of programs) expect(absent ?? 'installed').toMatch(/installed/)
})
