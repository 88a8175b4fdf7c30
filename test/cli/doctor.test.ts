/** The doctor, at real servers: a good one, and ones that something on the way has spoilt. */
import { createServer, request } from 'node:http'
import type { IncomingMessage, OutgoingHttpHeaders, Server } from 'node:http'
import { once } from 'node:events'
import type { AddressInfo } from 'node:net'
import { text } from 'node:stream/consumers'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { z } from 'zod'
import { openWorld } from '../support/world.ts'
import type { World } from '../support/world.ts'
import { openProgram } from './support.ts'
import type { Program } from './support.ts'

const findingsOf = z.object({
  problems: z.number(),
  findings: z.array(z.object({ code: z.string(), level: z.string(), mend: z.string().optional() })),
})

let world: World
let program: Program
const proxies: Server[] = []

beforeAll(async () => {
  world = await openWorld()
  program = openProgram(world.databaseUrl)
})
afterAll(async () => {
  for (const proxy of proxies) proxy.close()
  await world.close()
})

test('at a server as it comes, everything that is asked from outside is as it should be', async () => {
  const { problems } = await examine(world.issuer)
  const outside = [
    'issuer_exact',
    'host_pinned',
    'forwarded_pinned',
    'key_set',
    'pages_protected',
    'trace_refused',
  ]
  for (const code of [...outside, 'metadata_identical', 'code_only', 'pkce_s256', 'management_not_public']) {
    expect(problems, code).not.toContain(code)
  }
})

test.each<[string, string, Spoil]>([
  [
    'a proxy that strips headers',
    'pages_protected',
    { headers: ({ 'content-security-policy': _gone, ...rest }) => rest },
  ],
  [
    'a proxy that opens everything to other origins',
    'no_cors_on_authorize',
    { headers: (headers) => ({ ...headers, 'access-control-allow-origin': '*' }) },
  ],
  [
    'a server that believes any host',
    'host_pinned',
    { body: (body, { host }) => body.replaceAll(world.issuer, `http://${host ?? ''}`) },
  ],
  [
    'a key set with a private key',
    'key_set',
    { body: (body) => body.replace('"kty"', '"d":"secret","kty"') },
  ],
  [
    'a server with the implicit flow',
    'code_only',
    {
      body: (body) =>
        body.replace('"response_types_supported":["code"]', '"response_types_supported":["code","token"]'),
    },
  ],
  [
    'metrics on the public address',
    'management_not_public',
    { status: (status, path) => (path === '/metrics' ? 200 : status) },
  ],
])('%s is found out', async (_, code, spoil) => {
  const { problems, exitCode } = await examine(await openProxy(spoil))
  expect(problems).toContain(code)
  expect(exitCode).toBe(1)
})

test('a server that is not there is a finding, and every problem says how to mend it', async () => {
  const gone = createServer().listen(0, '127.0.0.1')
  await once(gone, 'listening')
  const url = originOf(gone)
  gone.close()
  await once(gone, 'close')
  const { problems, findings } = await examine(url)
  expect(problems).toContain('server_reachable')
  for (const finding of findings) if (finding.level !== 'ok') expect(finding.mend, finding.code).toBeTruthy()
})

test('weak clients and APIs, and unsafe settings, are named', async () => {
  await world.makeClient({
    metadata: { redirect_uris: ['https://old.example/callback'] },
    settings: { pkceRequired: false },
  })
  await world.makeApi()
  await world.makeApi({ settings: { tokenFormat: 'jwt', accessTokenLifetimeSeconds: 86_400 } })
  const { findings } = await examine(world.issuer, ['--offline'], {
    LOG_LEVEL: 'debug',
    LEAKED_KEY_POLICY: 'notify',
  })
  const advised = findings.filter(({ level }) => level === 'advice').map(({ code }) => code)
  expect(advised).toEqual(
    expect.arrayContaining([
      'pkce_everywhere',
      'jwt_lifetimes',
      'opaque_introspected',
      'log_level',
      'leaked_keys_end',
    ]),
  )
})

test('clients that need a certificate where nobody can show one are named', async () => {
  const header = { CLIENT_CERTIFICATE_HEADER: 'Client-Cert', TRUSTED_PROXIES: '10.0.0.7' }
  const isFound = async (env?: Readonly<Record<string, string>>) =>
    (await examine(world.issuer, ['--offline'], env)).problems.includes('client_certificates')
  expect(await isFound()).toBe(false)
  await world.makeClient({
    metadata: {
      grant_types: ['client_credentials'],
      token_endpoint_auth_method: 'tls_client_auth',
      tls_client_auth_subject_dn: 'CN=api',
    },
  })
  expect([await isFound(), await isFound(header)]).toEqual([true, false])
})

test('a database that cannot be reached is a finding among the others', async () => {
  const { stdout, exitCode } = await openProgram('postgres://nobody@127.0.0.1:1/none').run([
    'doctor',
    '--offline',
    '--json',
  ])
  const { findings } = findingsOf.parse(JSON.parse(stdout))
  expect(exitCode).toBe(1)
  expect(findings.map(({ code }) => code)).toEqual(
    expect.arrayContaining(['database_unavailable', 'password_hashing']),
  )
})

test('people read what to mend, and nothing that is well unless they ask', async () => {
  const { stdout } = await program.run(['doctor', '--offline'])
  expect(stdout).toMatch(/checks are as they should be/)
  expect(stdout).not.toMatch(/^\s+OK /m)
  expect((await program.run(['doctor', '--offline', '--all'])).stdout).toMatch(/^\s+OK /m)
})

interface Spoil {
  readonly headers?: (headers: OutgoingHttpHeaders) => OutgoingHttpHeaders
  readonly body?: (body: string, headers: IncomingMessage['headers']) => string
  readonly status?: (status: number, path: string) => number
}

/** Something between the server and the world that spoils its answers. */
async function openProxy(spoil: Spoil): Promise<string> {
  const proxy = createServer((incoming, answer) => {
    const target = new URL(incoming.url ?? '/', world.issuer)
    const headers = { ...incoming.headers, host: target.host }
    const forwarded = request(target, { method: incoming.method, headers }, (response) => {
      void text(response).then((body) => {
        const { 'content-length': _length, 'transfer-encoding': _encoding, ...kept } = response.headers
        const status = spoil.status?.(response.statusCode ?? 0, target.pathname) ?? response.statusCode ?? 0
        answer.writeHead(status, spoil.headers?.(kept) ?? kept)
        answer.end(spoil.body?.(body, incoming.headers) ?? body)
      })
    })
    forwarded.on('error', () => answer.destroy()).end()
  })
  proxies.push(proxy)
  proxy.listen(0, '127.0.0.1')
  await once(proxy, 'listening')
  return originOf(proxy)
}

async function examine(
  url: string,
  more: readonly string[] = [],
  env: Readonly<Record<string, string>> = {},
) {
  const { stdout, exitCode } = await program.run(['doctor', '--url', url, '--json', ...more], { env })
  const { findings } = findingsOf.parse(JSON.parse(stdout))
  const problems = findings.filter(({ level }) => level === 'problem').map(({ code }) => code)
  return { findings, problems, exitCode }
}

function originOf(server: Server): string {
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`
}
