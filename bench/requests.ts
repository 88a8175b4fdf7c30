/** The requests that are measured, as clients send them. The same bytes go to every server that is compared. */
import type { MeasuredServer } from './child.ts'
import { pathsOf } from './paths.ts'
import type { Paths } from './paths.ts'
import type { Setup } from './servers/protocol.ts'
import { redirectUri } from './fixtures.ts'
import type { Credentials, Fixtures } from './fixtures.ts'
import type { LoadRequest, RequestSource } from './load.ts'
import { storeStock } from './stock.ts'
import type { Stock, StockWishes } from './stock.ts'

/** Who is asked, and by whom. */
export interface Target {
  readonly server: MeasuredServer
  readonly fixtures: Fixtures
  /** Where this server has its protocol endpoints. */
  readonly paths: Paths
  /** Stored on first use. */
  readonly stock: () => Promise<Stock>
}

/** Makes the requests of one measurement. */
export type MakeSource = (target: Target) => Promise<RequestSource>

/** The same GET again and again. */
export function get(pathOf: (paths: Paths) => string): MakeSource {
  return async ({ paths }) => same({ method: 'GET', path: pathOf(paths), headers: {} })
}

/** A form, where only reading it is measured. */
export async function plainForm({ fixtures }: Target): Promise<RequestSource> {
  return same(form('/', fixtures.service, { grant_type: 'client_credentials', scope: 'read' }))
}

/** A question about a token, where only reading it is measured. */
export async function plainQuestion({ fixtures }: Target): Promise<RequestSource> {
  return same(form('/', fixtures.caller, { token: 'A'.repeat(43) }))
}

/** Client credentials for an API, which decides the token's format. */
export function clientCredentials(api: 'opaqueApi' | 'jwtApi'): MakeSource {
  return async (target) => same(serviceTokenRequest(target, api))
}

/** The question about a token, asked by its API. */
export function introspection(of: 'service' | 'account'): MakeSource {
  return async (target) => {
    const token =
      of === 'service'
        ? await issue(target, serviceTokenRequest(target, 'opaqueApi'))
        : await accountToken(target, true)
    return same(form(target.paths.introspection, target.fixtures.caller, { token }))
  }
}

/** The same question about a JWT access token. */
export async function jwtIntrospection(target: Target): Promise<RequestSource> {
  const token = await issue(target, serviceTokenRequest(target, 'jwtApi'))
  return same(form(target.paths.introspection, target.fixtures.caller, { token }))
}

/** The question about a key with limits, a decision wanted. */
export async function keyIntrospection({ paths, fixtures }: Target): Promise<RequestSource> {
  const fields = { token: fixtures.limitedKey, required_scope: 'read' }
  return same(form(paths.introspection, fixtures.caller, fields))
}

/** The question about another stored token each time. */
export function otherTokens(pathOf: (paths: Paths) => string): MakeSource {
  return async ({ paths, fixtures, stock }) => {
    const { token, tokenCount } = await stock()
    const form = formTo(pathOf(paths), fixtures.caller)
    return others(tokenCount, (position) => form({ token: token(position) }))
  }
}

/** The question about another stored key each time. */
export async function otherKeys({ paths, fixtures, stock }: Target): Promise<RequestSource> {
  const { keys } = await stock()
  const form = formTo(paths.introspection, fixtures.caller)
  return others(keys.length, (position) => form({ token: keys[position] ?? '' }))
}

/** The question about a token in the words of AuthZEN; so many of them in one request, if that is given. */
export function evaluation(of: 'koa' | 'latchkey', count?: number): MakeSource {
  return async (target) => {
    const { fixtures } = target
    const token =
      of === 'koa' ? 'A'.repeat(43) : await issue(target, serviceTokenRequest(target, 'opaqueApi'))
    const asked = {
      subject: { type: 'access_token', id: token },
      action: { name: 'read' },
      resource: { type: 'api', id: fixtures.opaqueApi },
    }
    const evaluations = Array.from({ length: count ?? 0 }, () => ({}))
    const path = count === undefined ? '/access/v1/evaluation' : '/access/v1/evaluations'
    const headers = { ...formTo('', fixtures.caller)({}).headers, 'content-type': 'application/json' }
    const body = JSON.stringify(count === undefined ? asked : { ...asked, evaluations })
    return same({ method: 'POST', path, headers, body })
  }
}

/** What a gateway asks about a request with a token. */
export async function tokenVerification(target: Target): Promise<RequestSource> {
  const token = await issue(target, serviceTokenRequest(target, 'opaqueApi'))
  return same(verification(target, { authorization: `Bearer ${token}` }))
}

/** The same about a request with a key. */
export function keyVerification(of: 'plainKey' | 'limitedKey'): MakeSource {
  return async (target) => same(verification(target, { 'x-api-key': target.fixtures[of] }))
}

function verification({ fixtures }: Target, headers: LoadRequest['headers']): LoadRequest {
  const query = new URLSearchParams({ api: fixtures.opaqueApi, scope: 'read' })
  return { method: 'GET', path: `/verify?${query.toString()}`, headers }
}

// Stored in a row, so asked about far from each other: no page of the table is there because of the request before.
const stride = 7919

function others(count: number, request: (position: number) => LoadRequest): RequestSource {
  let asked = 0
  const next = (): LoadRequest => {
    asked += 1
    return request((asked * stride) % count)
  }
  return { kind: 'other', next }
}

/** The account's claims. */
export async function userinfo(target: Target): Promise<RequestSource> {
  const token = await accountToken(target, false)
  return same({ method: 'GET', path: target.paths.userinfo, headers: { authorization: `Bearer ${token}` } })
}

/** Code exchange: each code once. */
export async function codeExchange(target: Target): Promise<RequestSource> {
  return once(target, 'code', codeRequest)
}

/** Refresh with rotation: each refresh token once. */
export async function refresh(target: Target): Promise<RequestSource> {
  return once(target, 'refreshToken', ({ paths, fixtures }, value) =>
    form(paths.token, fixtures.app, { grant_type: 'refresh_token', refresh_token: value }),
  )
}

/** The sign-in page that a browser is sent to. */
export async function signInPage({ server, fixtures }: Target): Promise<RequestSource> {
  const query = new URLSearchParams({
    client_id: fixtures.app.id,
    response_type: 'code',
    redirect_uri: redirectUri,
    scope: 'openid',
    // RFC 7636 Appendix B.
    code_challenge: 'E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM',
    code_challenge_method: 'S256',
  })
  const answer = await fetch(`${server.origin}/oauth/authorize?${query.toString()}`, { redirect: 'manual' })
  const location = answer.headers.get('location')
  if (location === null) throw new Error(`no sign-in began: ${await answer.text()}`)
  const cookie = answer.headers
    .getSetCookie()
    .map((line) => line.split(';', 1)[0])
    .join('; ')
  return same({ method: 'GET', path: new URL(location, server.origin).pathname, headers: { cookie } })
}

function same(request: LoadRequest): RequestSource {
  return { kind: 'same', request }
}

function once(
  target: Target,
  kind: 'code' | 'refreshToken',
  request: (target: Target, value: string) => LoadRequest,
): RequestSource {
  return {
    kind: 'once',
    make: async (count) => {
      const values = await target.server.call('prepare', { kind, count, forApi: true })
      return values.map((value) => request(target, value))
    },
  }
}

function form(path: string, client: Credentials, fields: Record<string, string>): LoadRequest {
  return formTo(path, client)(fields)
}

function formTo(path: string, { id, secret }: Credentials): (fields: Record<string, string>) => LoadRequest {
  const common = {
    method: 'POST',
    path,
    headers: {
      'content-type': 'application/x-www-form-urlencoded',
      // RFC 6749 §2.3.1: form-encoded first; ours hold only characters that this does not change.
      authorization: `Basic ${Buffer.from(`${id}:${secret}`).toString('base64')}`,
    },
  } as const
  return (fields) => ({ ...common, body: new URLSearchParams(fields).toString() })
}

function serviceTokenRequest(
  { paths, fixtures }: Pick<Target, 'paths' | 'fixtures'>,
  api: 'opaqueApi' | 'jwtApi',
): LoadRequest {
  return form(paths.token, fixtures.service, {
    grant_type: 'client_credentials',
    resource: fixtures[api],
    scope: 'read',
  })
}

/** Stores others like a token of the service and like its key. */
export async function stockOf(
  { server, fixtures, databaseUrl }: Setup & Pick<Target, 'server'>,
  counts: Pick<StockWishes, 'tokenCount' | 'keyCount'>,
): Promise<Stock> {
  const asked = serviceTokenRequest({ paths: pathsOf.latchkey, fixtures }, 'opaqueApi')
  const token = await issue({ server }, asked)
  return storeStock({ ...counts, databaseUrl, token, key: fixtures.plainKey })
}

function codeRequest({ paths, fixtures }: Target, code: string): LoadRequest {
  return form(paths.token, fixtures.app, {
    grant_type: 'authorization_code',
    code,
    redirect_uri: redirectUri,
  })
}

async function accountToken(target: Target, forApi: boolean): Promise<string> {
  const [code = ''] = await target.server.call('prepare', { kind: 'code', count: 1, forApi })
  return issue(target, codeRequest(target, code))
}

async function issue(
  { server }: Pick<Target, 'server'>,
  { method, path, headers, body }: LoadRequest,
): Promise<string> {
  const answer = await fetch(`${server.origin}${path}`, { method, headers, body: body ?? null })
  const { access_token: token } = (await answer.json()) as { readonly access_token?: string }
  if (token === undefined) throw new Error(`${path} answered ${answer.status} without a token`)
  return token
}
