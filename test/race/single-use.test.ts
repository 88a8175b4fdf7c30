import { randomUUID } from 'node:crypto'
import { SignJWT, exportJWK, generateKeyPair } from 'jose'
import type { CryptoKey } from 'jose'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { openBrowser } from '../support/browser.ts'
import type { Browser } from '../support/browser.ts'
import { dpopProof, newDpopKey } from '../support/dpop.ts'
import {
  authorizeUrl,
  codeFor,
  introspect,
  newPkce,
  postAs,
  postForm,
  redirectUri,
  textOf,
  tokensOf,
} from '../support/oauth.ts'
import type { Answer, Caller, Code } from '../support/oauth.ts'
import { openStage } from '../support/stage.ts'
import type { Stage } from '../support/stage.ts'
import type { TestClient } from '../support/world.ts'
import {
  eachAtOnce,
  livingEnds,
  originOf,
  outcomeOf,
  redeem,
  refreshAt,
  tally,
  uses,
  whileHeld,
} from './support.ts'

const things = 20

let stage: Stage

beforeAll(async () => {
  stage = await openStage({ instances: 2 })
})
afterAll(() => stage.close())

/** Each with a sign-in of its own, as the end of one family must not hide what happens to another. */
function newCode(client: Caller = stage.web): Promise<Code> {
  const params = { scope: 'openid offline_access read', resource: stage.api.identifier }
  return codeFor(stage.world, { account: stage.account, client, params })
}

async function newRefreshToken(client: Caller = stage.web): Promise<string> {
  return tokensOf(await redeem(stage.world, client, await newCode(client), originOf(stage.world, 0)))
    .refreshToken
}

async function many<T>(make: () => Promise<T>): Promise<T[]> {
  const made: T[] = []
  for (let index = 0; index < things; index += 1) made.push(await make())
  return made
}

/** One of each thing's uses was accepted, all others were refused in these words; prints the count. */
function expectOneEach(name: string, answers: readonly (readonly Answer[])[], refusal: string): void {
  const counts = tally(answers.flat().map(outcomeOf))
  console.log(`${name}: ${counts['accepted'] ?? 0} of ${answers.flat().length} accepted`)
  expect(answers.map((each) => each.filter(({ status }) => status === 200).length)).toEqual(
    Array.from({ length: things }, () => 1),
  )
  expect(counts).toEqual({ accepted: things, [refusal]: things * (uses - 1) })
}

describe('20 of each, used by 10 requests at once over two instances', () => {
  test('F1, T01, P6: 20 authorization codes are good for 20 token responses', async () => {
    const { world, web } = stage
    const codes = await many(newCode)
    const answers = await eachAtOnce(world, codes, (code, at) => redeem(world, web, code, at))
    expectOneEach('codes', answers, 'invalid_grant')
  })

  test('F1, T02: 20 refresh tokens are good for 20 refreshes', async () => {
    const { world, web } = stage
    const tokens = await many(newRefreshToken)
    const answers = await eachAtOnce(world, tokens, (token, at) => refreshAt(world, web, token, at))
    expectOneEach('refresh tokens', answers, 'invalid_grant')
    for (const token of tokens) expect(await livingEnds(world, token)).toBeLessThanOrEqual(1)
  })

  test('F1, T07: 20 client assertions authenticate 20 times', async () => {
    const { world, api } = stage
    const { client, assertion } = await clientWithKey()
    await world.permit({ type: 'client', id: client.id }, api, ['read'])
    const form = {
      grant_type: 'client_credentials',
      client_assertion_type: 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer',
      resource: api.identifier,
    }
    const assertions = await many(assertion)
    const answers = await eachAtOnce(world, assertions, (client_assertion, at) =>
      postForm(`${at}/oauth/token`, { ...form, client_assertion }),
    )
    expectOneEach('client assertions', answers, 'invalid_client')
  })

  test('F1, P26: 20 DPoP proofs prove 20 times', async () => {
    const { world, service, api } = stage
    const key = await newDpopKey()
    const form = { grant_type: 'client_credentials', resource: api.identifier }
    const proofs = await many(() => dpopProof(key, `${world.issuer}/oauth/token`))
    const answers = await eachAtOnce(world, proofs, (dpop, at) =>
      postAs(world, service, { path: '/oauth/token', form, headers: { dpop }, at }),
    )
    expectOneEach('DPoP proofs', answers, 'invalid_dpop_proof')
  })

  test('F1, P21: 20 pushed requests lead to 20 codes', async () => {
    const { world, web } = stage
    const browser = await signedInBrowser()
    const pushed = await many(() => push(web))
    const codes = await eachAtOnce(world, pushed, (uri, at) => codeByReference(browser, web, { uri, at }))
    const counts = tally(codes.flat().map((outcome) => (outcome.code === undefined ? outcome.error : 'code')))
    console.log(`pushed requests: ${counts['code'] ?? 0} of ${codes.flat().length} accepted`)
    expect(codes.map((each) => each.filter(({ code }) => code !== undefined).length)).toEqual(
      Array.from({ length: things }, () => 1),
    )
    expect(counts).toEqual({ code: things, invalid_request_uri: things * (uses - 1) })
  })
})

async function clientWithKey(): Promise<{ client: TestClient; assertion: () => Promise<string> }> {
  const { privateKey, publicKey } = await generateKeyPair('ES256')
  const client = await stage.world.makeClient({
    metadata: {
      grant_types: ['client_credentials'],
      token_endpoint_auth_method: 'private_key_jwt',
      jwks: { keys: [{ ...(await exportJWK(publicKey)), kid: 'one', alg: 'ES256', use: 'sig' }] },
    },
  })
  return { client, assertion: () => assertionOf(client.id, privateKey) }
}

function assertionOf(clientId: string, key: CryptoKey): Promise<string> {
  return new SignJWT({ jti: randomUUID() })
    .setProtectedHeader({ alg: 'ES256', kid: 'one' })
    .setIssuer(clientId)
    .setSubject(clientId)
    .setAudience(stage.world.issuer)
    .setIssuedAt()
    .setExpirationTime('60 seconds')
    .sign(key)
}

/** A browser whose person has signed in and agreed, so that an authorization request leads straight to a code. */
async function signedInBrowser(): Promise<Browser> {
  const { world, account, web } = stage
  const browser = openBrowser(world)
  await codeFor(world, { account, client: web, browser, params: { scope: 'openid' } })
  return browser
}

async function push(client: Caller): Promise<string> {
  const form = {
    client_id: client.id,
    response_type: 'code',
    redirect_uri: redirectUri,
    scope: 'openid',
    code_challenge: newPkce().challenge,
    code_challenge_method: 'S256',
  }
  const answer = await postAs(stage.world, client, { path: '/oauth/par', form })
  if (answer.status !== 201) throw new Error(answer.text)
  return textOf(answer, 'request_uri')
}

/** The code that an authorization request leads to at an instance, or the error. */
async function codeByReference(
  browser: Browser,
  client: Caller,
  { uri, at }: { readonly uri: string; readonly at: string },
): Promise<{ code: string; error?: undefined } | { code?: undefined; error: string }> {
  const url = authorizeUrl(stage.world, {
    client_id: client.id,
    request_uri: uri,
    response_type: undefined,
    redirect_uri: undefined,
    state: undefined,
  })
  const response = await fetch(`${at}${url.pathname}${url.search}`, {
    redirect: 'manual',
    headers: { cookie: browser.cookies.headerFor(url), accept: 'application/json' },
  })
  const location = response.headers.get('location')
  const body = await response.text()
  const answered = location === null ? undefined : new URL(location, at).searchParams
  const code = answered?.get('code')
  if (typeof code === 'string') return { code }
  return { error: answered?.get('error') ?? /invalid_\w+/.exec(body)?.[0] ?? `${response.status}` }
}

describe('those who lose at the same moment', () => {
  test('F1, P6: of 10 that all saw a code unused one gets tokens, which work; a later use ends them', async () => {
    const { world, web, guard } = stage
    const code = await newCode()
    const answers = await whileHeld(world, code.code, () =>
      Array.from({ length: uses }, (_, index) => redeem(world, web, code, originOf(world, index))),
    )
    expect(tally(answers.map(outcomeOf))).toEqual({ accepted: 1, invalid_grant: uses - 1 })
    const won = tokensOf(winnerOf(answers))
    expect((await introspect(world, guard, won.accessToken)).body['active']).toBe(true)
    const next = tokensOf(await refreshAt(world, web, won.refreshToken, originOf(world, 1)))

    expect(outcomeOf(await redeem(world, web, code, originOf(world, 1)))).toBe('invalid_grant')
    for (const token of [won.accessToken, next.accessToken])
      expect((await introspect(world, guard, token)).text).toBe('{"active":false}')
    expect(outcomeOf(await refreshAt(world, web, next.refreshToken, originOf(world, 0)))).toBe(
      'invalid_grant',
    )
  })

  test('F1, T02: of 10 that all saw a refresh token unused one gets tokens, which work; a later use ends the family', async () => {
    const { world, web, guard } = stage
    const token = await newRefreshToken()
    const answers = await whileHeld(world, token, () =>
      Array.from({ length: uses }, (_, index) => refreshAt(world, web, token, originOf(world, index))),
    )
    expect(tally(answers.map(outcomeOf))).toEqual({ accepted: 1, invalid_grant: uses - 1 })
    expect(await livingEnds(world, token)).toBe(1)
    const won = tokensOf(winnerOf(answers))
    expect((await introspect(world, guard, won.accessToken)).body['active']).toBe(true)
    const next = tokensOf(await refreshAt(world, web, won.refreshToken, originOf(world, 1)))

    expect(outcomeOf(await refreshAt(world, web, token, originOf(world, 1)))).toBe('invalid_grant')
    for (const value of [won.accessToken, next.accessToken])
      expect((await introspect(world, guard, value)).text).toBe('{"active":false}')
    expect(outcomeOf(await refreshAt(world, web, next.refreshToken, originOf(world, 0)))).toBe(
      'invalid_grant',
    )
  })
})

function winnerOf(answers: readonly Answer[]): Answer {
  const winner = answers.find(({ status }) => status === 200)
  if (winner === undefined) throw new Error('nobody won')
  return winner
}
