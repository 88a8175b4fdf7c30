/** Introspection by every way in: the short one in front of the provider, and the long one behind it. */
import { randomUUID } from 'node:crypto'
import { SignJWT, exportJWK, generateKeyPair } from 'jose'
import { newCertificate } from './certificates.ts'
import { basic, postForm, readAnswer } from './oauth.ts'
import type { Answer, Form } from './oauth.ts'
import type { TestClient, World } from './world.ts'

/** One way of asking. */
export interface Way {
  readonly name: string
  readonly callerId: string
  readonly ask: (form: Form) => Promise<Answer>
  /** How the same caller authenticates where the body is no form. */
  readonly headers: () => Promise<Readonly<Record<string, string>>>
}

/** True if Koa and the provider saw the request: only they give it an id. */
export function tookLongWay(answer: Answer): boolean {
  return answer.headers.has('x-request-id')
}

/** Posts with these headers and no others. */
export async function post(
  url: string,
  form: Form,
  headers: Readonly<Record<string, string>>,
): Promise<Answer> {
  const body = new URLSearchParams(pairsOf(form).map(([name, value]) => [name, value])).toString()
  return readAnswer(
    await fetch(url, {
      method: 'POST',
      headers: { 'content-type': 'application/x-www-form-urlencoded', ...headers },
      body,
    }),
  )
}

/** By HTTP Basic: in front of the provider, and five times behind it because of something unusual. */
export function basicWays(world: Pick<World, 'issuer'>, caller: TestClient): Way[] {
  const url = `${world.issuer}/oauth/introspect`
  const way = (name: string, headers: Readonly<Record<string, string>>, extra: Form = {}): Way => ({
    name,
    callerId: caller.id,
    headers: async () => basic(caller),
    ask: (form) => post(url, [...pairsOf(form), ...pairsOf(extra)], { ...basic(caller), ...headers }),
  })
  return [
    way('short', {}),
    way('short, as fetch writes it', {
      'content-type': 'application/x-www-form-urlencoded;charset=UTF-8',
    }),
    way('short, as a browser library writes it', { accept: 'application/json, text/plain, */*' }),
    way('long by Accept', { accept: 'application/json;q=0.9' }),
    way('long by an unknown parameter', {}, { locale: 'de' }),
    way('long by client_id', {}, { client_id: caller.id }),
    way('long by content type', { 'content-type': 'application/x-www-form-urlencoded; charset=utf-8' }),
  ]
}

/** By `client_secret_post`. */
export function postWay(world: Pick<World, 'issuer'>, caller: TestClient): Way {
  return {
    name: 'client_secret_post',
    callerId: caller.id,
    headers: async () => basic(caller),
    ask: (form) =>
      postForm(`${world.issuer}/oauth/introspect`, [
        ...pairsOf(form),
        ['client_id', caller.id],
        ['client_secret', caller.secret],
      ]),
  }
}

/** By `private_key_jwt`, as a client made for it. */
export async function signedWay(world: Pick<World, 'issuer' | 'makeClient'>): Promise<Way> {
  const { privateKey, publicKey } = await generateKeyPair('ES256', { extractable: true })
  const jwk = { ...(await exportJWK(publicKey)), kid: 'one', alg: 'ES256', use: 'sig' }
  const { id } = await world.makeClient({
    metadata: { grant_types: [], token_endpoint_auth_method: 'private_key_jwt', jwks: { keys: [jwk] } },
  })
  const assertion = () =>
    new SignJWT({ iss: id, sub: id, aud: world.issuer, jti: randomUUID() })
      .setProtectedHeader({ alg: 'ES256', kid: 'one' })
      .setIssuedAt()
      .setExpirationTime('1m')
      .sign(privateKey)
  return {
    name: 'private_key_jwt',
    callerId: id,
    headers: async () => ({ authorization: `Bearer ${await assertion()}` }),
    ask: async (form) =>
      postForm(`${world.issuer}/oauth/introspect`, [
        ...pairsOf(form),
        ['client_assertion_type', 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer'],
        ['client_assertion', await assertion()],
      ]),
  }
}

/** What a world needs so that its proxy, which is whoever asks, can say what certificate a client has. */
export const certificateEnv = {
  TRUSTED_PROXIES: '127.0.0.1',
  CLIENT_CERTIFICATE_HEADER: 'Client-Cert',
} as const

/** By `tls_client_auth`, as a client made for it. */
export async function certificateWay(world: Pick<World, 'issuer' | 'makeClient'>): Promise<Way> {
  const { header } = newCertificate({ subject: [['CN', 'guard']] })
  const { id } = await world.makeClient({
    metadata: {
      grant_types: [],
      token_endpoint_auth_method: 'tls_client_auth',
      tls_client_auth_subject_dn: 'CN=guard',
    },
  })
  return {
    name: 'tls_client_auth',
    callerId: id,
    headers: async () => ({ ...basic({ id, secret: '' }), 'client-cert': header }),
    ask: (form) =>
      postForm(`${world.issuer}/oauth/introspect`, [...pairsOf(form), ['client_id', id]], {
        'client-cert': header,
      }),
  }
}

/** A form as pairs. */
export function pairsOf(form: Form): readonly (readonly [string, string])[] {
  return isPairs(form) ? form : Object.entries(form)
}

function isPairs(form: Form): form is readonly (readonly [string, string])[] {
  return Array.isArray(form)
}
