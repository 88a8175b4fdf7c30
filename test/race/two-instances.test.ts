import { sql } from 'kysely'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { systemAct } from '../../src/domain/audit/act.ts'
import { createSetupLink } from '../../src/domain/accounts/first-administrator.ts'
import { sha256 } from '../../src/platform/crypto/digest.ts'
import { randomSecret } from '../../src/platform/crypto/random.ts'
import { openBrowser } from '../support/browser.ts'
import type { Browser } from '../support/browser.ts'
import { authorizeUrl, codeFor, introspect, newPkce, revoke, tokensOf } from '../support/oauth.ts'
import type { Caller, Code } from '../support/oauth.ts'
import { openStage } from '../support/stage.ts'
import type { Stage } from '../support/stage.ts'
import { livingEnds, originOf, outcomeOf, redeem, refreshAt, tally, whileHeld } from './support.ts'

const rounds = 10

let stage: Stage

beforeAll(async () => {
  stage = await openStage({ instances: 2, env: { TRUSTED_PROXIES: '127.0.0.1' } })
})
afterAll(() => stage.close())

const params = () => ({ scope: 'openid offline_access read', resource: stage.api.identifier })

/** A code for a person who is signed in and has agreed, asked for at one instance. */
async function silentCode(browser: Browser, client: Caller, at: string): Promise<Code> {
  const { verifier, challenge } = newPkce()
  const url = authorizeUrl(stage.world, {
    client_id: client.id,
    code_challenge: challenge,
    code_challenge_method: 'S256',
    ...params(),
    // Otherwise agreeing is asked for again whenever offline access is requested.
    scope: 'openid read',
  })
  const response = await fetch(`${at}${url.pathname}${url.search}`, {
    redirect: 'manual',
    headers: { cookie: browser.cookies.headerFor(url), accept: 'text/html' },
  })
  const callback = new URL(response.headers.get('location') ?? '/', at)
  const code = callback.searchParams.get('code')
  if (code === null) throw new Error(`no code: ${response.status} ${callback.href} ${await response.text()}`)
  return { code, verifier, callback }
}

test('two apps that one browser signs in to at once, on two instances, both stand in its session', async () => {
  const { world, account, web, otherWeb, app } = stage
  for (const client of [web, otherWeb, app])
    await codeFor(world, { account, client, params: { ...params(), scope: 'openid read' } })
  for (let round = 0; round < rounds; round += 1) {
    const browser = openBrowser(world)
    await codeFor(world, { account, client: app, browser, params: { ...params(), scope: 'openid read' } })
    const codes = await Promise.all([
      silentCode(browser, web, originOf(world, 0)),
      silentCode(browser, otherWeb, originOf(world, 1)),
    ])
    expect(await clientsOfSession(browser)).toEqual([app.id, web.id, otherWeb.id].sort())
    const answers = await Promise.all(
      codes.map((code, index) =>
        redeem(world, index === 0 ? web : otherWeb, code, originOf(world, index + 1)),
      ),
    )
    for (const answer of answers) {
      expect(answer.status).toBe(200)
      const token = String(answer.body['access_token'])
      expect((await introspect(world, stage.guard, token)).body['active']).toBe(true)
    }
  }
})

async function clientsOfSession(browser: Browser): Promise<string[]> {
  const hashes = [...browser.cookies.all().values()].map((value) => sha256(value.split('.')[0] ?? ''))
  const { rows } = await sql<{ clients: string[] }>`
    select array(select jsonb_object_keys(payload -> 'authorizations') order by 1) as clients
    from oidc_sessions where id_hash = any (${hashes})`.execute(stage.world.db)
  expect(rows).toHaveLength(1)
  return rows[0]?.clients ?? []
}

test('I1: of 20 who use the setup link at once, over two instances, one becomes the administrator', async () => {
  const { world } = stage
  const token = randomSecret()
  const expiresAt = new Date(Date.now() + 60_000)
  await createSetupLink(world.db, { token, expiresAt }, systemAct(new Date()))
  const answers = await Promise.all(
    Array.from({ length: 20 }, (_, index) =>
      fetch(`${originOf(world, index)}/setup/${token}`, {
        method: 'POST',
        headers: {
          origin: new URL(world.issuer).origin,
          'sec-fetch-site': 'same-origin',
          'x-forwarded-for': `203.0.113.${index}`,
        },
        body: new URLSearchParams({
          email: `first-${index}@example.com`,
          name: 'Ana',
          password: 'correct horse battery staple',
        }),
      }),
    ),
  )
  const counts = tally(answers.map(({ status }) => String(status)))
  console.log(`setup link: ${counts['200'] ?? 0} of ${answers.length} accepted`)
  expect(counts).toEqual({ 200: 1, 410: 19 })
  const { rows } = await sql`select id from accounts where administrator or email like 'first-%'`.execute(
    world.db,
  )
  expect(rows).toHaveLength(1)
})

test('I3, T02: a refresh under way when its family is ended brings nothing that works', async () => {
  const { world, web, guard } = stage
  for (let round = 0; round < rounds; round += 1) {
    const code = await codeFor(world, { account: stage.account, client: web, params: params() })
    const first = tokensOf(await redeem(world, web, code, originOf(world, 0)))
    const [refreshed, revoked] = await whileHeld(world, first.refreshToken, () => [
      refreshAt(world, web, first.refreshToken, originOf(world, round)),
      revoke({ issuer: originOf(world, round + 1) }, web, first.refreshToken),
    ])
    expect(revoked?.status).toBe(200)
    if (refreshed?.status !== 200) continue
    const { accessToken, refreshToken } = tokensOf(refreshed)
    expect((await introspect(world, guard, accessToken)).text).toBe('{"active":false}')
    expect((await introspect(world, web, refreshToken)).text).toBe('{"active":false}')
    expect(outcomeOf(await refreshAt(world, web, refreshToken, originOf(world, 1)))).toBe('invalid_grant')
    expect(await livingEnds(world, refreshToken)).toBeLessThanOrEqual(1)
  }
})
