/**
 * How many SQL statements each path costs. Counted at the driver, requests one after the other, once the rows of clients,
 * accounts and APIs are in memory.
 */
import { afterAll, beforeAll, expect, test } from 'vitest'
import { countStatements } from '../../bench/statement-counter.ts'
import { prepare } from '../../bench/servers/prepare.ts'
import type { Fixtures } from '../../bench/fixtures.ts'
import { createFixtures } from '../../bench/fixtures.ts'
import type { Credentials } from '../../bench/fixtures.ts'
import { createPreparingProvider } from '../../bench/servers/preparing-provider.ts'
import { openWorld } from '../support/world.ts'
import type { World } from '../support/world.ts'

let world: World
let fixtures: Fixtures
let preparing: ReturnType<typeof createPreparingProvider>

beforeAll(async () => {
  world = await openWorld()
  fixtures = await createFixtures(world.databaseUrl)
  preparing = createPreparingProvider(world.issuer, world.databaseUrl)
})
afterAll(async () => {
  await preparing.close()
  await world.close()
})

function post(path: string, { id, secret }: Credentials, form: Record<string, string>): Promise<Response> {
  return fetch(`${world.issuer}${path}`, {
    method: 'POST',
    headers: { authorization: `Basic ${Buffer.from(`${id}:${secret}`).toString('base64')}` },
    body: new URLSearchParams(form),
  })
}

function serviceToken(resource: string): Promise<Response> {
  return post('/oauth/token', fixtures.service, { grant_type: 'client_credentials', resource, scope: 'read' })
}

async function code(forApi: boolean): Promise<string> {
  const [value = ''] = await prepare(preparing.provider, fixtures, { kind: 'code', count: 1, forApi })
  return value
}

async function refreshToken(): Promise<string> {
  const wanted = { kind: 'refreshToken', count: 1, forApi: true } as const
  const [value = ''] = await prepare(preparing.provider, fixtures, wanted)
  return value
}

async function exchange(value: string): Promise<Response> {
  return post('/oauth/token', fixtures.app, {
    grant_type: 'authorization_code',
    code: value,
    redirect_uri: 'https://app.example/callback',
  })
}

async function tokenOf(answer: Promise<Response>): Promise<string> {
  const body = (await (await answer).json()) as { readonly access_token: string }
  return body.access_token
}

interface Path {
  readonly name: string
  readonly most: number
  /** What each of the requests needs, made beforehand. */
  readonly given?: () => Promise<string>
  readonly request: (given: string) => Promise<Response>
}

const introspect = (token: string) => post('/oauth/introspect', fixtures.caller, { token })

function presented(id: string, api: string) {
  return { subject: { type: 'credential', id }, resource: { type: 'api', id: api } }
}

function evaluate(evaluations: readonly object[]): Promise<Response> {
  const { id, secret } = fixtures.caller
  return fetch(`${world.issuer}/access/v1/evaluations`, {
    method: 'POST',
    headers: {
      'content-type': 'application/json',
      authorization: `Basic ${Buffer.from(`${id}:${secret}`).toString('base64')}`,
    },
    body: JSON.stringify({ action: { name: 'read' }, evaluations }),
  })
}

async function twentyTokens(): Promise<string> {
  const tokens = await Promise.all(
    Array.from({ length: 20 }, (_, index) =>
      tokenOf(serviceToken(index % 2 === 0 ? fixtures.opaqueApi : fixtures.jwtApi)),
    ),
  )
  return tokens.join(' ')
}

let subjects = 0

/** A token, and an account and a client that were not asked about before. */
function manySubjects(token: string): readonly object[] {
  subjects += 1
  const resource = { type: 'api', id: fixtures.opaqueApi }
  return [
    presented(token, token.includes('.') ? fixtures.jwtApi : fixtures.opaqueApi),
    { subject: { type: 'account', id: `acc_${subjects}` }, resource },
    { subject: { type: 'client', id: `cli_${subjects}` }, resource },
  ]
}

const paths: readonly Path[] = [
  {
    name: 'client credentials, opaque',
    most: 1,
    request: () => serviceToken(fixtures.opaqueApi),
  },
  { name: 'client credentials, JWT', most: 0, request: () => serviceToken(fixtures.jwtApi) },
  {
    name: 'code exchange',
    most: 3,
    given: () => code(true),
    request: exchange,
  },
  {
    name: 'refresh with rotation',
    most: 3,
    given: refreshToken,
    request: (token) =>
      post('/oauth/token', fixtures.app, { grant_type: 'refresh_token', refresh_token: token }),
  },
  {
    // The library's own look-up, and the one answer's.
    name: 'introspection of a service’s token',
    most: 2,
    given: () => tokenOf(serviceToken(fixtures.opaqueApi)),
    request: introspect,
  },
  {
    name: 'introspection of an account’s token',
    most: 3,
    given: async () => tokenOf(exchange(await code(true))),
    request: introspect,
  },
  {
    name: 'introspection of a service’s JWT',
    most: 1,
    given: () => tokenOf(serviceToken(fixtures.jwtApi)),
    request: introspect,
  },
  {
    name: 'an evaluation of a service’s token',
    most: 1,
    given: () => tokenOf(serviceToken(fixtures.opaqueApi)),
    request: (token) => evaluate([presented(token, fixtures.opaqueApi)]),
  },
  {
    name: 'evaluations of twenty tokens, JWTs among them, of twenty accounts and of twenty clients',
    // The tokens, the JWTs, the permissions; the accounts and the clients, which are read because nobody has them.
    most: 5,
    given: twentyTokens,
    request: (tokens) => evaluate(tokens.split(' ').flatMap(manySubjects)),
  },
  {
    name: 'userinfo',
    most: 2,
    given: async () => tokenOf(exchange(await code(false))),
    request: (token) =>
      fetch(`${world.issuer}/oauth/userinfo`, { headers: { authorization: `Bearer ${token}` } }),
  },
  {
    name: 'discovery',
    most: 0,
    request: () => fetch(`${world.issuer}/.well-known/openid-configuration`),
  },
  { name: 'jwks', most: 0, request: () => fetch(`${world.issuer}/oauth/jwks`) },
]

/** The statements of one request; the rows of clients, accounts and APIs were read by those before it. */
async function statementsOf({ given, request }: Path): Promise<readonly string[]> {
  const values = await Promise.all([given?.() ?? '', given?.() ?? ''])
  await (await request(values[0])).arrayBuffer()
  const count = countStatements()
  try {
    const answer = await request(values[1])
    await answer.arrayBuffer()
    expect(answer.status).toBe(200)
  } finally {
    count.stop()
  }
  return count.statements
}

/** What was asked more often than it may be; the names tell whoever reads a failure what came in addition. */
async function excessOf(path: Path): Promise<readonly string[]> {
  const statements = await statementsOf(path)
  return statements.length > path.most ? statements : []
}

test.each(paths)(
  '$name costs $most SQL statements at most, and none for the rows of clients, accounts and APIs',
  async (path) => {
    // A machine that stands still for a moment costs the trust in what is kept in memory; then rows are read again.
    await expect.poll(() => excessOf(path)).toEqual([])
  },
)
