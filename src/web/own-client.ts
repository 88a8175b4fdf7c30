/**
 * Our own pages as a client of our own provider: discovery, code, PKCE, state and nonce by a certified client library. What
 * it sends goes to this server's own listener without leaving the process, so it works behind any proxy and needs no name
 * that this machine could resolve. Tokens never reach the browser, and none is kept after the ID token was read.
 */
import type { RequestListener } from 'node:http'
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
import { confirmSignOut, inProcessFetch } from './own-server.ts'
import type { SignedOut, Visitor } from './own-server.ts'

/** What the client is made of. */
export interface OwnClientParts {
  readonly issuer: string
  readonly client: OwnClientSettings
  /** The server's own request listener. */
  readonly dispatch: RequestListener
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
