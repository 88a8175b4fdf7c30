/** Clients that authenticate with a certificate, and tokens that are bound to one (RFC 8705), as a proxy passes it on. */
import { connect } from 'node:net'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { giveRole } from '../../src/domain/apis/role-members.ts'
import { systemAct } from '../../src/domain/audit/act.ts'
import { newCertificate, san } from '../support/certificates.ts'
import type { Attribute, CertificateWishes, TestCertificate } from '../support/certificates.ts'
import { dpopProof, newDpopKey } from '../support/dpop.ts'
import { send } from '../support/gateway.ts'
import type { RawAnswer } from '../support/gateway.ts'
import { certificateEnv } from '../support/introspection.ts'
import { managementApi } from '../support/management-api.ts'
import { codeFor, introspect, postForm, redirectUri } from '../support/oauth.ts'
import type { Answer } from '../support/oauth.ts'
import { openStage } from '../support/stage.ts'
import type { Stage } from '../support/stage.ts'
import type { TestApi, TestClient } from '../support/world.ts'

let stage: Stage
const authority = newCertificate({ subject: [['CN', 'Test CA']], isAuthority: true })
const issued = (wishes: CertificateWishes = {}) => newCertificate({ issuer: authority, ...wishes })
const mine = issued()
const other = issued({ subject: [['CN', 'other']] })

/** Authenticates with the certificate of `CN=api`, and its tokens are bound to whatever it shows. */
let service: TestClient

beforeAll(async () => {
  stage = await openStage({ env: certificateEnv })
  service = await tlsClient({ tls_client_auth_subject_dn: 'CN=api' }, bound)
})
afterAll(() => stage.close())

const bound = { tls_client_certificate_bound_access_tokens: true }

async function tlsClient(name: Readonly<Record<string, string>>, more: object = {}): Promise<TestClient> {
  const client = await stage.world.makeClient({
    metadata: {
      grant_types: ['client_credentials'],
      token_endpoint_auth_method: 'tls_client_auth',
      ...name,
      ...more,
    },
  })
  for (const api of [stage.api, stage.jwtApi])
    await stage.world.permit({ type: 'client', id: client.id }, api, ['read'])
  return client
}

const shown = (certificate: TestCertificate | string | undefined): Record<string, string> =>
  certificate === undefined
    ? {}
    : { 'client-cert': typeof certificate === 'string' ? certificate : certificate.header }

function token(
  client: TestClient,
  certificate: TestCertificate | string | undefined,
  { api = stage.api, headers = {} }: { readonly api?: TestApi; readonly headers?: object } = {},
): Promise<Answer> {
  const form = { grant_type: 'client_credentials', client_id: client.id, resource: api.identifier }
  return postForm(`${stage.world.issuer}/oauth/token`, form, { ...shown(certificate), ...headers })
}

async function tokenText(...given: Parameters<typeof token>): Promise<string> {
  const { text, body } = await token(...given)
  if (typeof body['access_token'] !== 'string') throw new Error(text)
  return body['access_token']
}

function expectRefused({ status, body }: Answer, what = ''): void {
  expect([status, body['error']], what).toEqual([401, 'invalid_client'])
  expect(body, what).not.toHaveProperty('access_token')
}

test('RFC 8705 §5, §3.3: what is supported is advertised, and no more than that', async () => {
  const metadata = await fetch(`${stage.world.issuer}/.well-known/oauth-authorization-server`)
  const said: unknown = await metadata.json()
  expect(said).toMatchObject({
    token_endpoint_auth_methods_supported: expect.arrayContaining(['tls_client_auth']),
    tls_client_certificate_bound_access_tokens: true,
  })
  expect(JSON.stringify(said)).not.toMatch(/self_signed|mtls_endpoint_aliases/)
})

describe('P30, RFC 8705 §2.1: authentication', () => {
  test('with the certificate that was registered', async () => {
    expect((await token(service, mine)).status).toBe(200)
  })

  test('another certificate of the same authority, or none, is refused', async () => {
    expectRefused(await token(service, other))
    expectRefused(await token(service, undefined))
    expectRefused(await token(service, ''))
  })

  test('a renewed certificate with the same subject is as good', async () => {
    expect((await token(service, issued())).status).toBe(200)
  })

  test('it is not enough to be named by somebody whose certificate it is not', async () => {
    const form = { grant_type: 'client_credentials', client_id: stage.service.id }
    expectRefused(await postForm(`${stage.world.issuer}/oauth/token`, form, shown(mine)))
  })

  test('a secret, an assertion or a proof of another kind does not stand in for the certificate', async () => {
    const { issuer } = stage.world
    const form = { grant_type: 'client_credentials', resource: stage.api.identifier }
    const secret = { client_id: service.id, client_secret: service.secret }
    for (const headers of [{}, shown(mine)]) {
      expectRefused(await postForm(`${issuer}/oauth/token`, { ...form, ...secret }, headers))
      const basic = Buffer.from(`${service.id}:${service.secret}`).toString('base64')
      const authorization = `Basic ${basic}`
      expectRefused(await postForm(`${issuer}/oauth/token`, form, { ...headers, authorization }))
    }
    const proof = await dpopProof(await newDpopKey(), `${issuer}/oauth/token`)
    expectRefused(await token(service, undefined, { headers: { dpop: proof } }))
  })

  test('at introspection, revocation and pushed requests it is the same', async () => {
    const { issuer } = stage.world
    const form = { client_id: service.id, token: 'x' }
    for (const path of ['introspect', 'revoke', 'par']) {
      expectRefused(await postForm(`${issuer}/oauth/${path}`, form, shown(other)), path)
      expectRefused(await postForm(`${issuer}/oauth/${path}`, form), path)
      const { body } = await postForm(`${issuer}/oauth/${path}`, form, shown(mine))
      expect(body['error'], path).not.toBe('invalid_client')
    }
  })

  const moment = Date.now()
  const times: readonly (readonly [string, number, number])[] = [
    ['expired a second ago', -3_600_000, -1000],
    ['is valid in an hour', 3_600_000, 7_200_000],
  ]
  test.each(times)('a certificate that %s is none', async (_, from, to) => {
    const wishes = { from: new Date(moment + from), to: new Date(moment + to) }
    expectRefused(await token(service, issued(wishes)))
  })
})

describe('RFC 8705 §2.1.2: the subject is compared entry by entry, character by character', () => {
  type Subject = CertificateWishes['subject']
  const api: Attribute = ['CN', 'api']
  const good: readonly (readonly [string, string, Subject])[] = [
    ['one entry', 'CN=api', [api]],
    ['several, the last first', 'CN=api,O=Example,C=DE', [['C', 'DE', 0x13], ['O', 'Example'], api]],
    ['types in lower case', 'cn=api,o=Example', [['O', 'Example'], api]],
    ['an escaped comma', 'CN=api\\,O=x', [['CN', 'api,O=x']]],
    [
      'every escaped character',
      String.raw`CN=\ a\+b\"c\;d\<e\>f\=g\#h\\i\ `,
      [['CN', ' a+b"c;d<e>f=g#h\\i ']],
    ],
    ['octets of UTF-8', String.raw`CN=M\C3\BCller`, [['CN', 'Müller']]],
    ['the characters themselves', 'CN=Müller', [['CN', 'Müller']]],
    ['text of two octets each', 'CN=Ma', [['CN', Buffer.from([0, 0x4d, 0, 0x61]), 0x1e]]],
    [
      'an entry of two, in any order',
      'CN=api+OU=x,O=y',
      [
        ['O', 'y'],
        [['OU', 'x'], api],
      ],
    ],
    ['a type in dots with its encoding', '1.2.3.4=#0c0161,CN=api', [api, ['1.2.3.4', 'a']]],
    ['a domain', 'CN=api,DC=example,DC=org', [['DC', 'org', 0x16], ['DC', 'example', 0x16], api]],
  ]
  test.each(good)('%s', async (_, registered, subject) => {
    const client = await tlsClient({ tls_client_auth_subject_dn: registered })
    expect((await token(client, issued({ ...(subject && { subject }) }))).status).toBe(200)
  })

  const wrong: readonly (readonly [string, string, Subject])[] = [
    ['a longer name', 'CN=api', [['CN', 'api2']]],
    ['a shorter one', 'CN=api', [['CN', 'ap']]],
    ['another case', 'CN=api', [['CN', 'API']]],
    ['a space more', 'CN=api', [['CN', 'api ']]],
    ['a NUL and more', 'CN=api', [['CN', 'api\0.evil']]],
    ['the same letters from another alphabet', 'CN=api', [['CN', 'аpi']]],
    ['decomposed', 'CN=Müller', [['CN', 'Mu\u0308ller']]],
    ['an entry more in front', 'CN=api', [['O', 'Example'], api]],
    ['an entry more behind', 'CN=api', [api, ['O', 'Example']]],
    ['an entry less', 'CN=api,O=Example', [api]],
    ['another order', 'CN=api,O=Example', [api, ['O', 'Example']]],
    ['two entries for one of two', 'CN=api+OU=x', [['OU', 'x'], api]],
    ['one of two for two entries', 'CN=api,OU=x', [[['OU', 'x'], api]]],
    ['an attribute twice for two', 'CN=api+OU=x', [[api, api]]],
    ['an attribute beside one that is wanted twice', 'CN=api+CN=api', [[api, ['OU', 'x']]]],
    ['two entries written as the value of one', 'CN=api\\,O=x', [['O', 'x'], api]],
    ['one value that looks like two entries', 'CN=api,O=x', [['CN', 'api,O=x']]],
    ['the value of another type', 'CN=api', [['O', 'api']]],
    ['an e-mail address beside it', 'CN=api', [api, ['emailAddress', 'a@b.example', 0x16]]],
    ['a wildcard', 'CN=api', [['CN', '*']]],
    ['characters nobody agrees about', 'CN=api', [['CN', 'api', 0x14]]],
    ['broken UTF-8', 'CN=api', [['CN', Buffer.from([0x61, 0x70, 0x69, 0xff])]]],
    ['a value that is no text', 'CN=api', [['CN', 'api', 0x04]]],
    ['nothing', 'CN=api', []],
  ]
  test.each(wrong)('not with %s', async (_, registered, subject) => {
    const client = await tlsClient({ tls_client_auth_subject_dn: registered })
    expectRefused(await token(client, issued({ ...(subject && { subject }), names: [san.dns('api')] })))
  })
})

describe('RFC 8705 §2.1.2: alternative names', () => {
  const dns = 'tls_client_auth_san_dns'
  const uri = 'tls_client_auth_san_uri'
  const email = 'tls_client_auth_san_email'
  const ip = 'tls_client_auth_san_ip'
  const long = [0x20, 1, 0xd, 0xb8, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1]
  test.each<readonly [string, string, readonly Buffer[]]>([
    [dns, 'api.example', [san.dns('api.example')]],
    [dns, 'api.example', [san.dns('x.example'), san.dns('API.example')]],
    [uri, 'spiffe://example/api', [san.uri('spiffe://example/api')]],
    [email, 'api@example.com', [san.email('api@example.com')]],
    [ip, '192.0.2.7', [san.ip(192, 0, 2, 7)]],
    [ip, '2001:DB8::1', [san.ip(...long)]],
  ])('%s %s', async (member, registered, names) => {
    const client = await tlsClient({ [member]: registered })
    expect((await token(client, issued({ names }))).status).toBe(200)
    expectRefused(await token(client, mine))
  })

  test.each<readonly [string, string, string, readonly Buffer[]]>([
    ['a NUL and more', dns, 'api.example', [san.dns('api.example\0.evil.example')]],
    ['a wildcard', dns, 'api.example', [san.dns('*.example')]],
    ['a suffix', dns, 'api.example', [san.dns('x.api.example')]],
    ['a dot at the end', dns, 'api.example', [san.dns('api.example.')]],
    ['a comma and more', dns, 'api.example', [san.dns('evil.example, DNS:api.example')]],
    ['the name as a URI', dns, 'api.example', [san.uri('api.example')]],
    ['another case', uri, 'spiffe://example/api', [san.uri('spiffe://example/API')]],
    ['more of a path', uri, 'spiffe://example/api', [san.uri('spiffe://example/api/x')]],
    ['another case', email, 'api@example.com', [san.email('API@example.com')]],
    ['the neighbour', ip, '192.0.2.7', [san.ip(192, 0, 2, 8)]],
    ['a network', ip, '192.0.2.7', [san.ip(192, 0, 2, 7, 255, 255, 255, 255)]],
    ['the same inside IPv6', ip, '192.0.2.7', [san.ip(0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 255, 255, 192, 0, 2, 7)]],
    ['nothing', dns, 'api', []],
  ])('not with %s (%s)', async (_, member, registered, names) => {
    const client = await tlsClient({ [member]: registered })
    expectRefused(await token(client, issued({ subject: [['CN', registered]], names })))
  })
})

describe('P30: whose word is believed', () => {
  const form = () =>
    new URLSearchParams({
      grant_type: 'client_credentials',
      client_id: service.id,
      resource: stage.api.identifier,
    }).toString()
  const ask = (headers: readonly (readonly [string, string])[], from = '127.0.0.1'): Promise<RawAnswer> =>
    send(stage.world.issuer, {
      path: '/oauth/token',
      method: 'POST',
      from,
      body: form(),
      headers: [['Content-Type', 'application/x-www-form-urlencoded'], ...headers],
    })

  test('the proxy’s, in each way that proxies write a certificate', async () => {
    for (const text of [mine.header, encodeURIComponent(mine.pem), mine.der.toString('base64')])
      expect((await ask([['Client-Cert', text]])).status).toBe(200)
  })

  test('a stranger’s header is not, whatever it says about the way here', async () => {
    const good = ['Client-Cert', mine.header] as const
    expect((await ask([good], '127.0.0.2')).status).toBe(401)
    for (const claim of ['127.0.0.1', '127.0.0.1, 127.0.0.1', '10.0.0.1, 127.0.0.1'])
      expect((await ask([good, ['X-Forwarded-For', claim]], '127.0.0.2')).status).toBe(401)
    expect((await ask([good, ['Forwarded', 'for=127.0.0.1']], '127.0.0.2')).status).toBe(401)
  })

  test('other names for the header are not, from the proxy neither', async () => {
    const names = ['X-Client-Cert', 'X-SSL-Client-Cert', 'SSL-Client-Cert', 'X-Forwarded-Client-Cert']
    for (const name of [...names, 'X-Forwarded-Tls-Client-Cert', 'Client-Cert-Chain', 'Client_Cert'])
      expect((await ask([[name, mine.header]])).status, name).toBe(401)
  })

  test('two of them are none, whichever comes first', async () => {
    for (const pair of [
      [mine, other],
      [other, mine],
      [mine, mine],
    ])
      expect((await ask(pair.map(({ header }) => ['Client-Cert', header]))).status).toBe(401)
    expect((await ask([['Client-Cert', `${mine.header}, ${other.header}`]])).status).toBe(401)
    expect(
      (
        await ask([
          ['Client-Cert', mine.header],
          ['Client-Cert', ''],
        ])
      ).status,
    ).toBe(401)
  })

  const base64 = mine.der.toString('base64')
  const encoded = encodeURIComponent(mine.pem)
  const garbage: Readonly<Record<string, string>> = {
    nothing: '',
    text: 'SUCCESS',
    'what nginx says of nobody': 'NONE',
    'base64 of nothing': '::',
    'base64 of something else': `:${Buffer.from('certificate').toString('base64')}:`,
    'one colon': `:${base64}`,
    'a parameter behind it': `${mine.header};a=b`,
    'a space inside': `:${base64.slice(0, 40)} ${base64.slice(40)}:`,
    'a byte less': `:${mine.der.subarray(0, -1).toString('base64')}:`,
    'the half of it': `:${mine.der.subarray(0, mine.der.length >> 1).toString('base64')}:`,
    'a byte more': `:${Buffer.concat([mine.der, Buffer.alloc(1)]).toString('base64')}:`,
    'two of them': `:${Buffer.concat([mine.der, other.der]).toString('base64')}:`,
    'PEM inside of base64': `:${Buffer.from(mine.pem).toString('base64')}:`,
    'two in PEM': encodeURIComponent(`${mine.pem}${other.pem}`),
    'PEM that is not encoded': mine.pem.replaceAll('\n', ' '),
    'a broken escape': `${encoded}%`,
    'text in front': encodeURIComponent(`x\n${mine.pem}`),
    'a trusted certificate': encoded.replaceAll('CERTIFICATE', 'TRUSTED%20CERTIFICATE'),
    'a key': encodeURIComponent(mine.keyPem),
    'a cut PEM': encoded.slice(0, -40),
    'unused bits': `:${Buffer.concat([mine.der, Buffer.alloc(2)])
      .toString('base64')
      .slice(0, -1)}B:`,
    '13 KB': `:${'A'.repeat(13 * 1024)}:`,
  }
  test.each(Object.entries(garbage))('%s is none', async (_, text) => {
    const { status, text: said } = await ask([['Client-Cert', text]])
    expect([status, JSON.parse(said)]).toMatchObject([401, { error: 'invalid_client' }])
  })

  test('a megabyte is turned away before anything reads it, and the server goes on', async () => {
    const { hostname, port } = new URL(stage.world.issuer)
    const socket = connect(Number(port), hostname)
    const closed = new Promise((resolve) => socket.on('close', resolve))
    let said = ''
    socket.on('data', (chunk: Buffer) => (said += chunk.toString('latin1')))
    // Whoever is turned away while still sending may see no more than the end of the connection.
    socket.on('error', () => {})
    socket.end(
      `POST /oauth/token HTTP/1.1\r\nHost: ${hostname}:${port}\r\nClient-Cert: :${'A'.repeat(1 << 20)}:\r\n\r\n`,
    )
    await closed
    expect(said).toMatch(/^$|^HTTP\/1\.1 431 /)
    expect((await ask([['Client-Cert', mine.header]])).status).toBe(200)
  })

  test('a certificate whose bytes were changed does not stand for it', async () => {
    for (let at = 0; at < mine.der.length; at += 7) {
      const changed = Buffer.from(mine.der)
      changed[at] = (changed[at] ?? 0) ^ 0x20
      const { status, text } = await ask([['Client-Cert', `:${changed.toString('base64')}:`]])
      // The proxy has checked the signature; what is said here is that nothing breaks, and that the token is not for `mine`.
      if (status === 200) {
        const { access_token: value }: { access_token: string } = JSON.parse(text)
        const { body } = await introspect(stage.world, stage.guard, value)
        expect(body['cnf']).not.toEqual({ 'x5t#S256': mine.thumbprint })
      } else expect(status).toBe(401)
    }
  })
})

describe('P30, RFC 8705 §3: tokens that are bound to a certificate', () => {
  test('introspection says to which, of opaque tokens and of JWTs, from the cache too', async () => {
    for (const api of [stage.api, stage.jwtApi]) {
      const value = await tokenText(service, mine, { api })
      for (const _ of [1, 2]) {
        const { body } = await introspect(stage.world, stage.guard, value)
        expect(body).toMatchObject({
          active: true,
          token_type: 'Bearer',
          cnf: { 'x5t#S256': mine.thumbprint },
        })
      }
    }
  })

  test('the JWT itself says so (§3.1)', async () => {
    const value = await tokenText(service, mine, { api: stage.jwtApi })
    const claims: unknown = JSON.parse(Buffer.from(value.split('.')[1] ?? '', 'base64url').toString())
    expect(claims).toMatchObject({ cnf: { 'x5t#S256': mine.thumbprint } })
  })

  test('a client that did not ask for it gets others', async () => {
    const client = await tlsClient({ tls_client_auth_subject_dn: 'CN=api' })
    const { body } = await introspect(stage.world, stage.guard, await tokenText(client, mine))
    expect(body).toMatchObject({ active: true, token_type: 'Bearer' })
    expect(body).not.toHaveProperty('cnf')
  })

  test('a client that asked for it gets no others, however it authenticates', async () => {
    const client = await stage.world.makeClient({
      metadata: { grant_types: ['client_credentials'], ...bound },
    })
    await stage.world.permit({ type: 'client', id: client.id }, stage.api, ['read'])
    const form = {
      grant_type: 'client_credentials',
      resource: stage.api.identifier,
      client_id: client.id,
      client_secret: client.secret,
    }
    const url = `${stage.world.issuer}/oauth/token`
    const without = await postForm(url, form)
    expect([without.status, without.body['error']]).toEqual([400, 'invalid_grant'])
    const expired = issued({ to: new Date(Date.now() - 1000) })
    expect((await postForm(url, form, shown(expired))).status).toBe(400)
    const value = String((await postForm(url, form, shown(other))).body['access_token'])
    const { body } = await introspect(stage.world, stage.guard, value)
    expect(body['cnf']).toEqual({ 'x5t#S256': other.thumbprint })
  })

  test('no token is bound to two things', async () => {
    const proof = await dpopProof(await newDpopKey(), `${stage.world.issuer}/oauth/token`)
    const { status, body } = await token(service, mine, { headers: { dpop: proof } })
    expect(status).toBe(400)
    expect(body).not.toHaveProperty('access_token')
  })

  test('/verify refuses them, with the certificate or without', async () => {
    const audience = encodeURIComponent(stage.api.identifier)
    const value = await tokenText(service, mine)
    const plain = await tokenText(await tlsClient({ tls_client_auth_subject_dn: 'CN=api' }), mine)
    const verify = (text: string, headers: object = {}) =>
      fetch(`${stage.world.issuer}/verify?api=${audience}&scope=read`, {
        headers: { authorization: `Bearer ${text}`, ...headers },
      })
    expect((await verify(plain)).status).toBe(204)
    expect((await verify(value)).status).toBe(401)
    expect((await verify(value, shown(mine))).status).toBe(401)
  })

  test('the management API takes them with their certificate, and not otherwise', async () => {
    const owner = { type: 'client', id: service.id } as const
    await giveRole(stage.world.db, { roleId: 'role_read_only', owner }, systemAct(new Date()))
    const value = await tokenText(service, mine, { api: managementApi(stage.world) })
    const call = (scheme: string, certificate?: TestCertificate | string, from = '127.0.0.1') =>
      send(stage.world.issuer, {
        path: '/api/v1/me',
        from,
        headers: [['Authorization', `${scheme} ${value}`], ...Object.entries(shown(certificate))],
      })
    expect((await call('Bearer', mine)).status).toBe(200)
    const renewed = issued({ key: mine.key })
    for (const [scheme, certificate, from] of [
      ['Bearer', undefined],
      ['Bearer', other],
      ['Bearer', renewed],
      ['Bearer', 'SUCCESS'],
      ['Bearer', mine, '127.0.0.2'],
      ['DPoP', mine],
      ['DPoP', undefined],
    ] as const) {
      const answer = await call(scheme, certificate, from)
      expect(answer.status).toBe(401)
      expect(answer.headers['www-authenticate']).toMatch(/^(Bearer|DPoP) realm=/)
      expect(JSON.parse(answer.text)).toMatchObject({ code: 'invalid_token' })
    }
  })

  test('they are revoked like others', async () => {
    const value = await tokenText(service, mine)
    const form = { client_id: service.id, token: value }
    expect((await postForm(`${stage.world.issuer}/oauth/revoke`, form, shown(mine))).status).toBe(200)
    expect((await introspect(stage.world, stage.guard, value)).text).toBe('{"active":false}')
    const jwt = await tokenText(service, mine, { api: stage.jwtApi })
    for (const certificate of [other, undefined]) {
      const asked = { client_id: service.id, token: jwt }
      expectRefused(await postForm(`${stage.world.issuer}/oauth/revoke`, asked, shown(certificate)))
      expect((await introspect(stage.world, stage.guard, jwt)).body['active']).toBe(true)
    }
  })
})

describe('RFC 8705 §4: an app of people that keeps no secret', () => {
  const interactive = {
    redirect_uris: [redirectUri],
    grant_types: ['authorization_code', 'refresh_token'],
    token_endpoint_auth_method: 'none',
    ...bound,
  }

  async function signedIn(certificate: TestCertificate | undefined) {
    const app = await stage.world.makeClient({ metadata: interactive })
    const params = { scope: 'openid email' }
    const { code, verifier } = await codeFor(stage.world, {
      account: stage.account,
      client: { ...app, isPublic: true },
      params,
    })
    const form = {
      grant_type: 'authorization_code',
      code,
      redirect_uri: redirectUri,
      code_verifier: verifier,
    }
    return { app, answer: await ask(app, form, certificate) }
  }
  const ask = (app: TestClient, form: Readonly<Record<string, string>>, certificate?: TestCertificate) =>
    postForm(`${stage.world.issuer}/oauth/token`, { ...form, client_id: app.id }, shown(certificate))

  test('a code without a certificate buys nothing', async () => {
    const { answer } = await signedIn(undefined)
    expect([answer.status, answer.body['error']]).toEqual([400, 'invalid_grant'])
  })

  test('its refresh token is bound too, and works with that certificate alone', async () => {
    const { app, answer } = await signedIn(mine)
    const refreshToken = String(answer.body['refresh_token'])
    const form = { grant_type: 'refresh_token', refresh_token: refreshToken }
    for (const certificate of [undefined, other, issued({ key: mine.key })]) {
      const { status, body } = await ask(app, form, certificate)
      expect([status, body['error']]).toEqual([400, 'invalid_grant'])
    }
    const next = await ask(app, form, mine)
    expect(next.status).toBe(200)
    expect(next.body['refresh_token'] ?? refreshToken).toBe(refreshToken)
  })

  test('userinfo wants the certificate', async () => {
    const { answer } = await signedIn(mine)
    const authorization = `Bearer ${String(answer.body['access_token'])}`
    const info = (certificate?: TestCertificate | string) =>
      fetch(`${stage.world.issuer}/oauth/userinfo`, { headers: { authorization, ...shown(certificate) } })
    const good = await info(mine)
    expect([good.status, await good.json()]).toMatchObject([200, { email: stage.account.email }])
    for (const certificate of [undefined, other, issued({ key: mine.key }), 'SUCCESS']) {
      const refused = await info(certificate)
      expect(refused.status).toBe(401)
      expect(refused.headers.get('www-authenticate')).toContain('invalid_token')
      expect(await refused.text()).not.toContain(stage.account.email)
    }
  })
})

describe('where the operator has named no header', () => {
  test('nothing is advertised, nobody has a certificate, and whoever needs one gets nothing', async () => {
    const quiet = await openStage({ env: { TRUSTED_PROXIES: '127.0.0.1' } })
    try {
      const { world, api } = quiet
      const said = await (await fetch(`${world.issuer}/.well-known/openid-configuration`)).text()
      expect(said).not.toMatch(/tls_client|mtls/)
      const secret = await world.makeClient({ metadata: { grant_types: ['client_credentials'], ...bound } })
      const tls = await world.makeClient({
        metadata: {
          grant_types: ['client_credentials'],
          token_endpoint_auth_method: 'tls_client_auth',
          tls_client_auth_subject_dn: 'CN=api',
        },
      })
      for (const { id } of [secret, tls]) await world.permit({ type: 'client', id }, api, ['read'])
      const form = { grant_type: 'client_credentials', resource: api.identifier }
      const url = `${world.issuer}/oauth/token`
      expectRefused(await postForm(url, { ...form, client_id: tls.id }, shown(mine)))
      const bySecret = { ...form, client_id: secret.id, client_secret: secret.secret }
      const answer = await postForm(url, bySecret, shown(mine))
      expect([answer.status, answer.body['error']]).toEqual([400, 'invalid_grant'])
    } finally {
      await quiet.close()
    }
  })
})
