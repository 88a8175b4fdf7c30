/** A token that was issued for as long as somebody is signed in ends when they are not, whatever its format. */
import { sql } from 'kysely'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { openBrowser } from '../support/browser.ts'
import { codeFor, exchange, introspect, tokensOf } from '../support/oauth.ts'
import { openStage } from '../support/stage.ts'
import type { Stage } from '../support/stage.ts'

let stage: Stage

beforeAll(async () => {
  stage = await openStage()
})
afterAll(() => stage.close())

async function tokenFor(resource: string, asked: Readonly<Record<string, string>>): Promise<string> {
  const { world, web, account } = stage
  const params = { resource, ...asked }
  const code = await codeFor(world, { account, client: web, browser: openBrowser(world), params })
  return tokensOf(await exchange(world, web, code)).accessToken
}

async function isActive(token: string): Promise<unknown> {
  return (await introspect(stage.world, stage.guard, token)).body['active']
}

/** The session goes unused until it ends: nobody signs out, so nobody tells the caches. */
async function letSessionsEnd(): Promise<void> {
  await sql`update oidc_sessions set expires_at = now() + interval '3 seconds'`.execute(stage.world.db)
}

test.each([
  ['opaque', () => stage.api],
  ['JWT', () => stage.jwtApi],
] as const)('v5.0.0-7.3.1: a token ends with its session (%s)', async (_format, api) => {
  const token = await tokenFor(api().identifier, { scope: 'openid read' })
  await letSessionsEnd()
  expect(await isActive(token)).toBe(true)
  await expect.poll(() => isActive(token)).toBe(false)
})

test.each([
  ['opaque', () => stage.api],
  ['JWT', () => stage.jwtApi],
] as const)('a token for an app that may act when nobody is there does not (%s)', async (_format, api) => {
  const asked = { scope: 'openid offline_access read', prompt: 'consent' }
  const token = await tokenFor(api().identifier, asked)
  await sql`delete from oidc_sessions`.execute(stage.world.db)
  expect(await isActive(token)).toBe(true)
})
