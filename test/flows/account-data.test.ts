/** The download of a person's data against the schema: whatever names an account is in it, or it is said here why not. */
import { sql } from 'kysely'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { z } from 'zod'
import { requestEmailChange } from '../../src/domain/accounts/email-change.ts'
import { systemAct } from '../../src/domain/audit/act.ts'
import { createSeal } from '../../src/platform/crypto/seal.ts'
import { goHome } from '../support/account-page.ts'
import { makeApiKey } from '../support/api-keys.ts'
import { enrol } from '../support/totp.ts'
import { openWorld } from '../support/world.ts'
import type { World } from '../support/world.ts'

let world: World
beforeAll(async () => {
  world = await openWorld()
})
afterAll(() => world.close())

/** Where in the file each table is, by the path to it. */
const exported: Readonly<Record<string, readonly string[]>> = {
  accounts: ['account'],
  account_deletions: ['deletion'],
  api_keys: ['api_keys'],
  api_permissions: ['permissions'],
  audit_events: ['activity'],
  browser_accounts: ['browsers_that_offer_the_account'],
  consents: ['connected_apps'],
  device_owners: ['first_sign_in_at'],
  devices: ['second_factors', 'devices'],
  mails: ['waiting_mails'],
  oidc_artifacts: ['tokens'],
  oidc_grants: ['grants'],
  oidc_sessions: ['sessions'],
  one_time_links: ['mailed_links'],
  passkeys: ['second_factors', 'passkeys'],
  password_attempts: ['password_failures'],
  recovery_codes: ['second_factors', 'recovery_codes_left'],
  role_members: ['roles'],
  totp_authenticators: ['second_factors', 'authenticator_app'],
  web_sessions: ['sessions_at_own_pages'],
}

/** What names an account and is in no file. */
const leftOut: Readonly<Record<string, string>> = {
  logout_deliveries:
    'a queue of minutes: which app is being told that a session ended, which the activity says',
  passkey_challenges: 'a question of five minutes',
  passkey_users: 'random bytes that stand for the account in its passkeys, and for nothing else',
  recovery_code_sets: 'when the codes were made, which the activity says',
  totp_enrolments: 'a seed that was shown and is not in use: it is a secret',
}

test('every table that names an account is in the file, or it is said why not', async () => {
  const { rows } = await sql<{
    name: string
  }>`select distinct table_name as name from information_schema.columns
    where table_schema = 'public' and (column_name in ('account_id', 'owner_id', 'actor_id', 'target_id', 'email', 'recipient'))`.execute(
    world.db,
  )
  const declared = [...Object.keys(exported), ...Object.keys(leftOut)]
  expect(rows.map(({ name }) => name).toSorted()).toEqual(declared.toSorted())
})

test('what somebody has is in their file, and none of it could be presented anywhere', async () => {
  const ana = await goHome(world)
  const { account } = ana
  const api = await world.makeApi({ scopes: ['read'] })
  await world.permit({ type: 'account', id: account.id }, api, ['read'])
  const key = await makeApiKey(world, { owner: { type: 'account', id: account.id }, api })
  await sql`insert into api_key_usage (key_id, hour, outcome, verifications)
    values (${key.id}, date_trunc('hour', now()), 'valid', 7)`.execute(world.db)
  const mailing = { issuer: world.issuer, seal: createSeal(world.config.sealingKeys) }
  const act = systemAct(new Date())
  const change = { accountId: account.id, email: 'other@example.com', locale: 'en' }
  await requestEmailChange(world.db, mailing, change, act)
  await sql`insert into password_attempts (key, account_id, elsewhere, updated_at)
    values (${account.id}, ${account.id}, 3, now())
    on conflict (key) do update set elsewhere = 3`.execute(world.db)
  const answer = await ana.post('/account/data/export')
  const text = await answer.text()
  const data: unknown = JSON.parse(text)
  expect(data).toMatchObject({
    first_sign_in_at: expect.any(String),
    password_failures: [{ elsewhere: 3 }],
    sessions_at_own_pages: [{ door: 'account' }],
    browsers_that_offer_the_account: [{ signedInAt: expect.any(String) }],
    mailed_links: [{ purpose: 'change_email', email: 'other@example.com' }],
    api_keys: [{ id: key.id, usage: [{ outcome: 'valid', verifications: 7 }] }],
    grants: expect.any(Array),
    tokens: expect.any(Array),
    roles: [],
  })
  const file = z.record(z.string(), z.unknown()).parse(data)
  for (const [table, path] of Object.entries(exported)) {
    if (table === 'account_deletions' || table === 'totp_authenticators') continue
    const [first = '', second] = path
    const part = second === undefined ? file[first] : Reflect.get(Object(file[first]), second)
    expect([table, part]).not.toEqual([table, undefined])
  }
  expect(text).not.toMatch(/argon2|hash|pepper|secret_|verifier|"seed"|payload|\/link\//i)
  for (const value of ana.browser.cookies.everSet()) expect(text).not.toContain(value)
})

test('with a second factor and a deletion they are in the file too', async () => {
  const ana = await goHome(world)
  const { seed } = await enrol(world, ana.account.id)
  await sql`insert into account_deletions (account_id, requested_at, due_at)
    values (${ana.account.id}, now(), now() + interval '14 days')`.execute(world.db)
  await sql`update web_sessions set acr = 'aal2' where account_id = ${ana.account.id}`.execute(world.db)
  const text = await (await ana.post('/account/data/export')).text()
  expect(JSON.parse(text)).toMatchObject({
    deletion: { dueAt: expect.any(String) },
    second_factors: { authenticator_app: { createdAt: expect.any(String) }, recovery_codes_left: 10 },
  })
  expect(text).not.toContain(seed)
})
