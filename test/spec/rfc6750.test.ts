import { afterAll, beforeAll, expect, test } from 'vitest'
import { codeFor, exchange, postForm, readAnswer, tokensOf } from '../support/oauth.ts'
import type { Tokens } from '../support/oauth.ts'
import { age, openStage } from '../support/stage.ts'
import type { Stage } from '../support/stage.ts'

let stage: Stage
let tokens: Tokens

beforeAll(async () => {
  stage = await openStage()
  tokens = await userinfoTokens()
})
afterAll(() => stage.close())

async function userinfoTokens(): Promise<Tokens> {
  const { world, web, account } = stage
  const code = await codeFor(world, { account, client: web, params: { scope: 'openid email' } })
  return tokensOf(await exchange(world, web, code))
}

function userinfo(headers: Record<string, string> = {}, query = ''): Promise<Response> {
  return fetch(`${stage.world.issuer}/oauth/userinfo${query}`, { headers })
}

test('RFC 6750 §2.1, §2.2: a token may come in the header or in a form, and not in both', async () => {
  const { accessToken } = tokens
  const url = `${stage.world.issuer}/oauth/userinfo`
  const bearer = { authorization: `Bearer ${accessToken}` }
  expect((await userinfo(bearer)).status).toBe(200)
  expect((await postForm(url, { access_token: accessToken })).status).toBe(200)
  expect((await postForm(url, {}, bearer)).status).toBe(200)
  const both = await postForm(url, { access_token: accessToken }, bearer)
  expect([both.status, both.body['error']]).toEqual([400, 'invalid_request'])
})

test('P38, RFC 6750 §5.3: a token in the query is not looked at', async () => {
  const { accessToken } = tokens
  for (const query of [`?access_token=${accessToken}`, `?token=${accessToken}`]) {
    const response = await userinfo({}, query)
    expect(response.status).toBeGreaterThanOrEqual(400)
    expect(response.status).toBeLessThan(500)
    expect(await response.text()).not.toContain(stage.account.email)
  }
})

test('RFC 6750 §3: without a token, or with a bad one, the challenge says so', async () => {
  const { accessToken } = tokens
  const changed = accessToken.replace(/[a-z]/gi, (c) =>
    c === c.toLowerCase() ? c.toUpperCase() : c.toLowerCase(),
  )
  for (const bad of [
    'x',
    accessToken.slice(0, -1),
    accessToken.slice(1),
    `${accessToken}A`,
    changed,
    tokens.refreshToken,
    tokens.idToken,
  ]) {
    const answer = await readAnswer(await userinfo({ authorization: `Bearer ${bad}` }))
    expect([answer.status, answer.body['error']], `P40 ${bad}`).toEqual([401, 'invalid_token'])
    expect(answer.headers.get('www-authenticate')).toMatch(/^Bearer .*error="invalid_token"/)
  }
  const none = await userinfo()
  expect([400, 401]).toContain(none.status)
  for (const malformed of [
    'Bearer',
    'Bearer ',
    `Bearer  ${accessToken}`,
    `Token ${accessToken}`,
    accessToken,
  ]) {
    const response = await userinfo({ authorization: malformed })
    expect([400, 401], malformed).toContain(response.status)
  }
  expect((await userinfo({ authorization: `bearer ${accessToken}` })).status).toBe(200)
})

test('RFC 6750 §3.1: a token without openid is not enough for userinfo', async () => {
  const { accessToken } = await stage.tokens(stage.web, { scope: 'read' })
  const response = await userinfo({ authorization: `Bearer ${accessToken}` })
  expect([401, 403]).toContain(response.status)
})

test('RFC 6750 §3.1: an expired token is 401', async () => {
  const { accessToken } = await userinfoTokens()
  await age(stage.world, accessToken, 4000)
  expect((await userinfo({ authorization: `Bearer ${accessToken}` })).status).toBe(401)
})

test('RFC 6750 §5.3: what was answered with a token is not cached', async () => {
  const response = await userinfo({ authorization: `Bearer ${tokens.accessToken}` })
  expect(response.headers.get('cache-control')).toContain('no-store')
})
