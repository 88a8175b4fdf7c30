import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { systemAct } from '../../src/domain/audit/act.ts'
import { withdrawPermission } from '../../src/domain/apis/permissions.ts'
import { openBrowser } from '../support/browser.ts'
import { signIn, signInOutcome } from '../support/browser-like.ts'
import { authorizeUrl, codeFor, exchange, introspect, newPkce, postAs, refresh } from '../support/oauth.ts'
import { openStage } from '../support/stage.ts'
import type { Stage } from '../support/stage.ts'
import { within } from '../support/until.ts'
import type { TestApi } from '../support/world.ts'

let stage: Stage
let foreign: TestApi

beforeAll(async () => {
  stage = await openStage()
  // There is such an API; nobody here was given anything at it.
  foreign = await stage.world.makeApi()
})
afterAll(() => stage.close())

function service(form: Readonly<Record<string, string>>) {
  const all = { grant_type: 'client_credentials', ...form }
  return postAs(stage.world, stage.service, { path: '/oauth/token', form: all })
}

async function authorizationError(resource: string): Promise<string | null | undefined> {
  const url = authorizeUrl(stage.world, {
    client_id: stage.app.id,
    scope: 'openid read',
    resource,
    code_challenge: newPkce().challenge,
    code_challenge_method: 'S256',
  })
  return (await openBrowser(stage.world).visit(url)).leavingTo?.searchParams.get('error')
}

/** Names that mean no API this client may use. */
const nowhere = () => [
  'https://unknown.example/',
  foreign.identifier,
  stage.api.identifier.slice(0, -1),
  `${stage.api.identifier}x`,
  stage.api.identifier.toUpperCase(),
  `${stage.api.identifier}#fragment`,
  'not a url',
  '/relative',
  'javascript:alert(1)',
]

describe('which APIs there are to a client', () => {
  test('RFC 8707 §2: the token endpoint says invalid_target to all others, in the same words', async () => {
    const answers = await Promise.all(
      nowhere()
        .slice(0, 4)
        .map((resource) => service({ resource })),
    )
    for (const { status, body, text } of answers) {
      expect(status).toBe(400)
      expect(body['error']).toBe('invalid_target')
      expect(text).toBe(answers[0]?.text)
    }
    for (const resource of nowhere())
      expect((await service({ resource })).body['error'], resource).toBe('invalid_target')
  })

  test('RFC 8707 §2.1: the authorization endpoint sends the app back with invalid_target', async () => {
    for (const resource of nowhere())
      expect(await authorizationError(resource), resource).toBe('invalid_target')
  })

  test('RFC 8707 §2: a service must name its API', async () => {
    const answer = await service({ scope: 'read' })
    expect([answer.status, answer.body['error']]).toEqual([400, 'invalid_target'])
  })

  test('RFC 8707 §2: a service may name one API at a time', async () => {
    const { world, api, jwtApi } = stage
    const body = new URLSearchParams([
      ['grant_type', 'client_credentials'],
      ['resource', api.identifier],
      ['resource', jwtApi.identifier],
      ['client_id', stage.service.id],
      ['client_secret', stage.service.secret],
    ])
    const response = await fetch(`${world.issuer}/oauth/token`, { method: 'POST', body })
    expect(response.status).toBe(400)
    expect(await response.json()).toMatchObject({ error: 'invalid_target' })
  })
})

describe('what a token is for', () => {
  test('v5.0.0-9.2.4, RFC 8707 §2.2: the audience is the one API, and its scopes are that API’s alone', async () => {
    const { world, web, guard, api } = stage
    const { accessToken } = await stage.tokens(web, { scope: 'openid profile offline_access read' })
    const { body } = await introspect(world, guard, accessToken)
    expect(body['aud']).toBe(api.identifier)
    expect(body['scope']).toBe('read')
  })

  test('T06, RFC 8707 §2.2: a grant for one API gives no token for another, with the code or any refresh token', async () => {
    const { world, web, jwtApi } = stage
    for (const resource of [jwtApi.identifier, foreign.identifier, 'https://unknown.example/']) {
      const answer = await exchange(world, web, await stage.code(web), { resource })
      expect([answer.status, answer.body['error']]).toEqual([400, 'invalid_target'])
      const first = await stage.tokens(web)
      const refused = await refresh(world, web, first.refreshToken, { resource })
      expect([refused.status, refused.body['error']]).toEqual([400, 'invalid_target'])
      const second = await refresh(world, web, first.refreshToken)
      const again = await refresh(world, web, String(second.body['refresh_token']), { resource })
      expect(again.body['error']).toBe('invalid_target')
    }
  })

  test('RFC 8707 §2.2: of several APIs that were consented to, each token request picks one', async () => {
    const { world, web, api, jwtApi, account, guard } = stage
    const url = { scope: 'openid offline_access read write', resource: api.identifier }
    const { verifier, challenge } = newPkce()
    const authorize = authorizeUrl(world, {
      ...url,
      client_id: web.id,
      code_challenge: challenge,
      code_challenge_method: 'S256',
    })
    authorize.searchParams.append('resource', jwtApi.identifier)
    const { callback } = await signIn(world, { account, authorizeUrl: authorize })
    const code = { code: callback.searchParams.get('code') ?? '', verifier }
    const first = await exchange(world, web, code, { resource: jwtApi.identifier })
    expect(first.status).toBe(200)
    const aud = async (token: unknown) => (await introspect(world, guard, String(token))).body['aud']
    expect(await aud(first.body['access_token'])).toBe(jwtApi.identifier)
    const second = await refresh(world, web, String(first.body['refresh_token']), {
      resource: api.identifier,
    })
    expect(await aud(second.body['access_token'])).toBe(api.identifier)
    const third = await refresh(world, web, String(second.body['refresh_token']), {
      resource: foreign.identifier,
    })
    expect(third.body['error']).toBe('invalid_target')
  })

  test('8.3.2, RFC 8707 §2.2: what a client lost since is not in the next token', async () => {
    const { world, account, api } = stage
    const client = await world.makeClient({
      metadata: {
        redirect_uris: ['https://app.example/callback'],
        grant_types: ['authorization_code', 'refresh_token'],
      },
    })
    const owner = { type: 'client', id: client.id } as const
    await world.permit(owner, api, ['read', 'write'])
    const params = { scope: 'openid offline_access read write', resource: api.identifier }
    const first = await exchange(world, client, await codeFor(world, { account, client, params }))
    expect(first.body['scope']).toBe('read write')
    await withdrawPermission(world.db, { apiId: api.id, owner, scopes: ['write'] }, systemAct(new Date()))
    let last = first
    const next = async () => (last = await refresh(world, client, String(last.body['refresh_token'])))
    // The server hears of it, and may not have done so yet.
    await within(1000, async () => (await next()).body['scope'] === 'read')
    await withdrawPermission(world.db, { apiId: api.id, owner, scopes: ['read'] }, systemAct(new Date()))
    await within(1000, async () => (await next()).status !== 200)
    expect([last.status, last.body['error']]).toEqual([400, 'invalid_target'])
  })

  test('RFC 8707 §2: where accounts need permission, a person’s token has no more than the person', async () => {
    const { world, web, account, guard } = stage
    const strict = await world.makeApi({ introspectors: [guard], settings: { accountsNeedPermission: true } })
    await world.permit({ type: 'client', id: web.id }, strict, ['read', 'write'])
    await world.permit({ type: 'account', id: account.id }, strict, ['read'])
    const params = { scope: 'openid offline_access read write', resource: strict.identifier }
    const tokens = await exchange(world, web, await codeFor(world, { account, client: web, params }))
    expect(tokens.body['scope']).toBe('read')
    const nobody = await world.makeAccount()
    const { verifier, challenge } = newPkce()
    const url = authorizeUrl(world, {
      ...params,
      client_id: web.id,
      code_challenge: challenge,
      code_challenge_method: 'S256',
    })
    const place = await signInOutcome(openBrowser(world), { account: nobody, authorizeUrl: url })
    const code = place.leavingTo?.searchParams.get('code')
    if (code !== null && code !== undefined) {
      const answer = await exchange(world, web, { code, verifier })
      expect(answer.body['error']).toBe('invalid_target')
    } else
      expect(place.leavingTo?.searchParams.get('error')).toMatch(/invalid_target|access_denied|invalid_scope/)
  })
})
