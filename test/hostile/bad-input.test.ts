import { connect } from 'node:net'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { createLog } from '../../src/platform/log.ts'
import { openListener } from '../../src/start/listen.ts'
import type { Listener } from '../../src/start/listen.ts'
import { openBrowser } from '../support/browser.ts'
import type { Browser, Place } from '../support/browser.ts'
import { authorizeUrl, basic, newPkce, redirectUri } from '../support/oauth.ts'
import type { Caller } from '../support/oauth.ts'
import { openStage, rowCounts } from '../support/stage.ts'
import type { Stage } from '../support/stage.ts'

const slowestMilliseconds = 1000

let stage: Stage
let listener: Listener

beforeAll(async () => {
  stage = await openStage()
  const [instance] = stage.world.instances
  if (instance === undefined) throw new Error('no instance')
  // The listener of production, as its limits are part of what is tested.
  listener = await openListener({
    handler: instance.server.handler,
    host: '127.0.0.1',
    port: 0,
    variables: { host: 'HOST', port: 'PORT' },
    log: createLog('silent', { write: () => {} }),
  })
  // What a first request writes, such as the keys, is written before anything is counted.
  await fetch(`${stage.world.issuer}/oauth/jwks`)
})
afterAll(async () => {
  await listener.stop(AbortSignal.timeout(1000))
  await stage.close()
})

interface Refused {
  readonly status: number
  readonly headers: Headers
  readonly text: string
}

/** Does something and checks what holds for every bad request: fast, a 4xx, nothing written, nothing told. */
async function refused(request: () => Promise<Response>, what = ''): Promise<Refused> {
  await forgetAttempts()
  const before = await rowCounts(stage.world)
  const began = performance.now()
  const response = await request()
  const text = await response.text()
  const took = performance.now() - began
  const { status, headers } = response
  expect(status, `${what} ${text}`).toBeGreaterThanOrEqual(400)
  expect(status, text).toBeLessThan(500)
  expect(took).toBeLessThan(slowestMilliseconds)
  expect(text).not.toMatch(/node_modules|at \w+ \(|select |insert |PostgreSQL|oidc-provider/)
  expect(await rowCounts(stage.world)).toEqual(before)
  return { status, headers, text }
}

/** The same for a machine: JSON with a code that is documented. */
async function refusedInJson(request: () => Promise<Response>, what = ''): Promise<Refused> {
  const answer = await refused(request, what)
  expect(answer.headers.get('content-type')).toMatch(/^application\/json/)
  expect(JSON.parse(answer.text)).toMatchObject({ error: expect.stringMatching(/^[a-z_]+$/) })
  expect(answer.headers.get('cache-control')).toContain('no-store')
  return answer
}

function post(
  path: string,
  body: string | Uint8Array<ArrayBuffer>,
  headers: Record<string, string> = {},
): Promise<Response> {
  const type = { 'content-type': 'application/x-www-form-urlencoded' }
  return fetch(`${stage.world.issuer}${path}`, {
    method: 'POST',
    headers: { ...type, ...headers },
    body,
    redirect: 'manual',
  })
}

function credentials({ id, secret }: Caller): Record<string, string> {
  return { client_id: id, client_secret: secret }
}

const endpoints = ['/oauth/token', '/oauth/introspect', '/oauth/revoke', '/oauth/par'] as const

/** A good form for each thing a client can post. */
function goodForms(): Record<string, { path: string; form: Record<string, string> }> {
  const { service, web, guard, api } = stage
  return {
    client_credentials: {
      path: '/oauth/token',
      form: {
        ...credentials(service),
        grant_type: 'client_credentials',
        resource: api.identifier,
        scope: 'read',
      },
    },
    authorization_code: {
      path: '/oauth/token',
      form: {
        ...credentials(web),
        grant_type: 'authorization_code',
        code: 'x',
        redirect_uri: redirectUri,
        code_verifier: newPkce().verifier,
        resource: api.identifier,
      },
    },
    refresh_token: {
      path: '/oauth/token',
      form: {
        ...credentials(web),
        grant_type: 'refresh_token',
        refresh_token: 'x',
        scope: 'read',
        resource: api.identifier,
      },
    },
    introspection: {
      path: '/oauth/introspect',
      form: { ...credentials(guard), token: 'x', token_type_hint: 'access_token' },
    },
    revocation: {
      path: '/oauth/revoke',
      form: { ...credentials(web), token: 'x', token_type_hint: 'access_token' },
    },
    par: {
      path: '/oauth/par',
      form: {
        ...credentials(web),
        response_type: 'code',
        redirect_uri: redirectUri,
        scope: 'openid',
        state: 's',
        nonce: 'n',
        code_challenge: newPkce().challenge,
        code_challenge_method: 'S256',
        prompt: 'login',
        max_age: '10',
        ui_locales: 'en',
        login_hint: 'ana',
        acr_values: 'x',
        claims: '{"userinfo":{"email":null}}',
        display: 'page',
        response_mode: 'query',
        resource: api.identifier,
      },
    },
  }
}

const forms = [
  'client_credentials',
  'authorization_code',
  'refresh_token',
  'introspection',
  'revocation',
  'par',
]
/** About an unknown token the answer is 200 and says no more, whatever its characters (RFC 7662 §2.2, RFC 7009 §2.2). */
const tokenMembers = new Set(['token', 'token_type_hint'])
/** Members that may be anything: they are handed back or only hint at something. */
const freeMembers = new Set(['state', 'nonce', 'ui_locales', 'login_hint', 'acr_values', 'display'])

function goodForm(name: string): { path: string; form: Record<string, string> } {
  const good = goodForms()[name]
  if (good === undefined) throw new Error(`no form ${name}`)
  return good
}

describe('NUL', () => {
  test.each(forms)('in every parameter of %s', async (name) => {
    const { path, form } = goodForm(name)
    for (const member of [...Object.keys(form), 'id_token_hint', 'client_assertion']) {
      if (!(member in form) && name !== 'par') continue
      const request = () => postFields(path, { ...form, [member]: `${form[member] ?? ''}\0` })
      if (tokenMembers.has(member)) expect((await request()).status).toBe(200)
      else await refusedInJson(request, member)
    }
  })

  test('in every parameter of an authorization request: a page, or the way back with an error', async () => {
    const { form } = goodForm('par')
    const { client_secret: _secret, ...params } = form
    for (const member of [...Object.keys(params), 'id_token_hint', 'request', 'request_uri']) {
      await sentBack(authorizeUrl(stage.world, { ...params, [member]: `${params[member] ?? ''}\0` }), member)
    }
  })

  test('in the user name and password of Basic', async () => {
    const { form } = goodForm('client_credentials')
    const { client_id: id = '', client_secret: secret = '', ...rest } = form
    for (const pair of [
      `${id}%00:${secret}`,
      `${id}:${secret}%00`,
      `${id}\0:${secret}`,
      `${id}:${secret}\0`,
    ]) {
      const authorization = `Basic ${Buffer.from(pair).toString('base64')}`
      await refusedInJson(() => post('/oauth/token', new URLSearchParams(rest).toString(), { authorization }))
    }
  })

  test('in cookies and in the path', async () => {
    const { issuer } = stage.world
    const answers = [
      await raw('GET /oauth/authorize%00 HTTP/1.1'),
      await raw('GET /sign-in/%00 HTTP/1.1'),
      await raw('GET /oauth/authorize HTTP/1.1', 'cookie: sid=a\0b'),
      await raw('GET /oauth/\0 HTTP/1.1'),
    ]
    for (const { status } of answers) expect([400, 404]).toContain(status)
    expect((await fetch(`${issuer}/oauth/jwks`)).status).toBe(200)
  })

  test('in the fields of the sign-in form', async () => {
    for (const fields of [
      { login: 'ana\0', password: 'x' },
      { login: 'ana', password: 'x\0' },
    ]) {
      const { browser, page } = await signInPage()
      await refused(() => submitRaw(browser, page, new URLSearchParams(fields).toString()))
    }
  })
})

describe('invalid UTF-8', () => {
  const sequences = ['%ff', '%c0%af', '%ed%a0%80', '%f8%88%80%80%80', '%e2%82', '%zz', '%', '%u0041']

  test.each(forms)('in every parameter of %s', async (name) => {
    const { path, form } = goodForm(name)
    for (const member of Object.keys(form).filter(
      (each) => !tokenMembers.has(each) && !freeMembers.has(each),
    )) {
      for (const sequence of sequences.slice(0, 6)) {
        const { [member]: value = '', ...rest } = form
        const body = `${new URLSearchParams(rest).toString()}&${member}=${encodeURIComponent(value)}${sequence}`
        await refusedInJson(() => post(path, body))
      }
    }
  })

  test('as bytes in a body', async () => {
    const bytes = Buffer.concat([
      Buffer.from('grant_type=client_credentials&client_id='),
      Buffer.from([0xff, 0xfe, 0xc0]),
    ])
    for (const path of endpoints) await refusedInJson(() => post(path, Uint8Array.from(bytes)))
  })

  test('in the sign-in form', async () => {
    for (const sequence of sequences) {
      const { browser, page } = await signInPage()
      await refused(() => submitRaw(browser, page, `login=${sequence}&password=x`))
    }
  })

  test('and malformed escapes in a path are 400 or 404', async () => {
    for (const path of [
      '/%',
      '/%zz',
      '/%ff',
      '/oauth/%c0%ae%c0%ae/token',
      '/sign-in/%ff',
      '/..%2f..%2fetc/passwd',
      '/%2e%2e/%2e%2e/',
      '/assets/..%5c..%5cx',
    ]) {
      const { status } = await raw(`GET ${path} HTTP/1.1`)
      expect([400, 404], path).toContain(status)
    }
  })
})

describe('size', () => {
  const big = 'x'.repeat(1_000_000)

  test.each(endpoints)('a body of 1 MB at %s is refused, wherever it is long', async (path) => {
    await refusedInJson(() => post(path, `token=${big}`))
    await refusedInJson(() => post(path, big))
    await refusedInJson(() => post(path, 'a=b&'.repeat(250_000)))
    await refusedInJson(() => post(path, `token=${big}`, basic(stage.service)))
  })

  test('a body of 1 MB in the sign-in form is 413, and the next try works', async () => {
    const { browser, page } = await signInPage()
    const { status } = await refused(() => submitRaw(browser, page, `login=ana&password=${big}`))
    expect(status).toBe(413)
    const { email: login, password } = stage.account
    const place = await browser.submit(page, { action: '/login', fields: { login, password } })
    expect(place.status).toBeLessThan(400)
  })

  test('10,000 scopes', async () => {
    const scopes = Array.from({ length: 10_000 }, (_, index) => `s${index}`)
    const { form } = goodForm('client_credentials')
    const body = (scope: string) => new URLSearchParams({ ...form, scope }).toString()
    await refusedInJson(() => post('/oauth/token', body(scopes.join(' '))))
    await refusedInJson(() => post('/oauth/token', body(scopes.slice(0, 5000).join(' '))))
    await refusedInJson(() => post('/oauth/token', body('read '.repeat(5000) + 'nope')))
  })

  test('1,000 resources', async () => {
    const { form } = goodForm('client_credentials')
    const resources = Array.from(
      { length: 1000 },
      (_, index) => `&resource=${encodeURIComponent(`https://${index}.example/`)}`,
    )
    await refusedInJson(() => post('/oauth/token', new URLSearchParams(form).toString() + resources.join('')))
  })

  test('header values and cookies of 60 KB are 431 before anybody looks at them', async () => {
    const long = 'x'.repeat(60_000)
    for (const header of [
      `x-long: ${long}`,
      `authorization: Basic ${long}`,
      `cookie: sid=${long}`,
      `dpop: ${long}`,
    ]) {
      const before = await rowCounts(stage.world)
      const { status, took } = await raw('POST /oauth/token HTTP/1.1', header)
      expect(status).toBe(431)
      expect(took).toBeLessThan(slowestMilliseconds)
      expect(await rowCounts(stage.world)).toEqual(before)
    }
    expect((await raw(`GET /oauth/authorize?state=${long} HTTP/1.1`)).status).toBe(431)
  })

  test('500 cookies are ignored where none is expected', async () => {
    const cookie = Array.from({ length: 500 }, (_, index) => `c${index}=x`).join('; ')
    expect((await raw('GET /oauth/jwks HTTP/1.1', `cookie: ${cookie}`)).status).toBe(200)
    expect((await raw('GET /sign-in/x HTTP/1.1', `cookie: ${cookie}`)).status).toBe(400)
  })
})

describe('authentication that is none', () => {
  test.each([
    ['nothing after Basic', 'Basic'],
    ['an empty value', 'Basic '],
    ['no base64', 'Basic !!!!'],
    ['base64 without a colon', `Basic ${Buffer.from('abc').toString('base64')}`],
    ['a colon alone', `Basic ${Buffer.from(':').toString('base64')}`],
    ['no user name', `Basic ${Buffer.from(':secret').toString('base64')}`],
    ['broken escapes', `Basic ${Buffer.from('%zz:%').toString('base64')}`],
    ['invalid UTF-8', `Basic ${Buffer.from([0xff, 0x3a, 0xfe]).toString('base64')}`],
    ['two values', 'Basic YTpi YTpi'],
    ['another scheme', 'Digest username="a"'],
    ['a bearer token', 'Bearer abc'],
    ['a very long value', `Basic ${'A'.repeat(10_000)}`],
    ['many colons', `Basic ${Buffer.from(':'.repeat(5000)).toString('base64')}`],
  ])('%s', async (_name, authorization) => {
    const { client_id: _id, client_secret: _secret, ...form } = goodForm('client_credentials').form
    for (const path of endpoints) {
      const body = new URLSearchParams({ ...form, token: 'x' }).toString()
      await refusedInJson(() => post(path, body, { authorization }))
    }
  })
})

describe('content', () => {
  test.each([
    'application/json',
    'text/plain',
    'multipart/form-data; boundary=x',
    'application/xml',
    'x',
    'application/x-www-form-urlencoded2',
  ])('of type %s is refused', async (type) => {
    const body = JSON.stringify(goodForm('client_credentials').form)
    for (const path of endpoints) await refusedInJson(() => post(path, body, { 'content-type': type }))
    const { browser, page } = await signInPage()
    const { status } = await refused(() =>
      submitRaw(browser, page, 'login=a&password=b', { 'content-type': type }),
    )
    expect(status).toBe(415)
  })

  test('that is absent is refused', async () => {
    for (const path of endpoints)
      await refusedInJson(() => fetch(`${stage.world.issuer}${path}`, { method: 'POST' }))
  })

  test('in another charset or encoding is refused', async () => {
    const { browser, page } = await signInPage()
    const type = 'application/x-www-form-urlencoded'
    for (const headers of [{ 'content-type': `${type}; charset=utf-16` }, { 'content-encoding': 'gzip' }])
      await refused(() => submitRaw(browser, page, 'login=a&password=b', headers))
    for (const path of endpoints)
      await refusedInJson(() => post(path, 'token=x', { 'content-type': `${type}; charset=utf-99` }))
  })

  test('that ends early or lies about its length is refused, and the process lives', async () => {
    const head = ['content-type: application/x-www-form-urlencoded', 'connection: close']
    const short = await raw('POST /oauth/token HTTP/1.1', ...head, 'content-length: 3')
    expect(short.status).toBe(400)
    const double = await raw('POST /oauth/token HTTP/1.1', ...head, 'content-length: 3', 'content-length: 4')
    expect(double.status).toBe(400)
    const both = await raw(
      'POST /oauth/token HTTP/1.1',
      ...head,
      'content-length: 3',
      'transfer-encoding: chunked',
    )
    expect(both.status).toBe(400)
  })
})

describe('fields that are not fields', () => {
  test('names of JavaScript’s own are names like any other', async () => {
    for (const name of [
      '__proto__',
      'constructor',
      'prototype',
      'toString',
      'hasOwnProperty',
      'grant_type[]',
      'scope[0]',
    ]) {
      const { form } = goodForm('client_credentials')
      const body = `${new URLSearchParams({ ...form, scope: 'nope' }).toString()}&${encodeURIComponent(name)}=x`
      await refusedInJson(() => post('/oauth/token', body))
      const { browser, page } = await signInPage()
      await refused(() =>
        submitRaw(browser, page, `${encodeURIComponent(name)}=x&${encodeURIComponent(name)}=y&login=a`),
      )
    }
    expect(({} as Record<string, unknown>)['x']).toBeUndefined()
  })

  test('P18: a field of the sign-in form that comes twice is refused', async () => {
    for (const body of ['login=a&login=b&password=c', 'login=a&password=b&password=c']) {
      const { browser, page } = await signInPage()
      await refused(() => submitRaw(browser, page, body))
    }
  })
})

describe('methods', () => {
  test.each(['PUT', 'PATCH', 'DELETE', 'TRACE', 'PROPFIND', 'QUERY'])(
    '%s is known nowhere',
    async (method) => {
      for (const path of [
        ...endpoints,
        '/oauth/authorize',
        '/oauth/userinfo',
        '/oauth/jwks',
        '/.well-known/openid-configuration',
        '/oauth/logout',
      ]) {
        const { status, head } = await raw(`${method} ${path} HTTP/1.1`, 'content-length: 0')
        expect(status, `${method} ${path}`).toBe(405)
        expect(head, path).toMatch(/^allow: /im)
      }
    },
  )

  test('13.4.4: TRACE and CONNECT hand nothing back', async () => {
    const { text } = await raw('TRACE / HTTP/1.1', 'x-secret: abc')
    expect(text).not.toContain('abc')
    expect((await raw(`CONNECT ${new URL(stage.world.issuer).host} HTTP/1.1`)).status).not.toBe(200)
  })
})

test('after all of it the process lives, and nothing was a fault of ours', async () => {
  expect((await fetch(`${stage.world.issuer}/oauth/jwks`)).status).toBe(200)
  const faults = stage.world.logLines.filter(
    (line) => (JSON.parse(line) as { level: unknown }).level === 'error',
  )
  expect(faults).toEqual([])
})

function postFields(path: string, form: Record<string, string>): Promise<Response> {
  return post(path, new URLSearchParams(form).toString())
}

/** Nothing is written, and the browser ends on a page or at the app with an error. */
async function sentBack(url: URL, what: string): Promise<void> {
  const before = await rowCounts(stage.world)
  const began = performance.now()
  const place = await openBrowser(stage.world).visit(url)
  expect(performance.now() - began).toBeLessThan(slowestMilliseconds)
  if (place.leavingTo === undefined) expect(place.status, what).toBe(400)
  else expect(place.leavingTo.searchParams.get('error'), what).toBeTruthy()
  expect(await rowCounts(stage.world), what).toEqual(before)
}

async function signInPage(): Promise<{ browser: Browser; page: Place }> {
  const browser = openBrowser(stage.world)
  const params = { code_challenge: newPkce().challenge, code_challenge_method: 'S256' }
  const url = authorizeUrl(stage.world, { client_id: stage.app.id, scope: 'openid', ...params })
  return { browser, page: await browser.visit(url) }
}

/** Posts a body to the sign-in page as a browser would, if it could be made to send such a body. */
function submitRaw(
  browser: Browser,
  page: Place,
  body: string,
  headers: Record<string, string> = {},
): Promise<Response> {
  const { issuer } = stage.world
  const action = new URL(page.forms[0]?.action ?? '', issuer)
  return fetch(action, {
    method: 'POST',
    redirect: 'manual',
    headers: {
      'content-type': 'application/x-www-form-urlencoded',
      accept: 'text/html',
      cookie: browser.cookies.headerFor(action),
      origin: issuer,
      'sec-fetch-site': 'same-origin',
      ...headers,
    },
    body,
  })
}

interface RawAnswer {
  readonly status: number
  readonly head: string
  readonly text: string
  readonly took: number
}

/** The requests here would use up the budget of their address, and from then on be refused for their number. */
async function forgetAttempts(): Promise<void> {
  await stage.world.db.deleteFrom('limitBuckets').execute()
}

/** Sends a request line and headers as they are, to the listener of production, and reads until the answer is there. */
async function raw(line: string, ...headers: readonly string[]): Promise<RawAnswer> {
  await forgetAttempts()
  const { host } = new URL(stage.world.issuer)
  const began = performance.now()
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = []
    const socket = connect(listener.port, '127.0.0.1', () => {
      socket.write([line, `host: ${host}`, 'connection: close', ...headers, '', ''].join('\r\n'))
      // A body that is announced never comes.
      if (headers.some((header) => header.startsWith('content-length'))) socket.end()
    })
    socket.on('data', (chunk: Buffer) => chunks.push(chunk))
    socket.on('error', () => socket.destroy())
    socket.setTimeout(3000, () => reject(new Error(`no answer to ${line.slice(0, 80)}`)))
    socket.on('close', () => {
      const text = Buffer.concat(chunks).toString()
      const status = Number(/^HTTP\/1\.1 (\d{3})/.exec(text)?.[1] ?? 0)
      resolve({ status, head: text.split('\r\n\r\n')[0] ?? '', text, took: performance.now() - began })
    })
  })
}
