/**
 * Real proxies that end TLS and verify certificates in front of Latchkey: nginx and Caddy as Debian packages them, each with
 * the configuration of the README. Without the program its part is skipped, and says so.
 */
import { writeFileSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { request as httpsRequest } from 'node:https'
import { once } from 'node:events'
import { join } from 'node:path'
import type { IncomingMessage } from 'node:http'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { newCertificate, san } from '../support/certificates.ts'
import type { TestCertificate } from '../support/certificates.ts'
import { missing, nginxWith, openGateway } from '../support/gateway.ts'
import type { Gateway, GatewayProgram } from '../support/gateway.ts'
import { certificateEnv } from '../support/introspection.ts'
import { introspect } from '../support/oauth.ts'
import { openStage } from '../support/stage.ts'
import type { Stage } from '../support/stage.ts'
import type { TestClient } from '../support/world.ts'

const readme = await readFile(new URL('../../README.md', import.meta.url), 'utf8')
const section = readme.slice(readme.indexOf('### Certificates of clients'))
const fenced = (language: string) =>
  new RegExp(`\`\`\`${language}\n([^\`]+)\`\`\``).exec(section)?.[1] ?? `no ${language} in the README`

const authority = newCertificate({ subject: [['CN', 'Clients CA']], isAuthority: true })
const otherAuthority = newCertificate({ subject: [['CN', 'Clients CA']], isAuthority: true })
const hostname = 'login.example.com'
const server = newCertificate({ subject: [['CN', hostname]], names: [san.dns(hostname)] })
const billing = {
  subject: [
    ['C', 'DE', 0x13],
    ['O', 'Example'],
    ['CN', 'billing'],
  ],
} as const
const mine = newCertificate({ ...billing, issuer: authority })
const renewed = newCertificate({ ...billing, issuer: authority })
const neighbour = newCertificate({ subject: [['CN', 'other']], issuer: authority })
/** Whom no proxy should believe, all with the right name. */
const strangers = {
  'signed by itself': newCertificate(billing),
  'of another authority of the same name': newCertificate({ ...billing, issuer: otherAuthority }),
  'that has expired': newCertificate({ ...billing, issuer: authority, to: new Date(Date.now() - 60_000) }),
}

/** Puts a proxy's files and ports where the README has its own. */
function placed(text: string, at: { port: number; directory: string; host: string }): string {
  const { port, directory, host } = at
  const file = (name: string, content: string): string => {
    writeFileSync(join(directory, name), content)
    return join(directory, name)
  }
  const login = file('login.pem', server.pem)
  const key = file('login.key', server.keyPem)
  return text
    .replace('/etc/ssl/login.pem', login)
    .replace('/etc/ssl/login.key', key)
    .replace('/etc/ssl/clients-ca.pem', file('clients-ca.pem', authority.pem))
    .replace('listen 443 ssl;', `listen 127.0.0.1:${port} ssl;`)
    .replace('Host $host;', `Host ${host};`)
    .replace('login.example.com {', `https://${hostname}:${port} {\n  bind 127.0.0.1`)
    .replace('tls {', `tls ${login} ${key} {`)
    .replace('header_up Client', `header_up Host ${host}\n    header_up Client`)
    .replace('127.0.0.1:3000', host)
}

function nginx(host: string, mode = 'optional'): GatewayProgram {
  return nginxWith((places) =>
    placed(fenced('nginx'), { ...places, host }).replace('client optional;', `client ${mode};`),
  )
}

function caddy(host: string): GatewayProgram {
  return {
    command: 'caddy',
    fileName: 'Caddyfile',
    arguments: (file) => ['run', '--adapter', 'caddyfile', '--config', file],
    configuration: ({ port, directory }) => `
{
  admin off
  auto_https off
  log {
    level ERROR
  }
}
${placed(fenced('caddyfile'), { port, directory, host })}
`,
  }
}

const programs = [
  { name: 'nginx, ssl_verify_client optional', program: nginx, absent: missing('nginx', '-v') },
  {
    name: 'nginx, ssl_verify_client optional_no_ca',
    program: (host: string) => nginx(host, 'optional_no_ca'),
    absent: missing('nginx', '-v'),
  },
  { name: 'Caddy, verify_if_given', program: caddy, absent: missing('caddy', 'version') },
]
for (const { name, absent } of programs)
  if (absent !== undefined) console.warn(`skipped: the proxy ${name}: ${absent}`)

describe.each(programs.filter(({ absent }) => absent === undefined))('$name', ({ program }) => {
  let stage: Stage
  let proxy: Gateway
  let client: TestClient

  beforeAll(async () => {
    stage = await openStage({ env: certificateEnv })
    proxy = await openGateway(program(new URL(stage.world.issuer).host))
    client = await stage.world.makeClient({
      metadata: {
        grant_types: ['client_credentials'],
        token_endpoint_auth_method: 'tls_client_auth',
        tls_client_auth_subject_dn: 'CN=billing,O=Example,C=DE',
        tls_client_certificate_bound_access_tokens: true,
      },
    })
    await stage.world.permit({ type: 'client', id: client.id }, stage.api, ['read'])
  })
  afterAll(async () => {
    await proxy.close()
    await stage.close()
  })

  /** Asks for a token over a TLS connection of its own; a status of 0 if there was none. */
  async function ask(
    shown: TestCertificate | undefined,
    headers: Readonly<Record<string, string>> = {},
  ): Promise<{ readonly status: number; readonly body: Readonly<Record<string, unknown>> }> {
    const form = { grant_type: 'client_credentials', client_id: client.id, resource: stage.api.identifier }
    const { port } = new URL(proxy.origin)
    const sent = httpsRequest({
      host: '127.0.0.1',
      port,
      servername: hostname,
      path: '/oauth/token',
      method: 'POST',
      agent: false,
      ca: server.pem,
      ...(shown && { cert: shown.pem, key: shown.keyPem }),
      headers: {
        Host: `${hostname}:${port}`,
        'Content-Type': 'application/x-www-form-urlencoded',
        ...headers,
      },
    })
    try {
      sent.end(new URLSearchParams(form).toString())
      const [answer] = (await once(sent, 'response')) as [IncomingMessage]
      const text = (await answer.toArray()).join('')
      const isJson = answer.headers['content-type']?.startsWith('application/json') === true
      return { status: answer.statusCode ?? 0, body: isJson ? JSON.parse(text) : {} }
    } catch (error) {
      // The end of a handshake, and nothing else, is what a stranger may see instead of an answer.
      if (!/ssl|tls|ECONNRESET|EPIPE|EPROTO|hang up/i.test(String(error))) throw error
      return { status: 0, body: {} }
    } finally {
      sent.destroy()
    }
  }

  test('P30: a verified certificate authenticates the client, and its tokens are bound to it', async () => {
    for (const certificate of [mine, renewed]) {
      const { status, body } = await ask(certificate)
      expect([status, body['token_type']]).toEqual([200, 'Bearer'])
      const told = await introspect(stage.world, stage.guard, String(body['access_token']))
      expect(told.body).toMatchObject({ active: true, cnf: { 'x5t#S256': certificate.thumbprint } })
    }
  })

  test('P30: a verified certificate of somebody else does not, nor does none', async () => {
    for (const certificate of [neighbour, undefined]) {
      const { status, body } = await ask(certificate)
      expect([status, body['error']]).toEqual([401, 'invalid_client'])
    }
  })

  test.each(Object.entries(strangers))('P30: a certificate %s does not', async (_, certificate) => {
    const { status, body } = await ask(certificate)
    expect(body).not.toHaveProperty('access_token')
    expect([0, 400, 401]).toContain(status)
  })

  test('P30: what the client writes into the header does not reach the server, with a certificate or without', async () => {
    for (const [name, text] of [
      ['Client-Cert', mine.header],
      ['client-cert', encodeURIComponent(mine.pem)],
      ['CLIENT-CERT', mine.der.toString('base64')],
      ['X-SSL-Client-Cert', mine.header],
    ] as const) {
      for (const certificate of [undefined, neighbour])
        expect((await ask(certificate, { [name]: text })).status, name).toBe(401)
      // Nor does it stand beside the real one.
      expect((await ask(mine, { [name]: neighbour.header })).status, name).toBe(200)
    }
  })
})

test('the README has both configurations', () => {
  expect(fenced('nginx')).toContain('proxy_set_header Client-Cert $verified_certificate;')
  expect(fenced('caddyfile')).toContain('mode verify_if_given')
})
