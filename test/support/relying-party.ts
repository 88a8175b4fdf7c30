/**
 * An app that signs people in with this server, built on openid-client (certified by the OpenID Foundation), which checks
 * state, nonce, PKCE, `iss` and every signature. It has a real address, so that a real browser can come back to it.
 */
import { once } from 'node:events'
import { createServer } from 'node:http'
import type { IncomingMessage, ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { text } from 'node:stream/consumers'
import * as openid from 'openid-client'
import type { ClientWishes, TestClient, World } from './world.ts'

/** What came back to the app. */
export type Outcome =
  | { readonly tokens: Tokens; readonly error?: undefined }
  | { readonly error: string; readonly tokens?: undefined }

/** A token response with what openid-client adds to it. */
export type Tokens = Awaited<ReturnType<typeof openid.authorizationCodeGrant>>

/** One sign-in that the app has begun. */
export interface BegunSignIn {
  /** Where the browser is to go. */
  readonly url: string
  readonly state: string
  readonly nonce: string
  /** The PKCE code verifier. */
  readonly verifier: string
  /** Redeems the code in the address that the browser was sent back to; openid-client refuses by throwing. */
  readonly complete: (callbackUrl: string) => Promise<Tokens>
  /** What came of it, once a browser has come back to the app's own server. */
  readonly outcome: Promise<Outcome>
}

/** An app. */
export interface RelyingParty {
  readonly client: TestClient
  readonly configuration: openid.Configuration
  readonly origin: string
  readonly redirectUri: string
  readonly signedOutUri: string
  readonly begin: (params?: Readonly<Record<string, string>>) => Promise<BegunSignIn>
  readonly close: () => Promise<void>
}

/** What a test may want of an app, besides what it may want of its client. */
export interface RelyingPartyWishes extends ClientWishes {
  readonly scope?: string
}

/** Registers an app in the world and opens its address. */
export async function openRelyingParty(world: World, wishes: RelyingPartyWishes = {}): Promise<RelyingParty> {
  const begun = new Map<string, (callbackUrl: string) => Promise<Outcome>>()
  const server = createServer((request, response) => void serve(begun, request, response))
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  const redirectUri = `${origin}/callback`
  const signedOutUri = `${origin}/signed-out`
  const client = await world.makeClient({
    ...wishes,
    metadata: {
      client_name: 'Gallery',
      redirect_uris: [redirectUri],
      post_logout_redirect_uris: [signedOutUri],
      grant_types: ['authorization_code', 'refresh_token'],
      ...wishes.metadata,
    },
  })
  const configuration = await discover(world, client, wishes)
  const scope = wishes.scope ?? 'openid profile email'
  return {
    client,
    configuration,
    origin,
    redirectUri,
    signedOutUri,
    begin: async (params = {}) => {
      const { outcome, ...signIn } = await begin(configuration, {
        redirect_uri: redirectUri,
        scope,
        ...params,
      })
      const arrived = Promise.withResolvers<Outcome>()
      begun.set(signIn.state, async (callbackUrl) => {
        const came = await outcome(callbackUrl)
        arrived.resolve(came)
        return came
      })
      return { ...signIn, outcome: arrived.promise }
    },
    close: async () => {
      server.closeAllConnections()
      server.close()
      await once(server, 'close')
    },
  }
}

async function discover(world: World, client: TestClient, { metadata }: ClientWishes) {
  const isPublic = metadata?.['token_endpoint_auth_method'] === 'none'
  const alg = metadata?.['id_token_signed_response_alg'] ?? 'ES256'
  return openid.discovery(
    new URL(world.issuer),
    client.id,
    { id_token_signed_response_alg: String(alg) },
    isPublic ? openid.None() : openid.ClientSecretBasic(client.secret),
    // Without the second, an ID Token that came by TLS is believed without looking at its signature.
    { execute: [openid.allowInsecureRequests, openid.enableNonRepudiationChecks] },
  )
}

async function begin(configuration: openid.Configuration, params: Readonly<Record<string, string>>) {
  const verifier = openid.randomPKCECodeVerifier()
  const state = openid.randomState()
  const nonce = openid.randomNonce()
  const url = openid.buildAuthorizationUrl(configuration, {
    code_challenge: await openid.calculatePKCECodeChallenge(verifier),
    code_challenge_method: 'S256',
    state,
    nonce,
    ...params,
  }).href
  const complete = (callbackUrl: string) =>
    openid.authorizationCodeGrant(configuration, new URL(callbackUrl), {
      pkceCodeVerifier: verifier,
      expectedState: state,
      expectedNonce: nonce,
      idTokenExpected: true,
      ...(params['max_age'] !== undefined && { maxAge: Number(params['max_age']) }),
    })
  return {
    url,
    state,
    nonce,
    verifier,
    complete,
    outcome: (callbackUrl: string) => outcomeOf(complete(callbackUrl)),
  }
}

async function outcomeOf(tokens: Promise<Tokens>): Promise<Outcome> {
  try {
    return { tokens: await tokens }
  } catch (error) {
    if (error instanceof openid.AuthorizationResponseError) return { error: error.error }
    if (error instanceof openid.ResponseBodyError) return { error: error.error }
    return { error: error instanceof Error ? `${error.name}: ${error.message}` : 'unknown' }
  }
}

async function serve(
  begun: ReadonlyMap<string, (callbackUrl: string) => Promise<Outcome>>,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const url = new URL(request.url ?? '/', `http://${request.headers.host}`)
  // `response_mode=form_post` brings in a form what otherwise stands in the address.
  if (request.method === 'POST') url.search = await text(request)
  const complete = url.pathname === '/callback' ? begun.get(url.searchParams.get('state') ?? '') : undefined
  const outcome = await complete?.(url.href)
  const said = outcome === undefined ? url.pathname.slice(1) : (outcome.error ?? 'signed in')
  response.setHeader('content-type', 'text/html; charset=utf-8')
  response.end(`<!doctype html><title>App</title><link rel="icon" href="data:,"><h1>${said}</h1>`)
}
