import { once } from 'node:events'
import { connect } from 'node:net'
import Koa from 'koa'
import { expect, test } from 'vitest'
import { parseTrustedProxies } from '../../../src/platform/http/client-address.ts'
import type { PinOptions } from '../../../src/platform/http/origin-pin.ts'
import { answerMisdirected, arrivalOf, pinOrigin } from '../../../src/platform/http/origin-pin.ts'
import { serve } from './raw.ts'

const issuer = new URL('https://good.example')
const nobody = parseTrustedProxies([])
const loopback = parseTrustedProxies(['127.0.0.0/8'])

/** A Koa application behind the pin that says what it believes. */
function application(options: PinOptions, at = issuer) {
  const koa = new Koa()
  koa.proxy = true
  koa.silent = true
  koa.use((ctx) => {
    const { host, hostname, protocol, secure, href, ip, ips, path, url } = ctx
    const origin = `${protocol}://${host}`
    const left = Object.keys(ctx.headers).filter((name) =>
      /forward|real-ip|original|rewrite|client-ip/.test(name),
    )
    ctx.body = {
      host,
      hostname,
      protocol,
      secure,
      href,
      origin,
      ip,
      ips,
      path,
      url,
      left,
      names: Object.keys(ctx.headers),
      ...arrivalOf(ctx.req),
    }
  })
  const handle = koa.callback()
  const pin = pinOrigin(at, options)
  return serve((request, response) => {
    if (pin(request) === 'misdirected') return answerMisdirected(response, at)
    return void handle(request, response)
  })
}

function get(lines: readonly string[], target = '/path?a=b', version = '1.1'): string {
  return [`GET ${target} HTTP/${version}`, ...lines, 'Connection: close', '', ''].join('\r\n')
}

function bodyOf(answer: string): Record<string, unknown> {
  expect(answer).toMatch(/^HTTP\/1\.1 200 /)
  return JSON.parse(answer.slice(answer.indexOf('\r\n\r\n')))
}

test.each(
  [
    [
      'evil',
      'evil.example',
      'good@evil',
      'good.example@evil',
      'user@good.example',
      'user:x@good.example',
      '@good.example',
    ],
    [
      'evil/good',
      'evil/good.example',
      'good.example/',
      'good.example/evil',
      'good.example?x',
      'good.example#x',
    ],
    [
      'good.example.',
      'good.example.evil',
      'evilgood.example',
      'x.good.example',
      'good.example:80',
      'good.example:8443',
    ],
    [
      'good.example:0443',
      'good.example:',
      'good.example:443:443',
      'good.example, evil',
      'evil, good.example',
    ],
    [
      'good.example evil',
      'good.example\\evil',
      '%67ood.example',
      'good.example%00',
      '[::1]',
      '127.0.0.1',
      '',
      'gооd.example',
    ],
    ['https://good.example', '//good.example', 'constructor', '__proto__'],
  ].flat(),
)('F3 T20: Host: %s is answered with 421', async (host) => {
  await using server = await application({ trustedProxies: nobody })
  const answer = await server.exchange(Buffer.from(get([`Host: ${host}`])))
  // Node itself refuses a host with characters that no header may have.
  expect(answer).toMatch(/^HTTP\/1\.1 (421|400) /)
  expect(answer).not.toMatch(/evil/)
  expect(answer).toMatch(/connection: close/i)
})

test.each(['good.example', 'GOOD.EXAMPLE', 'good.example:443', 'Good.Example:443'])(
  'Host: %s is the issuer, and Koa sees exactly the issuer',
  async (host) => {
    await using server = await application({ trustedProxies: nobody })
    const seen = bodyOf(await server.exchange(get([`host: ${host}`])))
    expect(seen).toMatchObject({
      host: 'good.example',
      hostname: 'good.example',
      protocol: 'https',
      secure: true,
      href: 'https://good.example/path?a=b',
      origin: 'https://good.example',
      ip: '127.0.0.1',
      clientAddress: '127.0.0.1',
      forwarded: {},
    })
  },
)

const forged = [
  'X-Forwarded-Host: evil.example',
  'x-forwarded-host: evil2.example',
  'X-Forwarded-Proto: javascript',
  'X-FORWARDED-FOR: 6.6.6.6',
  'X-Forwarded-For: 7.7.7.7',
  'X-Forwarded-Port: 666',
  'X-Forwarded-Prefix: /evil',
  'X-Forwarded-Server: evil',
  'X-Forwarded-Uri: /allowed',
  'X-Forwarded-Method: GET',
  'X-Forwarded-Evil: yes',
  'Forwarded: host=evil.example;proto=http;for=6.6.6.6',
  'X-Original-URL: /admin',
  'X-Rewrite-URL: /admin',
  'X-Original-Host: evil.example',
  'X-Real-IP: 6.6.6.6',
  'X-Client-IP: 6.6.6.6',
  'True-Client-IP: 6.6.6.6',
]

test('F3 F4 T20 T40: nothing a stranger says about the way here is believed or kept', async () => {
  await using server = await application({ trustedProxies: nobody })
  const seen = bodyOf(await server.exchange(get(['Host: good.example', ...forged])))
  expect(seen).toMatchObject({
    host: 'good.example',
    protocol: 'https',
    origin: 'https://good.example',
    ip: '127.0.0.1',
    ips: ['127.0.0.1'],
    clientAddress: '127.0.0.1',
    forwarded: {},
  })
  expect(seen['left']).toEqual(['x-forwarded-host', 'x-forwarded-proto', 'x-forwarded-for'])
})

test('F3 T40: from a trusted proxy the facts are set aside, the client is found, and Koa still sees the issuer', async () => {
  await using server = await application({ trustedProxies: loopback })
  const seen = bodyOf(await server.exchange(get(['Host: good.example', ...forged])))
  expect(seen).toMatchObject({
    host: 'good.example',
    protocol: 'https',
    ip: '7.7.7.7',
    clientAddress: '7.7.7.7',
  })
  expect(seen['left']).toEqual(['x-forwarded-host', 'x-forwarded-proto', 'x-forwarded-for'])
  expect(seen['forwarded']).toMatchObject({
    'x-forwarded-for': '6.6.6.6, 7.7.7.7',
    'x-forwarded-host': 'evil.example, evil2.example',
    'x-forwarded-uri': '/allowed',
    'x-forwarded-method': 'GET',
    'x-original-url': '/admin',
    forwarded: 'host=evil.example;proto=http;for=6.6.6.6',
  })
})

test.each([
  [['Host: good.example', 'Host: good.example']],
  [['Host: good.example', 'Host: evil']],
  [['Host: evil', 'Host: good.example']],
  [['Host: good.example', 'hOsT: evil']],
])('F3: two Host headers are refused: %j', async (lines) => {
  await using server = await application({ trustedProxies: nobody })
  expect(await server.exchange(get(lines))).toMatch(/^HTTP\/1\.1 (421|400) /)
})

test('F3: no Host is refused, in HTTP/1.1 and in HTTP/1.0', async () => {
  await using server = await application({ trustedProxies: loopback })
  expect(await server.exchange(get([]))).toMatch(/^HTTP\/1\.1 400 /)
  expect(await server.exchange(get([], '/', '1.0'))).toMatch(/^HTTP\/1\.1 421 /)
  expect(await server.exchange(get(['X-Forwarded-Host: good.example'], '/', '1.0'))).toMatch(
    /^HTTP\/1\.1 421 /,
  )
})

test.each([
  ['https://good.example/path?a=b', '/path?a=b'],
  ['HTTPS://GOOD.example:443/path', '/path'],
  ['http://good.example', '/'],
  ['https://good.example?a=b', '/?a=b'],
])('F3: the target %s names our own host and is read as %s', async (target, url) => {
  await using server = await application({ trustedProxies: nobody })
  const seen = bodyOf(await server.exchange(get(['Host: good.example'], target)))
  expect(seen).toMatchObject({ url, href: `https://good.example${url}` })
})

test.each(
  [
    [
      'http://evil.example/path',
      'https://evil/good.example',
      'https://good.example@evil/',
      'https://evil@good.example/',
    ],
    [
      'https://good.example.evil/',
      'https://good.example:8443/',
      'https://good.example//evil/',
      'https://good.example\\@evil/',
    ],
    ['https:///good.example', 'https://', 'ftp://good.example/', 'javascript:alert(1)', 'good.example:443'],
    [
      '//evil.example/.well-known/openid-configuration',
      '///evil',
      '/\\evil.example/',
      'path',
      '?a=b',
      '*evil',
    ],
  ].flat(),
)('F3: the target %s is refused though the Host is right', async (target) => {
  await using server = await application({ trustedProxies: nobody })
  expect(await server.exchange(get(['Host: good.example'], target))).toMatch(/^HTTP\/1\.1 (421|400) /)
})

test('a further name is accepted when the operator lists it, and is the issuer to everyone inside', async () => {
  await using server = await application({ trustedProxies: nobody, otherHosts: ['Latchkey:3000'] })
  const seen = bodyOf(await server.exchange(get(['Host: latchkey:3000'])))
  expect(seen).toMatchObject({ host: 'good.example', origin: 'https://good.example' })
  expect(await server.exchange(get(['Host: latchkey']))).toMatch(/^HTTP\/1\.1 421 /)
  for (const host of ['a/b', 'a@b', 'https://a', '', 'a b']) {
    expect(() => pinOrigin(issuer, { trustedProxies: nobody, otherHosts: [host] })).toThrow(
      JSON.stringify(host),
    )
  }
})

test('an issuer with a port is met with that port only, and its scheme is what Koa sees', async () => {
  const local = new URL('http://localhost:3000')
  await using server = await application({ trustedProxies: nobody }, local)
  const seen = bodyOf(await server.exchange(get(['Host: localhost:3000', 'X-Forwarded-Proto: https'])))
  expect(seen).toMatchObject({ origin: 'http://localhost:3000', secure: false, host: 'localhost:3000' })
  for (const host of ['localhost', 'localhost:80', '127.0.0.1:3000']) {
    expect(await server.exchange(get([`Host: ${host}`]))).toMatch(/^HTTP\/1\.1 421 /)
  }
})

test('a second request on the same connection is judged by itself', async () => {
  await using server = await application({ trustedProxies: nobody })
  const first = 'GET / HTTP/1.1\r\nHost: good.example\r\n\r\n'
  const answer = await server.exchange(first + get(['Host: evil', 'X-Forwarded-Host: good.example']))
  expect(answer.match(/HTTP\/1\.1 \d+/g)).toEqual(['HTTP/1.1 200', 'HTTP/1.1 421'])
})

test('OPTIONS * and a connection that is gone at once do no harm', async () => {
  await using server = await application({ trustedProxies: loopback })
  const answer = await server.exchange(
    'OPTIONS * HTTP/1.1\r\nHost: good.example\r\nConnection: close\r\n\r\n',
  )
  expect(answer).toMatch(/^HTTP\/1\.1 200 /)
  for (let round = 0; round < 20; round += 1) {
    const socket = connect(server.port, '127.0.0.1', () =>
      socket.write(get(['Host: good.example']), () => socket.resetAndDestroy()),
    )
    await once(socket, 'close')
  }
  bodyOf(await server.exchange(get(['Host: good.example'])))
})

test('P30: what anybody says of a certificate is taken out, and set aside from a trusted proxy alone', async () => {
  const said = ['Client-Cert: :AAAA:', 'X-Ours-Cert: mine', 'X-SSL-Client-Cert: x', 'Client-Cert-Chain: x']
  for (const [trustedProxies, forwarded] of [
    [loopback, { 'client-cert': ':AAAA:', 'x-ours-cert': 'mine' }],
    [nobody, {}],
  ] as const) {
    await using server = await application({ trustedProxies, certificateHeader: 'X-Ours-Cert' })
    const seen = bodyOf(await server.exchange(get(['Host: good.example', ...said])))
    expect(seen['forwarded']).toMatchObject(forwarded)
    if (trustedProxies === nobody) expect(seen['forwarded']).toEqual({})
    expect(String(seen['names'])).not.toContain('cert')
  }
})
