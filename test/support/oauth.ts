/** OAuth by hand: requests as a client sends them, so that a test can send wrong ones too. */
import { createHash, randomBytes } from 'node:crypto'
import { signIn } from './browser-like.ts'
import type { SignInStory } from './browser-like.ts'
import type { TestClient, World } from './world.ts'

/** Where the test apps are called back; nothing listens there. */
export const redirectUri = 'https://app.example/callback'

/** An answer, read. */
export interface Answer {
  readonly status: number
  readonly headers: Headers
  readonly text: string
  /** The JSON object, or an empty one. */
  readonly body: Readonly<Record<string, unknown>>
}

/** A form: name to value, or pairs where a name is to come twice. */
export type Form = Readonly<Record<string, string>> | readonly (readonly [string, string])[]

/** Reads an answer. */
export async function readAnswer(response: Response): Promise<Answer> {
  const text = await response.text()
  return { status: response.status, headers: response.headers, text, body: parseObject(text) }
}

/** Posts a form to an address. */
export async function postForm(
  url: string,
  form: Form,
  headers: Readonly<Record<string, string>> = {},
): Promise<Answer> {
  const body = new URLSearchParams()
  for (const [name, value] of isPairs(form) ? form : Object.entries(form)) body.append(name, value)
  return readAnswer(await fetch(url, { method: 'POST', headers, body, redirect: 'manual' }))
}

/** The `Authorization` header of a client that authenticates with its secret (RFC 6749 §2.3.1). */
export function basic({ id, secret }: TestClient): { authorization: string } {
  const encoded = `${encodeURIComponent(id)}:${encodeURIComponent(secret)}`
  return { authorization: `Basic ${Buffer.from(encoded).toString('base64')}` }
}

/** How a client proves who it is: a public one names itself in the form, any other by its secret. */
export interface Caller extends TestClient {
  readonly isPublic?: boolean
}

/** Posts to an endpoint as a client. `at` names another instance than the first. */
export function postAs(
  world: Pick<World, 'issuer'>,
  caller: Caller,
  request: {
    readonly path: string
    readonly form: Readonly<Record<string, string>>
    readonly headers?: Record<string, string>
    readonly at?: string
  },
): Promise<Answer> {
  const { path, form, headers, at = world.issuer } = request
  if (caller.isPublic === true)
    return postForm(`${at}${path}`, { ...form, client_id: caller.id }, headers ?? {})
  return postForm(`${at}${path}`, form, { ...basic(caller), ...headers })
}

/** A PKCE verifier with its S256 challenge (RFC 7636 §4). */
export interface Pkce {
  readonly verifier: string
  readonly challenge: string
}

/** A fresh verifier and its challenge. */
export function newPkce(): Pkce {
  const verifier = randomBytes(32).toString('base64url')
  return { verifier, challenge: createHash('sha256').update(verifier).digest('base64url') }
}

/** The authorization request a well-behaved app would send, with `params` on top; an undefined one is left out. */
export function authorizeUrl(
  world: Pick<World, 'issuer'>,
  params: Readonly<Record<string, string | undefined>>,
): URL {
  const url = new URL('/oauth/authorize', world.issuer)
  const all = { response_type: 'code', redirect_uri: redirectUri, state: 'st', ...params }
  for (const [name, value] of Object.entries(all)) if (value !== undefined) url.searchParams.set(name, value)
  return url
}

/** A sign-in at a client. */
export interface CodeStory extends Omit<SignInStory, 'authorizeUrl'> {
  readonly client: Caller
  /** Parameters of the authorization request beyond the usual ones. */
  readonly params?: Readonly<Record<string, string | undefined>>
}

/** A code as the app holds it. */
export interface Code {
  readonly code: string
  readonly verifier: string
  readonly callback: URL
}

/** Signs in through the pages and gives the code. */
export async function codeFor(world: Pick<World, 'issuer'>, story: CodeStory): Promise<Code> {
  const { verifier, challenge } = newPkce()
  const url = authorizeUrl(world, {
    client_id: story.client.id,
    code_challenge: challenge,
    code_challenge_method: 'S256',
    ...story.params,
  })
  const { callback } = await signIn(world, { ...story, authorizeUrl: url })
  const code = callback.searchParams.get('code')
  if (code === null) throw new Error(`no code: ${callback.search}`)
  return { code, verifier, callback }
}

/** Exchanges a code (RFC 6749 §4.1.3); `form` overrides what is sent. */
export function exchange(
  world: Pick<World, 'issuer'>,
  caller: Caller,
  { code, verifier }: Pick<Code, 'code' | 'verifier'>,
  form: Readonly<Record<string, string>> = {},
): Promise<Answer> {
  return postAs(world, caller, {
    path: '/oauth/token',
    form: {
      grant_type: 'authorization_code',
      code,
      redirect_uri: redirectUri,
      code_verifier: verifier,
      ...form,
    },
  })
}

/** Exchanges a refresh token (RFC 6749 §6). */
export function refresh(
  world: Pick<World, 'issuer'>,
  caller: Caller,
  refreshToken: string,
  form: Readonly<Record<string, string>> = {},
): Promise<Answer> {
  return postAs(world, caller, {
    path: '/oauth/token',
    form: { grant_type: 'refresh_token', refresh_token: refreshToken, ...form },
  })
}

/** Tokens in clear, as the app holds them. */
export interface Tokens {
  readonly accessToken: string
  readonly refreshToken: string
  readonly idToken: string
  readonly answer: Answer
}

/** Signs in and exchanges the code; everything must work. */
export async function tokensFor(
  world: Pick<World, 'issuer'>,
  story: CodeStory,
  form: Readonly<Record<string, string>> = {},
): Promise<Tokens> {
  return tokensOf(await exchange(world, story.client, await codeFor(world, story), form))
}

/** The tokens of a successful token response. */
export function tokensOf(answer: Answer): Tokens {
  if (answer.status !== 200) throw new Error(`no tokens: ${answer.status} ${answer.text}`)
  return {
    accessToken: textOf(answer, 'access_token'),
    refreshToken: textOf(answer, 'refresh_token'),
    idToken: textOf(answer, 'id_token'),
    answer,
  }
}

/** Asks about a token (RFC 7662 §2.1). */
export function introspect(world: Pick<World, 'issuer'>, caller: Caller, token: string): Promise<Answer> {
  return postAs(world, caller, { path: '/oauth/introspect', form: { token } })
}

/** Revokes a token (RFC 7009 §2.1). */
export function revoke(world: Pick<World, 'issuer'>, caller: Caller, token: string): Promise<Answer> {
  return postAs(world, caller, { path: '/oauth/revoke', form: { token } })
}

/** A member of the answer that is text; empty when it is anything else. */
export function textOf({ body }: Answer, member: string): string {
  const value = body[member]
  return typeof value === 'string' ? value : ''
}

function isPairs(form: Form): form is readonly (readonly [string, string])[] {
  return Array.isArray(form)
}

function parseObject(text: string): Record<string, unknown> {
  try {
    const parsed: unknown = JSON.parse(text)
    return isObject(parsed) ? parsed : {}
  } catch {
    return {}
  }
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null
}
