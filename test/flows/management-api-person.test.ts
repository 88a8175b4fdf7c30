/** A person at the management API, from the sign-in pages on: what their token may do, and for how long without being asked again. */
import { afterAll, beforeAll, expect, test } from 'vitest'
import { giveRole } from '../../src/domain/apis/role-members.ts'
import { systemAct } from '../../src/domain/audit/act.ts'
import { openBrowser } from '../support/browser.ts'
import type { Browser } from '../support/browser.ts'
import { submitSignIn } from '../support/browser-like.ts'
import { call, managementApi } from '../support/management-api.ts'
import { openRelyingParty } from '../support/relying-party.ts'
import type { RelyingParty } from '../support/relying-party.ts'
import { after, codeAt, enrol } from '../support/totp.ts'
import { openWorld } from '../support/world.ts'
import type { TestAccount, TestApi, World } from '../support/world.ts'

const scopes = ['keys:read', 'keys:write']
const freshSeconds = 900

let world: World
let app: RelyingParty
let now = new Date()
let ana: TestAccount
let browser: Browser
let seed: string
let owner: { readonly type: 'client'; readonly id: string }
let api: TestApi

beforeAll(async () => {
  world = await openWorld({ now: () => now })
  app = await openRelyingParty(world, {
    settings: { firstParty: true },
    scope: `openid ${scopes.join(' ')}`,
  })
  await world.permit({ type: 'client', id: app.client.id }, managementApi(world), scopes)
  // Longer than a sign-in counts as fresh, so that it is the sign-in that is refused and not the token.
  const lifetime = { accessTokenLifetimeSeconds: 3600 }
  await world.db.updateTable('apis').set(lifetime).where('id', '=', managementApi(world).id).execute()
  ana = await world.makeAccount()
  await giveRole(world.db, { roleId: 'role_owner', owner: { type: 'account', id: ana.id } }, systemAct(now))
  seed = (await enrol(world, ana.id, now)).seed
  browser = openBrowser(world)
  api = await world.makeApi()
  owner = {
    type: 'client',
    id: (await world.makeClient({ metadata: { grant_types: ['client_credentials'] } })).id,
  }
  await world.permit(owner, api, ['read'])
})
afterAll(async () => {
  await app.close()
  await world.close()
})

/** Through the pages: the password, then the code of the authenticator app. */
async function tokenOfSignIn(): Promise<string> {
  const begun = await app.begin({ resource: managementApi(world).identifier, prompt: 'login' })
  const page = await submitSignIn(browser, await browser.visit(begun.url), ana)
  const fields = { code: codeAt(seed, now) }
  const { leavingTo } = await browser.submit(page, { action: '/second-factor', fields })
  const { access_token: token } = await begun.complete(String(leavingTo))
  return token
}

const makeKey = (token: string) =>
  call(world, 'POST /keys', {
    token,
    body: { name: 'Made by a person', owner, api_id: api.id, scopes: ['read'] },
  })

test('T12, RFC 9470: who signed in with two factors makes a key for 15 minutes, and is asked to sign in again after them', async () => {
  const before = new Date()
  const token = await tokenOfSignIn()
  const signedIn = new Date()
  const made = await makeKey(token)
  expect(made.status, made.text).toBe(201)
  expect(made.body).toMatchObject({ owner, scopes: ['read'] })

  now = after(before, freshSeconds - 5)
  const late = await makeKey(token)
  expect(late.status, late.text).toBe(201)
  now = after(signedIn, freshSeconds + 1)
  const refused = await makeKey(token)
  expect(refused.status, refused.text).toBe(401)
  expect(refused.headers.get('www-authenticate')).toContain('error="insufficient_user_authentication"')
  expect(refused.headers.get('www-authenticate')).toContain(`max_age="${freshSeconds}"`)
  expect((await call(world, 'GET /keys', { token })).status).toBe(200)

  // The provider's clock is the real one, so the second sign-in is of now; a time step later, for its code.
  now = after(new Date(), 60)
  expect((await makeKey(await tokenOfSignIn())).status).toBe(201)
})
