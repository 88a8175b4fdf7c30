/**
 * Our own pages as a client of our own provider: discovery, code, PKCE, state and nonce by a certified client library. What
 * it sends goes to this server's own listener without leaving the process, so it works behind any proxy and needs no name
 * that this machine could resolve. Tokens never reach the browser, and none is kept after the ID token was read.
 */
import type { RequestListener } from 'node:http'
import inject from 'light-my-request'
import {
  allowInsecureRequests,
  AuthorizationResponseError,
  authorizationCodeGrant,
  buildAuthorizationUrl,
  buildEndSessionUrl,
  calculatePKCECodeChallenge,
  Configuration,
  customFetch,
  discovery,
  None,
  ResponseBodyError,
} from 'openid-client'
import type { CustomFetch, ServerMetadata } from 'openid-client'
import { z } from 'zod'
import type { OwnClientSettings } from '../domain/clients/own-clients.ts'
import type { Identity } from '../domain/web-sessions/web-sessions.ts'
import { Refusal } from '../platform/errors.ts'

/** What the client is made of. */
export interface OwnClientParts {
  readonly issuer: string
  readonly client: OwnClientSettings
  /** The server's own request listener. */
  readonly dispatch: RequestListener
}

/** On whose behalf a request is sent, so that limits and the log see the person and not the server. */
export interface Visitor {
  readonly address: string | undefined
  readonly userAgent: string | undefined
}

/** What an authorization request asks for. */
export interface AuthorizationWishes {
  readonly state: string
  readonly nonce: string
  readonly codeVerifier: string
  readonly maxAgeSeconds: number | undefined
  readonly acrValues: string | undefined
}

/** What came of an authorization response. */
export type Exchange =
  | { readonly outcome: 'signed_in'; readonly identity: Identity }
  /** The provider says that there will be no sign-in: it was cancelled, or is not what was demanded. */
  | { readonly outcome: 'refused'; readonly error: string }
  /** A response that does not belong to this sign-in, or a code that was used. */
  | { readonly outcome: 'invalid' }

/** The client of one of our own pages. */
export interface OwnClient {
  readonly clientId: string
  readonly authorizationUrl: (wishes: AuthorizationWishes, visitor: Visitor) => Promise<URL>
  readonly exchange: (
    response: URL,
    expected: Omit<AuthorizationWishes, 'acrValues'>,
    visitor: Visitor,
  ) => Promise<Exchange>
  /** Ends the browser session at the provider as the person would who confirms it there. */
  readonly signOut: (visitor: Visitor & { readonly cookies: string }) => Promise<SignedOut>
}

/** Where the browser goes next, and the cookies it is to forget. */
export interface SignedOut {
  readonly location: string
  readonly setCookies: readonly string[]
}

// Asked for by name, because tokens carry only what is asked for (OpenID Connect Core §5.5.1).
const wantedClaims = JSON.stringify({
  id_token: { sid: null, acr: null, amr: null, auth_time: { essential: true } },
})

const idTokenClaims = z.object({
  sub: z.string(),
  sid: z.string(),
  acr: z.string().optional(),
  amr: z.array(z.string()).default([]),
  auth_time: z.int(),
})

/** The client of one of our own pages. Nothing is asked of the server before somebody comes. */
export function createOwnClient({ issuer, client, dispatch }: OwnClientParts): OwnClient {
  const { clientId, redirectUri, postLogoutRedirectUri } = client
  let known: Promise<ServerMetadata> | undefined
  const configuration = async (visitor: Visitor): Promise<Configuration> => {
    const fetch = inProcessFetch({ issuer: new URL(issuer), dispatch }, visitor)
    known ??= discover(issuer, clientId, fetch).catch((error: unknown) => {
      known = undefined
      throw error
    })
    const metadata = { id_token_signed_response_alg: 'ES256' }
    const made = new Configuration(await known, clientId, metadata, None())
    if (issuer.startsWith('http:')) allowInsecureRequests(made)
    made[customFetch] = fetch
    return made
  }
  return {
    clientId,
    authorizationUrl: async (wishes, visitor) => {
      const { state, nonce, maxAgeSeconds, acrValues } = wishes
      return buildAuthorizationUrl(await configuration(visitor), {
        redirect_uri: redirectUri,
        scope: 'openid',
        state,
        nonce,
        code_challenge: await calculatePKCECodeChallenge(wishes.codeVerifier),
        code_challenge_method: 'S256',
        claims: wantedClaims,
        ...(maxAgeSeconds !== undefined && { max_age: String(maxAgeSeconds) }),
        ...(acrValues !== undefined && { acr_values: acrValues }),
      })
    },
    exchange: async (response, expected, visitor) =>
      exchange(await configuration(visitor), new URL(`${redirectUri}${response.search}`), expected),
    signOut: async (visitor) => {
      const wishes = { post_logout_redirect_uri: postLogoutRedirectUri }
      const url = buildEndSessionUrl(await configuration(visitor), wishes)
      return confirmSignOut({ issuer: new URL(issuer), dispatch, url }, visitor)
    },
  }
}

async function exchange(
  configuration: Configuration,
  response: URL,
  { state, nonce, codeVerifier }: Omit<AuthorizationWishes, 'acrValues'>,
): Promise<Exchange> {
  try {
    const tokens = await authorizationCodeGrant(configuration, response, {
      expectedState: state,
      expectedNonce: nonce,
      pkceCodeVerifier: codeVerifier,
      idTokenExpected: true,
    })
    const { sub, sid, acr, amr, auth_time: authTime } = idTokenClaims.parse(tokens.claims())
    return {
      outcome: 'signed_in',
      identity: { accountId: sub, clientSid: sid, acr, amr, authTime: new Date(authTime * 1000) },
    }
  } catch (error) {
    if (error instanceof AuthorizationResponseError) return { outcome: 'refused', error: error.error }
    if (error instanceof ResponseBodyError && error.status < 500) return { outcome: 'invalid' }
    if (error instanceof ResponseBodyError && error.status === 503) {
      throw new Refusal('temporarily_unavailable', 'The sign-in cannot be finished just now.', {
        cause: error,
      })
    }
    // What the library finds wrong with a response has a code of its own; whatever has none is a fault of ours.
    if (error instanceof Error && 'code' in error && String(error.code).startsWith('OAUTH_')) {
      return { outcome: 'invalid' }
    }
    throw error
  }
}

async function discover(issuer: string, clientId: string, fetch: CustomFetch): Promise<ServerMetadata> {
  const found = await discovery(new URL(issuer), clientId, undefined, None(), {
    [customFetch]: fetch,
    execute: issuer.startsWith('http:') ? [allowInsecureRequests] : [],
  })
  return found.serverMetadata()
}

/**
 * RP-Initiated Logout §2: the provider asks the person before it ends a session, because any site may send a browser there.
 * Our own form, with its token, is that answer already: so the question is answered here, with the browser's own cookies.
 * If it is not the question we know, the browser is sent to see for itself.
 */
async function confirmSignOut(
  { issuer, dispatch, url }: { readonly issuer: URL; readonly dispatch: RequestListener; readonly url: URL },
  { address, userAgent, cookies }: Visitor & { readonly cookies: string },
): Promise<SignedOut> {
  const shared = { host: issuer.host, 'user-agent': userAgent ?? 'latchkey', accept: 'text/html' }
  const from = { ...(address !== undefined && { remoteAddress: address }) }
  const headers = { ...shared, cookie: cookies }
  const asked = await inject(dispatch, {
    ...from,
    method: 'GET',
    url: `${url.pathname}${url.search}`,
    headers,
  })
  const xsrf = /name="xsrf" value="([\w-]+)"/.exec(asked.payload)?.[1]
  if (xsrf === undefined) return { location: url.href, setCookies: [] }
  const given = asked.cookies.map(({ name, value }) => `${name}=${value}`)
  const confirmed = await inject(dispatch, {
    ...from,
    method: 'POST',
    url: '/oauth/logout/confirm',
    headers: {
      ...shared,
      cookie: [cookies, ...given].join('; '),
      origin: issuer.origin,
      'sec-fetch-site': 'same-origin',
      'content-type': 'application/x-www-form-urlencoded',
    },
    payload: new URLSearchParams({ xsrf, logout: 'yes' }).toString(),
  })
  const { location } = confirmed.headers
  if (confirmed.statusCode !== 303 || typeof location !== 'string')
    return { location: url.href, setCookies: [] }
  return { location, setCookies: [confirmed.headers['set-cookie'] ?? []].flat() }
}

/** A `fetch` that knows one server, this one, and hands the request to it as if it had been received. */
function inProcessFetch(
  { issuer, dispatch }: { readonly issuer: URL; readonly dispatch: RequestListener },
  { address, userAgent }: Visitor,
): CustomFetch {
  return async (target, { method, headers, body }) => {
    const url = new URL(target)
    if (url.origin !== issuer.origin) throw new Error('our own pages speak to their own server alone')
    const answer = await inject(dispatch, {
      method,
      url: `${url.pathname}${url.search}`,
      headers: { ...headers, host: issuer.host, 'user-agent': userAgent ?? 'latchkey' },
      ...(address !== undefined && { remoteAddress: address }),
      ...(body instanceof URLSearchParams && { payload: body.toString() }),
    })
    const type = answer.headers['content-type']
    return new Response(new Uint8Array(answer.rawPayload), {
      status: answer.statusCode,
      headers: typeof type === 'string' ? { 'content-type': type } : {},
    })
  }
}
