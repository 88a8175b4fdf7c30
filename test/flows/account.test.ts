/** A person's own page: what it changes, what it asks for first, and that it is about nobody else. */
import { sql } from 'kysely'
import { generateSync } from 'otplib'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { findAccount } from '../../src/domain/accounts/account.ts'
import { grantAdministrator } from '../../src/domain/accounts/lifecycle.ts'
import { changeApi } from '../../src/domain/apis/lifecycle.ts'
import { systemAct } from '../../src/domain/audit/act.ts'
import { rememberDevice } from '../../src/domain/devices/devices.ts'
import { deleteDueAccounts } from '../../src/oidc/account-deletion.ts'
import { rememberConsent } from '../../src/oidc/grants.ts'
import { randomId, randomSecret } from '../../src/platform/crypto/random.ts'
import { goHome, growStale, ownForm, tokenOf } from '../support/account-page.ts'
import type { AtHome } from '../support/account-page.ts'
import { makeApiKey } from '../support/api-keys.ts'
import { openBrowser } from '../support/browser.ts'
import { submitSignIn } from '../support/browser-like.ts'
import { givePasskey } from '../support/passkeys.ts'
import { openWorld, testPassword } from '../support/world.ts'
import type { TestApi, World } from '../support/world.ts'

let world: World
let ana: AtHome
let api: TestApi
const newPassword = 'seven unlikely words about lighthouses and bread'

beforeAll(async () => {
  world = await openWorld()
  api = await world.makeApi({ scopes: ['read', 'write'] })
  await changeApi(world.db, { id: api.id, version: 1, accountKeys: true }, systemAct(new Date()))
})
afterAll(() => world.close())
beforeEach(async () => {
  ana = await goHome(world)
})

/** A code of the app with this key, some seconds from now. */
function codeOf(key: string, fromNowSeconds: number): string {
  return generateSync({ secret: key, epoch: Math.floor(Date.now() / 1000) + fromNowSeconds })
}

describe('profile and address', () => {
  test('saves what is said, and keeps what is not offered', async () => {
    await sql`update accounts set claims = claims || '{"gender":"x","phone_number":"+4930123456","phone_number_verified":true}'
      where id = ${ana.account.id}`.execute(world.db)
    const { version } = (await findAccount(world.db, ana.account.id)) ?? { version: 0 }
    const saved = await ana.post('/account/profile', {
      version: String(version),
      name: 'Ana Müller',
      username: 'ana.mueller',
      phone_number: '+4930123456',
      locality: 'Köln',
      locale: 'de',
    })
    expect(saved.headers.get('location')).toBe('/account/profile?done=profile')
    const next = await ana.browser.visit('/account/profile?done=profile')
    expect(next.html).toContain('Ihr Profil wurde gespeichert.')
    expect(await findAccount(world.db, ana.account.id)).toMatchObject({
      username: 'ana.mueller',
      claims: {
        name: 'Ana Müller',
        gender: 'x',
        locale: 'de',
        address: { locality: 'Köln' },
        phone_number: '+4930123456',
        phone_number_verified: true,
      },
    })
  })

  test('T34, API3: what is vouched for or decided by others cannot be set, and another number is not vouched for', async () => {
    await sql`update accounts set claims = claims || '{"phone_number":"+4930123456","phone_number_verified":true}'
      where id = ${ana.account.id}`.execute(world.db)
    const { version } = (await findAccount(world.db, ana.account.id)) ?? { version: 0 }
    await ana.post('/account/profile', {
      version: String(version),
      phone_number: '+4930999999',
      phone_number_verified: 'true',
      email_verified: 'true',
      emailVerified: 'true',
      email: 'other@example.com',
      administrator: 'true',
      owner: 'true',
      id: 'acc_somebody',
      __proto__: 'x',
    })
    const account = await findAccount(world.db, ana.account.id)
    expect(account).toMatchObject({
      email: ana.account.email,
      emailVerifiedAt: undefined,
      administrator: false,
      claims: { phone_number: '+4930999999' },
    })
    expect(account?.claims.phone_number_verified).toBeUndefined()
  })

  test('a name somebody has, a wrong date, an older page: each is said, and nothing is lost or saved', async () => {
    const ben = await goHome(world)
    await ben.submit('/account/profile', '/account/profile', { username: 'only-one' })
    const taken = await ana.submit('/account/profile', '/account/profile', { username: 'ONLY-ONE' })
    expect(taken.status).toBe(409)
    expect(taken.html).toContain('Somebody else has this username.')
    const wrong = await ana.submit('/account/profile', '/account/profile', {
      birthdate: '31.12.1990',
      website: 'javascript:alert(1)',
      nickname: '<script>',
    })
    expect(wrong.status).toBe(400)
    expect(wrong.forms.find(({ action }) => action === '/account/profile')?.fields['nickname']).toBe(
      '<script>',
    )
    const old = await ana.browser.visit('/account/profile')
    await ana.submit('/account/profile', '/account/profile', { nickname: 'first' })
    const late = await ana.browser.submit(old, { action: '/account/profile', fields: { nickname: 'late' } })
    expect(late.status).toBe(409)
    expect((await findAccount(world.db, ana.account.id))?.claims.nickname).toBe('first')
  })

  test('7.5.1: another address needs a fresh sign-in, is asked for by mail, and is not the address until then', async () => {
    const mailsTo = (to: string) =>
      world.db.selectFrom('mails').select('kind').where('recipient', '=', to).execute()
    const wanted = `new-${ana.account.email}`
    const sent = await ana.submit('/account/profile/email', '/account/profile/email', { email: wanted })
    expect(sent.url.search).toBe('?done=email')
    expect((await findAccount(world.db, ana.account.id))?.email).toBe(ana.account.email)
    expect(await mailsTo(wanted)).toEqual([{ kind: 'change_email' }])
    await growStale(world, ana.account)
    const { csrf } = await tokenOf(ana.browser)
    const stale = await ana.browser.send(
      '/account/profile/email',
      ownForm(world, { csrf, email: 'x@example.com' }),
    )
    expect(stale.status).toBe(403)
    expect(await mailsTo('x@example.com')).toEqual([])
  })
})

describe('password', () => {
  const change = (fields: Readonly<Record<string, string>>) =>
    ana.submit('/account/security/password', '/account/security/password', fields)

  test('6.2.2, 6.2.3: takes the present and a new one; the present one no longer works', async () => {
    const wrong = await change({ current: 'not it at all, really not', password: newPassword })
    expect(wrong.status).toBe(400)
    expect(wrong.html).toContain('This is not your current password.')
    const weak = await change({ current: testPassword, password: 'passwordpassword' })
    expect(weak.status).toBe(400)
    const done = await change({ current: testPassword, password: newPassword })
    expect(done.url.pathname).toBe('/account/security')
    const other = openBrowser(world)
    const before = await submitSignIn(other, await other.visit('/account'), ana.account)
    expect(before.status).toBe(401)
    const after = await submitSignIn(other, await other.visit('/account'), {
      ...ana.account,
      password: newPassword,
    })
    expect(after.url.pathname).toBe('/account')
  })

  test('7.4.3: ends all other sessions if wanted, and this one stays', async () => {
    const elsewhere = await goHome(world, { account: ana.account })
    await change({ current: testPassword, password: newPassword, others: 'yes' })
    expect((await elsewhere.browser.visit('/account')).trail[0]).toBe('303 /account')
    expect((await ana.browser.visit('/account')).status).toBe(200)
  })

  test('guesses at the present password are limited, and none is made of a stale session', async () => {
    const statuses: number[] = []
    for (let guess = 0; guess < 12; guess += 1) {
      const place = await change({ current: `wrong guess number ${guess}`, password: newPassword })
      statuses.push(place.status)
    }
    expect(statuses.filter((status) => status === 400).length).toBeLessThanOrEqual(10)
    expect(statuses.at(-1)).toBe(429)
    await growStale(world, ana.account)
    const again = await ana.browser.visit('/account/security/password')
    expect(again.url.pathname).toMatch(/^\/sign-in\//)
  })
})

describe('API1: what is somebody else’s is not there, in the same words as what is nowhere', () => {
  test('for every route with an id', async () => {
    const ben = await goHome(world)
    await world.permit({ type: 'account', id: ben.account.id }, api, ['read'])
    const key = await makeApiKey(world, { owner: { type: 'account', id: ben.account.id }, api })
    const client = await world.makeClient({ metadata: { redirect_uris: ['https://a.example/cb'] } })
    const consent = { oidcScope: 'openid', oidcClaims: '', resourceScopes: {} }
    const act = systemAct(new Date())
    await rememberConsent(world.db, { accountId: ben.account.id, clientId: client.id, consent }, act)
    const device = { id: randomId('dev'), token: randomSecret(), accountId: ben.account.id, userAgent: 'x' }
    await rememberDevice(world.db, device, act)
    const passkey = await givePasskey(world, ben.account.id, 'Key of Ben')
    const { rows } = await sql<{
      uid: string
    }>`select uid from oidc_sessions where account_id = ${ben.account.id}`.execute(world.db)
    const uid = rows[0]?.uid ?? ''
    const reads = [
      [`/account/keys/${key.id}`, '/account/keys/AAAAAAAAAAAA'],
      [`/account/apps/${client.id}/revoke`, '/account/apps/cli_nobody/revoke'],
      [`/account/security/passkeys/${passkey}`, '/account/security/passkeys/pk_nobody'],
      [`/account/keys/new/${api.id}`, '/account/keys/new/api_nobody'],
    ] as const
    for (const [foreign, unknown] of reads) {
      const [one, other] = [await ana.browser.visit(foreign), await ana.browser.visit(unknown)]
      expect([foreign, one.status, withoutId(one.html)]).toEqual([foreign, 404, withoutId(other.html)])
    }
    const writes = [
      [`/account/keys/${key.id}/revoke`, '/account/keys/AAAAAAAAAAAA/revoke'],
      [`/account/keys/${key.id}/rotate`, '/account/keys/AAAAAAAAAAAA/rotate'],
      [`/account/keys/new/${api.id}`, '/account/keys/new/api_nobody'],
      [`/account/apps/${client.id}/revoke`, '/account/apps/cli_nobody/revoke'],
      [`/account/sessions/${uid}/end`, '/account/sessions/nobody/end'],
      [`/account/security/devices/${device.id}/forget`, '/account/security/devices/dev_nobody/forget'],
      [`/account/security/passkeys/${passkey}/rename`, '/account/security/passkeys/pk_nobody/rename'],
      [`/account/security/passkeys/${passkey}/remove`, '/account/security/passkeys/pk_nobody/remove'],
    ] as const
    for (const [foreign, unknown] of writes) {
      const fields = { version: '1', overlap: '0', name: 'Mine' }
      const [one, other] = [await ana.post(foreign, fields), await ana.post(unknown, fields)]
      expect([foreign, one.status, withoutId(await one.text())]).toEqual([
        foreign,
        404,
        withoutId(await other.text()),
      ])
    }
    expect((await ben.browser.visit('/account')).status).toBe(200)
    expect((await ben.browser.visit(`/account/keys/${key.id}`)).html).toContain('Active')
    expect((await ben.browser.visit('/account/apps')).html).toContain('Remove access')
    expect((await ben.browser.visit('/account/security')).html).toContain('Key of Ben')
  })

  const withoutId = (html: string) => html.replace(/<code>[\w-]+<\/code>|<dd>[\w-]{16}<\/dd>/g, '')
})

describe('T35: own API keys', () => {
  const make = (fields: Readonly<Record<string, string>>) =>
    ana.post(`/account/keys/new/${api.id}`, { name: 'Laptop', scope: 'read', lifetime: '30', ...fields })
  const keys = () =>
    world.db
      .selectFrom('apiKeys')
      .select(['ownerId', 'scopes', 'rateLimitRequests'])
      .where('apiId', '=', api.id)
      .execute()

  test('a key is made for oneself, shown once, works, gets another secret, and is ended', async () => {
    await world.permit({ type: 'account', id: ana.account.id }, api, ['read', 'write'])
    const shown = await make({})
    const text = /lk_[\w]+/.exec(await shown.text())?.[0] ?? ''
    expect(shown.status).toBe(200)
    const list = await ana.browser.visit('/account/keys')
    expect(list.html).toContain('Laptop')
    expect(list.html).not.toContain(text)
    const isTaken = async (key: string) => {
      const question = `${world.issuer}/verify?api=${encodeURIComponent(api.identifier)}`
      return (await fetch(question, { headers: { 'x-api-key': key } })).status === 204
    }
    expect(await isTaken(text)).toBe(true)
    const [, keyId = ''] = text.split('_')
    const rotated = await ana.post(`/account/keys/${keyId}/rotate`, { version: '1', overlap: '0' })
    const second = /lk_[\w]+/.exec(await rotated.text())?.[0] ?? ''
    expect(second).not.toBe(text)
    expect([await isTaken(text), await isTaken(second)]).toEqual([false, true])
    await ana.submit(`/account/keys/${keyId}`, '/revoke')
    expect(await isTaken(second)).toBe(false)
  })

  test('another owner, scopes one does not hold, limits and addresses are refused, and nothing is made', async () => {
    const ben = await world.makeAccount()
    await world.permit({ type: 'account', id: ana.account.id }, api, ['read'])
    await world.permit({ type: 'account', id: ben.id }, api, ['read', 'write'])
    const before = await keys()
    const wishes = [
      { owner: ben.id },
      { owner_id: ben.id },
      { ownerId: ben.id },
      { userId: ben.id },
      { scope: 'write' },
      { scope: '*' },
      { rateLimit: '1000000' },
      { rate_limit_requests: '1' },
      { allowedAddresses: '0.0.0.0/0' },
      { quota: '5' },
      { lifetime: '99999' },
    ]
    for (const wish of wishes) expect([wish, (await make(wish)).status]).toEqual([wish, 400])
    expect(await keys()).toEqual(before)
  })

  test('an API that does not let people make keys is not there; without a fresh sign-in no key is made', async () => {
    const closed = await world.makeApi()
    await world.permit({ type: 'account', id: ana.account.id }, closed, ['read'])
    expect((await ana.browser.visit('/account/keys')).html).not.toContain('Make a key')
    expect((await ana.post(`/account/keys/new/${closed.id}`, { name: 'x', scope: 'read' })).status).toBe(404)
    await world.permit({ type: 'account', id: ana.account.id }, api, ['read'])
    await growStale(world, ana.account)
    expect((await make({})).status).toBe(403)
    const all = await keys()
    expect(all.filter(({ ownerId }) => ownerId === ana.account.id)).toEqual([])
  })
})

describe('second factors', () => {
  /** Sets up an app with the key that the page shows, and gives its key. */
  const setUp = async (): Promise<string> => {
    const page = await ana.browser.visit('/account/security/app')
    const key = /<code>([A-Z2-7 ]{30,})<\/code>/.exec(page.html)?.[1]?.replaceAll(' ', '') ?? ''
    const wrong = await ana.browser.submit(page, { action: '/security/app', fields: { code: '000000' } })
    expect([400, 200]).toContain(wrong.status)
    const code = codeOf(key, 0)
    const done = await ana.submit('/account/security/app', '/security/app', { code })
    expect(done.html).toContain('Save your recovery codes')
    // As if it had been a minute ago: the code of this moment is one that was not used yet.
    await sql`update totp_authenticators set last_step = last_step - 2 where account_id = ${ana.account.id}`.execute(
      world.db,
    )
    const codes = done.forms.find(({ action }) => action.endsWith('/download'))?.fields['codes'] ?? ''
    const file = await ana.browser.send(
      '/account/security/recovery-codes/download',
      ownForm(world, { ...(await tokenOf(ana.browser)), codes }),
    )
    expect(file.headers.get('content-disposition')).toContain('attachment')
    expect(await file.text()).toContain(codes.split(' ')[0])
    expect((await ana.browser.visit('/account/security')).html).not.toContain(codes.split(' ')[0])
    return key
  }

  test('7.5.1, 7.5.3: once there is one, what is sensitive wants it, and a form without it is not executed', async () => {
    const key = await setUp()
    for (const path of ['/account/data/delete', '/account/profile/email', '/account/security/app/remove']) {
      const asked = await ana.browser.visit(path)
      expect([path, asked.url.pathname]).toEqual([path, expect.stringMatching(/^\/sign-in\//)])
    }
    const posts = [
      ['/account/security/app/remove', {}],
      ['/account/security/recovery-codes', {}],
      ['/account/security/password', { current: testPassword, password: newPassword }],
      ['/account/profile/email', { email: 'x@example.com' }],
      ['/account/data/export', {}],
      ['/account/data/delete', { email: ana.account.email }],
    ] as const
    for (const [path, fields] of posts)
      expect([path, (await ana.post(path, fields)).status]).toEqual([path, 403])
    const asked = await ana.browser.visit('/account/security/app/remove')
    const proven = await ana.browser.submit(asked, {
      action: '/second-factor',
      fields: { code: codeOf(key, 0) },
    })
    expect(proven.url.pathname).toBe('/account/security/app/remove')
    const removed = await ana.browser.submit(proven, { action: '/account/security/app/remove' })
    expect(removed.html).toContain('The authenticator app was removed.')
  })
})

describe('sessions and apps', () => {
  test('7.5.2: lists where one is signed in, ends one, and ends all others', async () => {
    const second = await goHome(world, { account: ana.account })
    const third = await goHome(world, { account: ana.account })
    const page = await ana.browser.visit('/account/sessions')
    const ends = page.forms.filter(({ action }) => action.endsWith('/end'))
    expect(ends).toHaveLength(2)
    expect(page.html).toContain('127.0.0.1')
    const { rows } = await sql<{ uid: string }>`select session_uid as uid from web_sessions
      where account_id = ${ana.account.id} order by created_at`.execute(world.db)
    await ana.browser.submit(page, { action: `/account/sessions/${rows[1]?.uid}/end` })
    expect((await second.browser.visit('/account')).trail[0]).toBe('303 /account')
    expect((await third.browser.visit('/account')).status).toBe(200)
    await ana.submit('/account/sessions', '/account/sessions/end-others')
    expect((await third.browser.visit('/account')).trail[0]).toBe('303 /account')
    expect((await ana.browser.visit('/account')).status).toBe(200)
  })

  test('10.7.3: an app is listed with what it may do, and loses it', async () => {
    const client = await world.makeClient({
      metadata: { client_name: '<b>Gallery</b>', redirect_uris: ['https://a.example/cb'] },
    })
    const consent = {
      oidcScope: 'openid email',
      oidcClaims: '',
      resourceScopes: { [api.identifier]: 'read' },
    }
    const given = { accountId: ana.account.id, clientId: client.id, consent }
    await rememberConsent(world.db, given, systemAct(new Date()))
    const page = await ana.browser.visit('/account/apps')
    expect(page.html).toContain('&lt;b&gt;Gallery')
    expect(page.html).toContain('May read.')
    expect(page.html).toContain('See your email address')
    expect(page.html).not.toContain('latchkey-account')
    const gone = await ana.submit(`/account/apps/${client.id}/revoke`, '/revoke')
    expect(gone.html).toContain('No app has access to your account.')
  })
})

describe('data', () => {
  test('the download is complete, and holds no hash, seed, secret or cookie', async () => {
    await world.permit({ type: 'account', id: ana.account.id }, api, ['read'])
    const key = await makeApiKey(world, { owner: { type: 'account', id: ana.account.id }, api })
    const answer = await ana.post('/account/data/export')
    expect(answer.headers.get('content-disposition')).toBe('attachment; filename="account.json"')
    const text = await answer.text()
    const data: unknown = JSON.parse(text)
    expect(data).toMatchObject({
      account: { id: ana.account.id, email: ana.account.email },
      sessions: [{ userAgent: 'node' }],
      api_keys: [{ id: key.id }],
      permissions: [{ scope: 'read' }],
      activity: expect.arrayContaining([expect.objectContaining({ type: 'sign_in.succeeded' })]),
    })
    expect(text).not.toMatch(/argon2|hash|pepper|secret_|verifier|"seed"/i)
    for (const value of ana.browser.cookies.everSet()) expect(text).not.toContain(value)
  })

  test('deletion signs out everywhere, waits, and is called off by whoever signs in again', async () => {
    const elsewhere = await goHome(world, { account: ana.account })
    const wrong = await ana.submit('/account/data/delete', '/account/data/delete', { email: 'x@example.com' })
    expect(wrong.status).toBe(400)
    const taken = await ana.submit('/account/data/delete', '/account/data/delete', {
      email: ana.account.email.toUpperCase(),
    })
    expect(taken.html).toContain('Your account will be deleted')
    expect((await elsewhere.browser.visit('/account')).trail[0]).toBe('303 /account')
    await deleteDueAccounts(world.db, systemAct(new Date()))
    const back = await goHome(world, { account: ana.account })
    const kept = await back.submit('/account', '/account/data/keep')
    expect(kept.html).toContain('Your account stays.')
    await deleteDueAccounts(world.db, systemAct(new Date(Date.now() + 15 * 86_400_000)))
    expect(await findAccount(world.db, ana.account.id)).toBeDefined()
  })

  test('after the grace the account is gone, once, whoever deletes at the same moment', async () => {
    await ana.submit('/account/data/delete', '/account/data/delete', { email: ana.account.email })
    const later = systemAct(new Date(Date.now() + 14 * 86_400_000 + 1000))
    const deleted = await Promise.all([1, 2, 3].map(() => deleteDueAccounts(world.db, later)))
    expect(deleted.reduce((sum, each) => sum + each, 0)).toBe(1)
    expect(await findAccount(world.db, ana.account.id)).toBeUndefined()
  })

  test('the last administrator stays', async () => {
    await grantAdministrator(world.db, ana.account, systemAct(new Date()))
    const refused = await ana.submit('/account/data/delete', '/account/data/delete', {
      email: ana.account.email,
    })
    expect(refused.html).toContain('You are the last administrator')
    expect((await ana.browser.visit('/account')).status).toBe(200)
  })
})
