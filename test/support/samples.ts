/** Credentials of every kind that may be presented on a stage, whose `guard` is whoever asks about them. */
import { randomBytes } from 'node:crypto'
import { sql } from 'kysely'
import { disableApiKey, revokeApiKey } from '../../src/domain/api-keys/lifecycle.ts'
import { rotateApiKey } from '../../src/domain/api-keys/rotate.ts'
import { systemAct } from '../../src/domain/audit/act.ts'
import { makeApiKey, making } from './api-keys.ts'
import type { KeyWishes, TestKey } from './api-keys.ts'
import { newCertificate } from './certificates.ts'
import { dpopProof, newDpopKey } from './dpop.ts'
import { introspect, postAs, revoke } from './oauth.ts'
import { age } from './stage.ts'
import type { Stage } from './stage.ts'
import type { TestApi, TestClient } from './world.ts'

/** Something that may be presented. */
export interface Sample {
  readonly name: string
  readonly token: string
}

/** Makes what may be presented on one stage. */
export interface Samples {
  readonly serviceToken: (api: TestApi, client?: TestClient, scope?: string) => Promise<string>
  /** A key of the service, which has `read` and `write`, unless told otherwise. */
  readonly keyOf: (wishes?: Partial<KeyWishes>) => Promise<TestKey>
  /** A key of the account. */
  readonly accountKey: (wishes?: Partial<KeyWishes>) => Promise<TestKey>
  /** One of every kind that is worth something. */
  readonly living: () => Promise<Sample[]>
  /** One of every kind that is worth nothing to the APIs of the stage. */
  readonly worthless: () => Promise<Sample[]>
}

const now = () => systemAct(new Date())

/** Those of a stage. Its world must believe certificates. */
export function samplesOf(stage: Stage): Samples {
  async function serviceToken(
    api: TestApi,
    client: TestClient = stage.service,
    scope = 'read',
  ): Promise<string> {
    const form = { grant_type: 'client_credentials', resource: api.identifier, scope }
    const { body, text } = await postAs(stage.world, client, { path: '/oauth/token', form })
    if (typeof body['access_token'] !== 'string') throw new Error(text)
    return body['access_token']
  }

  function keyOf(wishes: Partial<KeyWishes> = {}): Promise<TestKey> {
    const { service, api, world } = stage
    return makeApiKey(world, { owner: { type: 'client', id: service.id }, api, ...wishes })
  }

  async function accountKey(wishes: Partial<KeyWishes> = {}): Promise<TestKey> {
    const owner = { type: 'account', id: stage.account.id } as const
    await stage.world.permit(owner, stage.api, ['read'])
    return keyOf({ owner, ...wishes })
  }

  /** A token of a service that only whoever has a key (RFC 9449) or a certificate (RFC 8705) may use. */
  async function boundToken(api: TestApi, to: 'key' | 'certificate'): Promise<string> {
    const { world } = stage
    const client = await world.makeClient({
      metadata: {
        grant_types: ['client_credentials'],
        dpop_bound_access_tokens: to === 'key',
        tls_client_certificate_bound_access_tokens: to === 'certificate',
      },
    })
    await world.permit({ type: 'client', id: client.id }, api, ['read'])
    const form = { grant_type: 'client_credentials', resource: api.identifier, scope: 'read' }
    const headers: Record<string, string> =
      to === 'key'
        ? { dpop: await dpopProof(await newDpopKey(), `${world.issuer}/oauth/token`) }
        : { 'client-cert': newCertificate().header }
    const { body, text } = await postAs(world, client, { path: '/oauth/token', form, headers })
    if (typeof body['access_token'] !== 'string') throw new Error(text)
    const { body: told } = await introspect(world, stage.guard, body['access_token'])
    if (told['cnf'] === undefined) throw new Error('the token is bound to nothing')
    return body['access_token']
  }

  async function living(): Promise<Sample[]> {
    const { web, api, jwtApi } = stage
    const limited = { rateLimit: { requests: 1000, seconds: 60 }, allowedAddresses: ['203.0.113.0/24'] }
    return [
      { name: 'opaque token of a service', token: await serviceToken(api) },
      { name: 'JWT of a service', token: await serviceToken(jwtApi) },
      { name: 'opaque token of a person', token: (await stage.tokens(web)).accessToken },
      {
        name: 'JWT of a person',
        token: (await stage.tokens(web, { resource: jwtApi.identifier })).accessToken,
      },
      { name: 'opaque token bound to a key', token: await boundToken(api, 'key') },
      { name: 'JWT bound to a key', token: await boundToken(jwtApi, 'key') },
      { name: 'opaque token bound to a certificate', token: await boundToken(api, 'certificate') },
      { name: 'JWT bound to a certificate', token: await boundToken(jwtApi, 'certificate') },
      { name: 'key of a client', token: (await keyOf({ scopes: ['read', 'write'] })).text },
      { name: 'key of an account', token: (await accountKey()).text },
      { name: 'limited key', token: (await keyOf({ more: limited })).text },
    ]
  }

  async function worthless(): Promise<Sample[]> {
    const { world, web, service, api, jwtApi } = stage
    const { db } = world
    const [opaque, jwt, { text: key }] = [await serviceToken(api), await serviceToken(jwtApi), await keyOf()]
    const expired = { key: await keyOf(), token: await serviceToken(api) }
    await sql`update api_keys set expires_at = now() - interval '1 second' where id = ${expired.key.id}`.execute(
      db,
    )
    await age(world, expired.token, 700)
    const ended = { key: await keyOf(), disabled: await keyOf(), token: opaque, jwt }
    await revokeApiKey(db, { id: ended.key.id }, now())
    await disableApiKey(db, ended.disabled.id, now())
    for (const token of [ended.token, ended.jwt]) await revoke(world, service, token)
    const rotated = await keyOf()
    const overlap = { id: rotated.id, version: 1, overlapSeconds: 0 }
    await rotateApiKey(db, { making, rotation: overlap }, now())
    const foreign = await world.makeApi()
    await world.permit({ type: 'client', id: service.id }, foreign, ['read'])
    const last = key.charAt(key.length - 1)
    return [
      { name: 'unknown', token: randomBytes(32).toString('base64url') },
      { name: 'one character', token: 'x' },
      { name: 'very long', token: 'x'.repeat(9000) },
      { name: 'unknown key', token: key.replace(/^lk_.{12}/, 'lk_000000000000') },
      { name: 'key cut at the end (T09)', token: key.slice(0, -1) },
      { name: 'key without its checksum (T09)', token: key.slice(0, -6) },
      { name: 'key id alone (T09)', token: key.slice(0, 15) },
      { name: 'key lengthened', token: `${key}0` },
      { name: 'key with a wrong checksum', token: `${key.slice(0, -1)}${last === 'A' ? 'B' : 'A'}` },
      { name: 'key of another prefix', token: `xx${key.slice(2)}` },
      { name: 'key in capitals', token: key.toUpperCase() },
      { name: 'key after a space', token: ` ${key}` },
      { name: 'key with NUL', token: `${key}\0` },
      { name: 'expired key', token: expired.key.text },
      { name: 'revoked key', token: ended.key.text },
      { name: 'disabled key', token: ended.disabled.text },
      { name: 'secret that was rotated out', token: rotated.text },
      { name: 'expired token', token: expired.token },
      { name: 'revoked token', token: ended.token },
      { name: 'revoked JWT', token: ended.jwt },
      { name: 'token cut at the end (T09)', token: (await serviceToken(api)).slice(0, -1) },
      { name: 'JWT without a signature', token: jwt.replace(/[^.]*$/, '') },
      { name: 'JWT cut at the end (T09)', token: (await serviceToken(jwtApi)).slice(0, -1) },
      { name: 'JWT with dots alone', token: '..' },
      { name: 'token of another API', token: await serviceToken(foreign) },
      { name: 'key of another API', token: (await keyOf({ api: foreign })).text },
      { name: 'refresh token of another client', token: (await stage.tokens(web)).refreshToken },
      { name: 'ID token', token: (await stage.tokens(web)).idToken },
      { name: 'an object', token: '{"active":true}' },
      { name: 'not ASCII', token: 'é💥\u202e' },
      { name: 'percent signs', token: '%00%zz%' },
    ]
  }

  return { serviceToken, keyOf, accountKey, living, worthless }
}
