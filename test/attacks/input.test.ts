/** What strangers send to be stored or read in two ways. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { openBrowser } from '../support/browser.ts'
import { signInOutcome } from '../support/browser-like.ts'
import { basic, newPkce, authorizeUrl, postAs, readAnswer, redirectUri } from '../support/oauth.ts'
import { openStage } from '../support/stage.ts'
import type { Stage } from '../support/stage.ts'

let stage: Stage

beforeAll(async () => {
  stage = await openStage()
})
afterAll(() => stage.close())

describe('half a surrogate pair in the claims parameter is a bad request and no failure of ours', () => {
  const hostile = [
    String.raw`{"userinfo":{"\ud800":null}}`,
    String.raw`{"id_token":{"acr":{"value":"\ud800"}}}`,
    String.raw`{"id_token":{"email":{"values":["\udfff"]}}}`,
  ]

  test.each(hostile)('%s, sent by a browser', async (claims) => {
    const { world, web, account } = stage
    const { challenge } = newPkce()
    const url = authorizeUrl(world, {
      client_id: web.id,
      code_challenge: challenge,
      code_challenge_method: 'S256',
      scope: 'openid',
      claims,
    })
    const place = await signInOutcome(openBrowser(world), { account, authorizeUrl: url })
    expect(place.leavingTo?.searchParams.get('error')).toBe('invalid_request')
    expect(world.logLines.filter((line) => line.includes('"level":"error"'))).toEqual([])
  })

  test.each(hostile)('%s, pushed', async (claims) => {
    const { world, web } = stage
    const form = {
      response_type: 'code',
      redirect_uri: redirectUri,
      code_challenge: newPkce().challenge,
      code_challenge_method: 'S256',
      scope: 'openid',
      claims,
    }
    expect((await postAs(world, web, { path: '/oauth/par', form })).status).toBeLessThan(500)
  })
})

test('no member of an introspection request is lost behind many others, on either way', async () => {
  const { world, guard, service, api } = stage
  const form = { grant_type: 'client_credentials', resource: api.identifier, scope: 'read' }
  const { body } = await postAs(world, service, { path: '/oauth/token', form })
  const sent = `token=${String(body['access_token'])}${'&'.repeat(20)}required_scope=admin`
  for (const accept of ['application/json', 'application/json;q=0.9']) {
    const answer = await readAnswer(
      await fetch(`${world.issuer}/oauth/introspect`, {
        method: 'POST',
        headers: { ...basic(guard), 'content-type': 'application/x-www-form-urlencoded', accept },
        body: sent,
      }),
    )
    expect(answer.body['decision']).toEqual({ allow: false, reason: 'insufficient_scope' })
  }
})
