/**
 * Every kind of credential, ended in every way there is, alone and two at once: what would happen is what happens, and
 * the step that fails is the one where it was ended.
 */
import { sql } from 'kysely'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { deleteAccount, disableAccount } from '../../../src/domain/accounts/lifecycle.ts'
import { deleteApiKey, disableApiKey, revokeApiKey } from '../../../src/domain/api-keys/lifecycle.ts'
import { rotateApiKey } from '../../../src/domain/api-keys/rotate.ts'
import { deleteApi, disableApi, endTokensOfApi } from '../../../src/domain/apis/lifecycle.ts'
import { withdrawPermission } from '../../../src/domain/apis/permissions.ts'
import type { Owner } from '../../../src/domain/apis/permissions.ts'
import { systemAct } from '../../../src/domain/audit/act.ts'
import { deleteClient, disableClient, endTokensOfClient } from '../../../src/domain/clients/lifecycle.ts'
import { revokeGrant } from '../../../src/oidc/grants.ts'
import { endAllSessions } from '../../../src/oidc/session-list.ts'
import { whyNoJwt } from '../../../src/oidc/token-problems.ts'
import { sha256 } from '../../../src/platform/crypto/digest.ts'
import { makeApiKey, making } from '../../support/api-keys.ts'
import { dpopProof, newDpopKey } from '../../support/dpop.ts'
import { postAs, redirectUri, revoke, textOf, tokensFor } from '../../support/oauth.ts'
import { openWorld } from '../../support/world.ts'
import type { TestApi, TestClient, World } from '../../support/world.ts'
import { openExplaining, verdictOf } from './explaining.ts'
import type { Asked, Explaining } from './explaining.ts'
import { randomsOf } from './support.ts'

let world: World
let explaining: Explaining
// How much later it is, for servers and explanations alike.
let ahead = 0
const now = () => new Date(Date.now() + ahead)
const act = () => systemAct(new Date())

beforeAll(async () => {
  world = await openWorld({ now, env: { ACCESS_TOKEN_LIFETIME_SECONDS: '600' } })
  explaining = await openExplaining(world, now)
})
afterAll(async () => {
  await explaining.close()
  await world.close()
})

/** A credential, whose it is, and who may ask about it. */
interface Held {
  readonly credential: string
  readonly kind: 'key' | 'opaque' | 'jwt' | 'refresh'
  readonly client: TestClient
  readonly accountId: string | undefined
  readonly api: TestApi
  readonly asker: TestClient
  readonly keyId: string
}

type Kind = readonly [name: string, make: () => Promise<Held>]

const interactive = { redirect_uris: [redirectUri], grant_types: ['authorization_code', 'refresh_token'] }

async function apiFor(owners: readonly Owner[], tokenFormat: 'opaque' | 'jwt' = 'opaque') {
  const asker = await world.makeClient({ metadata: { grant_types: [] } })
  const settings = { tokenFormat, accountsNeedPermission: true }
  const api = await world.makeApi({ scopes: ['read', 'write', 'admin'], introspectors: [asker], settings })
  for (const owner of owners) await world.permit(owner, api, ['read', 'write'])
  return { asker, api }
}

async function keyOf(type: Owner['type']): Promise<Held> {
  const client = await world.makeClient({ metadata: { grant_types: [] } })
  const accountId = type === 'account' ? (await world.makeAccount()).id : undefined
  const owner = { type, id: accountId ?? client.id } as const
  const { asker, api } = await apiFor([owner])
  const key = await makeApiKey(world, {
    owner,
    api,
    scopes: ['read', 'write'],
    more: { expiresAt: new Date(Date.now() + 3_600_000) },
  })
  return { credential: key.text, kind: 'key', client, accountId, api, asker, keyId: key.id }
}

async function tokenOfService(format: 'opaque' | 'jwt', isBound = false): Promise<Held> {
  const client = await world.makeClient({ metadata: { grant_types: ['client_credentials'] } })
  const { asker, api } = await apiFor([{ type: 'client', id: client.id }], format)
  const proof = isBound ? await dpopProof(await newDpopKey(), `${world.issuer}/oauth/token`) : undefined
  const answer = await postAs(world, client, {
    path: '/oauth/token',
    form: { grant_type: 'client_credentials', resource: api.identifier, scope: 'read write' },
    ...(proof !== undefined && { headers: { dpop: proof } }),
  })
  const credential = textOf(answer, 'access_token')
  return { credential, kind: format, client, accountId: undefined, api, asker, keyId: '' }
}

async function tokenOfPerson(
  format: 'opaque' | 'jwt',
  wants: 'access' | 'refresh' = 'access',
): Promise<Held> {
  const client = await world.makeClient({ metadata: interactive })
  const account = await world.makeAccount()
  const owners = [{ type: 'client', id: client.id } as const, { type: 'account', id: account.id } as const]
  const { asker, api } = await apiFor(owners, format)
  const scope = wants === 'refresh' ? 'openid offline_access read write' : 'openid read write'
  const params = { scope, resource: api.identifier }
  const tokens = await tokensFor(world, { account, client, params })
  const held = { client, accountId: account.id, api, keyId: '' }
  // A refresh token is asked about by its own client, and nobody else.
  return wants === 'refresh'
    ? { ...held, credential: tokens.refreshToken, kind: 'refresh', asker: client }
    : { ...held, credential: tokens.accessToken, kind: format, asker }
}

const kinds: readonly Kind[] = [
  ['a key of a client', () => keyOf('client')],
  ['a key of a person', () => keyOf('account')],
  ['an opaque token of a service', () => tokenOfService('opaque')],
  ['a JWT of a service', () => tokenOfService('jwt')],
  ['a token that is bound to a key', () => tokenOfService('opaque', true)],
  ['an opaque token of a person', () => tokenOfPerson('opaque')],
  ['a JWT of a person', () => tokenOfPerson('jwt')],
  ['a refresh token', () => tokenOfPerson('opaque', 'refresh')],
]

/** One way to end a credential, and the verdict of every kind that it ends; what it does not end is good afterwards. */
interface End {
  readonly name: string
  readonly applies?: (held: Held) => boolean
  readonly end: (held: Held) => Promise<unknown>
  readonly verdict: (held: Held) => string
}

const isKey = ({ kind }: Held) => kind === 'key'
const isToken = ({ kind }: Held) => kind === 'opaque' || kind === 'jwt'
const isOfPerson = ({ accountId }: Held) => accountId !== undefined
const isOfClient = (held: Held) => !isKey(held) || !isOfPerson(held)

const ends: readonly End[] = [
  { name: 'nothing', end: async () => {}, verdict: () => 'accepted' },
  {
    name: 'it is revoked',
    end: ({ kind, keyId, client, credential }) =>
      kind === 'key' ? revokeApiKey(world.db, { id: keyId }, act()) : revoke(world, client, credential),
    verdict: ({ kind }) =>
      ({
        key: 'credential: key_revoked',
        jwt: 'credential: jwt_revoked',
        opaque: 'credential: token_unknown',
        refresh: 'credential: token_unknown',
      })[kind],
  },
  {
    name: 'it expires',
    end: async () => (ahead = 401 * 86_400_000),
    verdict: ({ kind }) =>
      ({
        key: 'credential: key_expired',
        // Whoever checks the signature looks at a clock of their own, which does not go ahead here; see below.
        jwt: 'credential: token_expired',
        opaque: 'credential: token_expired',
        refresh: 'credential: token_expired',
      })[kind],
  },
  {
    name: 'the key is disabled',
    applies: isKey,
    end: ({ keyId }) => disableApiKey(world.db, keyId, act()),
    verdict: () => 'credential: key_disabled',
  },
  {
    name: 'the key is deleted',
    applies: isKey,
    end: ({ keyId }) => deleteApiKey(world.db, keyId, act()),
    verdict: () => 'credential: key_deleted',
  },
  {
    name: 'the key is rotated at once',
    applies: isKey,
    end: ({ keyId: id }) =>
      rotateApiKey(world.db, { making, rotation: { id, version: 1, overlapSeconds: 0 } }, act()),
    verdict: () => 'credential: key_secret_ended',
  },
  {
    name: 'the client is disabled',
    applies: ({ kind }) => kind !== 'refresh',
    end: ({ client }) => disableClient(world.db, client.id, act()),
    verdict: (held) => (isOfClient(held) ? 'owner: client_disabled' : 'accepted'),
  },
  {
    name: 'the person is disabled',
    applies: isOfPerson,
    end: ({ accountId: id = '' }) => disableAccount(world.db, { id }, act()),
    verdict: () => 'owner: account_disabled',
  },
  {
    name: 'the API is disabled',
    end: ({ api }) => disableApi(world.db, api.id, act()),
    verdict: ({ kind }) => (kind === 'refresh' ? 'accepted' : 'audience: api_disabled'),
  },
  {
    name: 'the client loses everything',
    end: ({ client, api }) => withdrawAll({ type: 'client', id: client.id }, api),
    verdict: (held) => (isOfClient(held) && held.kind !== 'refresh' ? 'owner: nothing_left' : 'accepted'),
  },
  {
    name: 'the person loses everything',
    applies: isOfPerson,
    end: ({ accountId: id = '', api }) => withdrawAll({ type: 'account', id }, api),
    verdict: ({ kind }) => (kind === 'refresh' ? 'accepted' : 'owner: nothing_left'),
  },
  {
    name: 'the tokens of the client are ended',
    applies: ({ kind }) => kind !== 'refresh',
    end: ({ client }) => endTokensOfClient(world.db, client.id, act()),
    verdict: (held) => (isToken(held) ? 'owner: client_tokens_ended' : 'accepted'),
  },
  {
    name: 'the tokens of the API are ended',
    end: ({ api }) => endTokensOfApi(world.db, api.id, act()),
    verdict: (held) => (isToken(held) ? 'owner: api_tokens_ended' : 'accepted'),
  },
  {
    name: 'its client is a later one of the same name',
    applies: isToken,
    end: ({ client }) =>
      sql`update clients set created_at = now() + interval '1 minute' where id = ${client.id}`.execute(
        world.db,
      ),
    verdict: () => 'owner: token_older',
  },
  {
    name: 'its API is a later one of the same name',
    applies: isToken,
    end: ({ api }) =>
      sql`update apis set created_at = now() + interval '1 minute' where id = ${api.id}`.execute(world.db),
    verdict: () => 'owner: token_older',
  },
  {
    name: 'the person is signed out everywhere',
    applies: isOfPerson,
    end: ({ accountId = '' }) => endAllSessions(world.db, accountId, act()),
    verdict: ({ kind }) =>
      ({
        key: 'accepted',
        jwt: 'credential: grant_ended',
        opaque: 'credential: token_unknown',
        refresh: 'credential: token_unknown',
      })[kind],
  },
  {
    name: 'the session is over',
    applies: isOfPerson,
    end: ({ accountId }) =>
      sql`update oidc_sessions set expires_at = now() - interval '1 second' where account_id = ${accountId}`.execute(
        world.db,
      ),
    verdict: ({ kind }) =>
      ({
        key: 'accepted',
        jwt: 'credential: grant_ended',
        opaque: 'credential: session_ended',
        refresh: 'credential: session_ended',
      })[kind],
  },
  {
    name: 'the person takes their consent back',
    applies: (held) => isOfPerson(held) && !isKey(held),
    end: async ({ accountId = '' }) => {
      const { rows } = await sql<{
        id: string
      }>`select id from oidc_grants where account_id = ${accountId}`.execute(world.db)
      for (const { id } of rows) await revokeGrant(world.db, { id, reason: 'revoked' }, act())
    },
    verdict: ({ kind }) => (kind === 'jwt' ? 'credential: grant_ended' : 'credential: token_unknown'),
  },
  {
    name: 'the consent is over',
    applies: (held) => isOfPerson(held) && !isKey(held),
    end: ({ accountId }) =>
      sql`update oidc_grants set expires_at = now() - interval '1 second' where account_id = ${accountId}`.execute(
        world.db,
      ),
    verdict: () => 'credential: grant_ended',
  },
]

const withdrawAll = (owner: Owner, api: TestApi) =>
  withdrawPermission(world.db, { apiId: api.id, owner, scopes: ['read', 'write'] }, act())
const questions: readonly Asked[] = [
  {},
  { required_scope: 'read' },
  { required_scope: 'read AND write', client_ip: '192.0.2.1', cost: '3' },
]

/** What an ending did to the clock is undone. */
async function inTime<Result>(work: () => Promise<Result>): Promise<Result> {
  try {
    return await work()
  } finally {
    ahead = 0
  }
}

describe.each(kinds)('%s', (_, make) => {
  test('at a question of somebody else it is theirs, and nobody hears of it', async () => {
    const { credential, api, kind } = await make()
    const stranger = await world.makeClient({ metadata: { grant_types: [] } })
    const other = await world.makeApi({ introspectors: [stranger] })
    expect(await explaining.real(stranger, credential)).toBe('{"active":false}')
    const explanation = await explaining.explained(credential, {}, other)
    expect(explanation.answer).toBe('{"active":false}')
    const verdict = kind === 'refresh' ? 'audience: refresh_foreign' : 'audience: audience_other'
    expect(verdictOf(explanation), api.identifier).toBe(verdict)
  })

  test('what it was not given is not permitted, and what it lost neither', async () => {
    const { credential, asker, api, accountId, client, kind } = await make()
    const lacking = kind === 'refresh' ? 'accepted' : 'permission: permission_lacking'
    expect(verdictOf(await explaining.agree(asker, credential, { required_scope: 'admin' }))).toBe(lacking)
    expect(verdictOf(await explaining.agree(asker, credential, { required_scope: 'write' }))).toBe('accepted')
    const owner: Owner =
      accountId === undefined ? { type: 'client', id: client.id } : { type: 'account', id: accountId }
    await withdrawPermission(world.db, { apiId: api.id, owner, scopes: ['write'] }, act())
    await explaining.heard()
    expect(verdictOf(await explaining.agree(asker, credential, { required_scope: 'write' }))).toBe(lacking)
    expect(verdictOf(await explaining.agree(asker, credential, { required_scope: 'read' }))).toBe('accepted')
  })

  test.each(ends.map((end) => [end.name, end] as const))('and %s', async (__, { applies, end, verdict }) => {
    const held = await make()
    if (applies?.(held) === false) return
    await inTime(async () => {
      await end(held)
      await explaining.heard()
      for (const asked of questions)
        expect(verdictOf(await explaining.agree(held.asker, held.credential, asked))).toBe(verdict(held))
    })
  })
})

test.each([
  ['deleted client', ({ client }: Held) => deleteClient(world.db, client.id, act())],
  ['deleted API', ({ api }: Held) => deleteApi(world.db, api.id, act())],
  ['deleted person', ({ accountId }: Held) => accountId && deleteAccount(world.db, { id: accountId }, act())],
])('nothing of a %s counts, whatever it was', async (_, end) => {
  for (const [name, make] of kinds) {
    const held = await make()
    // Whose client is gone nobody can ask any more.
    if (held.kind === 'refresh') continue
    await end(held)
    await explaining.heard()
    await explaining.agree(held.asker, held.credential, { required_scope: 'read' })
    expect((await explaining.explained(held.credential)).steps, name).toHaveLength(6)
  }
})

test('two endings at once, in any order: what would happen is what happens', async () => {
  const random = randomsOf(20_261_123)
  const one = <Value>(values: readonly Value[]): Value => values[random.below(values.length)] as Value
  for (let round = 0; round < 30; round += 1) {
    const [kind, make] = one(kinds)
    const held = await make()
    const chosen = [one(ends), one(ends)].filter(({ applies }) => applies?.(held) !== false)
    await inTime(async () => {
      for (const { end } of chosen) await end(held)
      await explaining.heard()
      const explanation = await explaining.agree(held.asker, held.credential, one(questions))
      const said = `${kind}: ${chosen.map(({ name }) => name).join(', ')}`
      expect(explanation.accepted, said).toBe(chosen.every((end) => end.verdict(held) === 'accepted'))
    })
  }
})

test('a token that was kept beyond its time, and one that was used up, say so', async () => {
  const held = await tokenOfPerson('opaque', 'refresh')
  const hash = sha256(held.credential)
  await sql`update oidc_artifacts set consumed_at = now() where id_hash = ${hash}`.execute(world.db)
  await explaining.heard()
  const used = await explaining.agree(held.asker, held.credential)
  expect(verdictOf(used)).toBe('credential: token_consumed')
  await sql`update oidc_artifacts set consumed_at = null where id_hash = ${hash}`.execute(world.db)
  await sql`update oidc_grants set revoked_at = now() where account_id = ${held.accountId}`.execute(world.db)
  await explaining.heard()
  expect(verdictOf(await explaining.agree(held.asker, held.credential))).toBe('credential: grant_ended')
  await sql`update oidc_artifacts set expires_at = now() - interval '1 second' where id_hash = ${hash}`.execute(
    world.db,
  )
  await explaining.heard()
  // Its grant is over, too, which explains less.
  expect(verdictOf(await explaining.agree(held.asker, held.credential))).toBe('credential: token_expired')
})

test('a JWT that is over by the clock of whoever checks its signature says so', async () => {
  const { credential } = await tokenOfService('jwt')
  const { db, issuer } = world
  const later = new Date(Date.now() + 601_000)
  const reader = { read: async () => undefined }
  expect(await whyNoJwt({ db, issuer, reader, now: later }, credential)).toMatchObject({
    code: 'jwt_expired',
  })
  expect(await whyNoJwt({ db, issuer, reader, now: new Date() }, credential)).toMatchObject({
    code: 'jwt_signature',
  })
})
