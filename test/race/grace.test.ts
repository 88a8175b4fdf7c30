import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { codeFor, introspect, redirectUri, tokensOf } from '../support/oauth.ts'
import type { Answer, Caller } from '../support/oauth.ts'
import { openStage } from '../support/stage.ts'
import type { Stage } from '../support/stage.ts'
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

const families = 10

let stage: Stage
let app: Caller

beforeAll(async () => {
  stage = await openStage({ instances: 2 })
  const metadata = {
    redirect_uris: [redirectUri],
    grant_types: ['authorization_code', 'refresh_token'],
    token_endpoint_auth_method: 'none',
  }
  const client = await stage.world.makeClient({ metadata, settings: { refreshGraceSeconds: 60 } })
  await stage.world.permit({ type: 'client', id: client.id }, stage.api, ['read'])
  app = { ...client, isPublic: true }
})
afterAll(() => stage.close())

async function newRefreshToken(): Promise<string> {
  const params = { scope: 'openid offline_access read', resource: stage.api.identifier }
  const code = await codeFor(stage.world, { account: stage.account, client: app, params })
  return tokensOf(await redeem(stage.world, app, code, originOf(stage.world, 0))).refreshToken
}

function accepted(answers: readonly Answer[]): Answer[] {
  return answers.filter(({ status }) => status === 200)
}

describe('where an app has a grace', () => {
  test('R4, P10: of 10 that all saw a refresh token unused two get tokens, and one living end remains', async () => {
    const { world, guard } = stage
    const token = await newRefreshToken()
    const answers = await whileHeld(world, token, () =>
      Array.from({ length: uses }, (_, index) => refreshAt(world, app, token, originOf(world, index))),
    )
    expect(tally(answers.map(outcomeOf))).toEqual({ accepted: 2, invalid_grant: uses - 2 })
    expect(await livingEnds(world, token)).toBe(1)
    const active = await Promise.all(
      accepted(answers).map(
        async (answer) => (await introspect(world, guard, tokensOf(answer).accessToken)).body,
      ),
    )
    expect(active.map((body) => body['active'])).toEqual([true, true])
    const next = await Promise.all(
      accepted(answers).map((answer) =>
        refreshAt(world, app, tokensOf(answer).refreshToken, originOf(world, 1)),
      ),
    )
    expect(tally(next.map(outcomeOf))).toEqual({ accepted: 1, invalid_grant: 1 })
  })

  test('R4, P10: 10 families refreshed by 10 requests at once never have two living ends', async () => {
    const { world } = stage
    const tokens: string[] = []
    for (let index = 0; index < families; index += 1) tokens.push(await newRefreshToken())
    const answers = await eachAtOnce(world, tokens, (token, at) => refreshAt(world, app, token, at))
    const ends = await Promise.all(tokens.map((token) => livingEnds(world, token)))
    const counts = tally(answers.flat().map(outcomeOf))
    console.log(
      `refreshes inside a grace: ${counts['accepted'] ?? 0} of ${families * uses} accepted, ` +
        `${ends.reduce((sum, count) => sum + count, 0)} living ends in ${families} families`,
    )
    for (const each of answers) expect(accepted(each).length).toBeOneOf([1, 2])
    for (const count of ends) expect(count).toBeLessThanOrEqual(1)
    expect(Object.keys(counts).sort()).toEqual(['accepted', 'invalid_grant'])
  })

  test('R4, P10: a repeated refresh and one with its successor, at once: one living end', async () => {
    const { world } = stage
    for (let round = 0; round < families; round += 1) {
      const first = await newRefreshToken()
      const second = tokensOf(await refreshAt(world, app, first, originOf(world, 0))).refreshToken
      const answers = await whileHeld(world, second, () => [
        refreshAt(world, app, second, originOf(world, 0)),
        refreshAt(world, app, first, originOf(world, 1)),
      ])
      expect(answers.map(outcomeOf).sort()).toEqual(['accepted', 'invalid_grant'])
      expect(await livingEnds(world, first)).toBe(1)
    }
  })
})
