/** The requests that are measured, as clients send them. The same bytes go to every server that is compared. */
import type { MeasuredServer } from './child.ts'
import { redirectUri } from './fixtures.ts'
import type { Credentials, Fixtures } from './fixtures.ts'
import type { LoadRequest, RequestSource } from './load.ts'

/** Who is asked, and by whom. */
export interface Target {
  readonly server: MeasuredServer
  readonly fixtures: Fixtures
  /** Where this server has its protocol endpoints. */
  readonly paths: Paths
}

/** The paths of the protocol; those of the bare library are its defaults. */
export interface Paths {
  readonly token: string
  readonly introspection: string
  readonly userinfo: string
  readonly jwks: string
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

function form(path: string, { id, secret }: Credentials, fields: Record<string, string>): LoadRequest {
  return {
    method: 'POST',
    path,
    headers: {
      'content-type': 'application/x-www-form-urlencoded',
      // RFC 6749 §2.3.1: form-encoded first; ours hold only characters that this does not change.
      authorization: `Basic ${Buffer.from(`${id}:${secret}`).toString('base64')}`,
    },
    body: new URLSearchParams(fields).toString(),
  }
}

function serviceTokenRequest({ paths, fixtures }: Target, api: 'opaqueApi' | 'jwtApi'): LoadRequest {
  return form(paths.token, fixtures.service, {
    grant_type: 'client_credentials',
    resource: fixtures[api],
    scope: 'read',
  })
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

async function issue({ server }: Target, { method, path, headers, body }: LoadRequest): Promise<string> {
  const answer = await fetch(`${server.origin}${path}`, { method, headers, body: body ?? null })
  const { access_token: token } = (await answer.json()) as { readonly access_token?: string }
  if (token === undefined) throw new Error(`${path} answered ${answer.status} without a token`)
  return token
}
