/** RFC 8628 §5, T48, T10: codes of devices that are guessed, stolen, raced for, replayed, or outlive what they stand for. */
import { sql } from 'kysely'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { disableAccount } from '../../src/domain/accounts/lifecycle.ts'
import { systemAct } from '../../src/domain/audit/act.ts'
import { disableClient } from '../../src/domain/clients/lifecycle.ts'
import { disconnectApp } from '../../src/oidc/connected-apps.ts'
import { denyDeviceCode, referenceTo } from '../../src/oidc/device-codes.ts'
import { refuseDevice } from '../../src/oidc/device-requests.ts'
import { endEverythingOfAccount, endEverythingOfClient } from '../../src/oidc/end-everything.ts'
import { endEverythingOf } from '../../src/oidc/incidents.ts'
import { beginEndingSessions } from '../../src/oidc/session-ends.ts'
import { endAllSessions } from '../../src/oidc/session-list.ts'
import { sha256 } from '../../src/platform/crypto/digest.ts'
import { inTransaction } from '../../src/platform/db/transaction.ts'
import { outcomeOf, tally, waitingCount, whileHeld } from '../race/support.ts'
import { answerConsent, asks, submitSignIn } from '../support/browser-like.ts'
import { openBrowser } from '../support/browser.ts'
import type { Browser, Place } from '../support/browser.ts'
import {
  askForCodes,
  deviceGrant,
  deviceMetadata,
  letIn,
  poll,
  reachConfirmation,
  typeCode,
} from '../support/devices.ts'
import type { DeviceCodes } from '../support/devices.ts'
import { introspect, postAs, postForm, refresh, textOf } from '../support/oauth.ts'
import type { Answer, Caller } from '../support/oauth.ts'
import { openStage } from '../support/stage.ts'
import type { Stage } from '../support/stage.ts'
import { enrol } from '../support/totp.ts'
import { until } from '../support/until.ts'
import type { TestAccount } from '../support/world.ts'

let stage: Stage
let tv: Caller

beforeAll(async () => {
  stage = await openStage({ instances: 2 })
  tv = await newDeviceApp()
})
afterAll(() => stage.close())

const act = () => systemAct(new Date())
const at = (index: number) => stage.world.instances[index % 2]?.origin ?? ''
const browserAt = (index: number) => openBrowser(stage.world, { via: at(index) })
const codes = (app = tv) =>
  askForCodes(stage.world, app, { scope: 'openid read', resource: stage.api.identifier })

async function newDeviceApp(): Promise<Caller> {
  const app = await stage.world.makeClient({ metadata: deviceMetadata })
  await stage.world.permit({ type: 'client', id: app.id }, stage.api, ['read', 'write'])
  return { ...app, isPublic: true }
}

/** What the device hears, whatever it heard before. */
async function heard(deviceCode: string, app = tv): Promise<string> {
  await sql`update device_codes set polled_at = null where id_hash = ${sha256(deviceCode)}`.execute(
    stage.world.db,
  )
  return outcomeOf(await poll(stage.world, app, deviceCode))
}

/** Sends a form and follows nothing. */
async function send(browser: Browser, path: string, fields: Record<string, string>): Promise<Response> {
  const headers = { origin: stage.world.issuer, 'sec-fetch-site': 'same-origin' }
  return browser.send(path, { method: 'POST', headers, body: new URLSearchParams(fields) })
}

function isTurnedAway(place: Place): boolean {
  return place.status === 400 && place.html.includes('This code is wrong')
}

describe('T48: a code belongs to the browser that named it first', () => {
  test('another one cannot go on with it, on any instance, nor end it; the first one can', async () => {
    const { userCode, deviceCode } = await codes()
    const mine = browserAt(0)
    const theirs = browserAt(1)
    const place = await reachConfirmation(mine, userCode, stage.account)
    expect(isTurnedAway(await typeCode(theirs, userCode))).toBe(true)
    const form = (await theirs.visit('/device')).forms[0]?.fields ?? {}
    await send(theirs, '/device', { ...form, user_code: userCode, abort: 'yes' })
    await theirs.visit(place.url.pathname)
    const answer = await send(theirs, `${place.url.pathname}/consent`, { decision: 'deny' })
    expect(answer.status).toBe(400)
    expect(await heard(deviceCode)).toBe('authorization_pending')
    await answerConsent(mine, place, 'allow')
    expect(await heard(deviceCode)).toBe('accepted')
  })

  test('of many that name it at one moment one goes on', async () => {
    const { userCode } = await codes()
    const browsers = Array.from({ length: 6 }, (_, index) => browserAt(index))
    const pages = await Promise.all(browsers.map((browser) => browser.visit('/device')))
    const places = await Promise.all(
      browsers.map((browser, index) =>
        browser.submit(pages[index] as Place, { action: '/device', fields: { user_code: userCode } }),
      ),
    )
    expect(places.filter((place) => asks(place, '/login'))).toHaveLength(1)
    expect(places.filter(isTurnedAway)).toHaveLength(5)
  })

  test('the same browser may go back and name it again', async () => {
    const { userCode, deviceCode } = await codes()
    const browser = browserAt(0)
    expect(asks(await typeCode(browser, userCode), '/login')).toBe(true)
    await letIn(browser, userCode, stage.account)
    expect(await heard(deviceCode)).toBe('accepted')
  })

  test('to end a code takes more than to know it', async () => {
    const { userCode, deviceCode } = await codes()
    const browser = browserAt(0)
    const form = (await browser.visit('/device')).forms[0]?.fields ?? {}
    await send(browser, '/device', { ...form, user_code: userCode, abort: 'yes' })
    expect(await heard(deviceCode)).toBe('authorization_pending')
  })

  test('nor does one browser refuse what another has claimed a moment before', async () => {
    const { userCode, deviceCode } = await codes()
    await typeCode(browserAt(0), userCode)
    const idHash = sha256(deviceCode)
    const denial = { idHash, error: 'access_denied', description: 'x' }
    expect(await denyDeviceCode(stage.world.db, { ...denial, claimedBy: 'another' })).toBeUndefined()
    expect(await heard(deviceCode)).toBe('authorization_pending')
  })

  test('what one person confirmed is not given to the device as somebody else', async () => {
    const { userCode, deviceCode } = await codes()
    const browser = browserAt(0)
    const place = await reachConfirmation(browser, userCode, stage.account)
    const answer = await send(browser, `${place.url.pathname}/consent`, { decision: 'allow' })
    // Before the browser goes on, somebody else signs in there.
    const bob = await stage.world.makeAccount()
    const out = await browser.visit('/oauth/logout')
    await browser.submit(out, { action: '/oauth/logout/confirm', button: 'yes' })
    await submitSignIn(browser, await browser.visit(`${stage.world.issuer}/account`), bob)
    await browser.visit(answer.headers.get('location') ?? '')
    expect(await heard(deviceCode)).not.toBe('accepted')
  })

  test('somebody who is signed in may be somebody else, and the device is theirs', async () => {
    const { userCode, deviceCode } = await codes()
    const browser = browserAt(0)
    const bob = await stage.world.makeAccount()
    const asked = await reachConfirmation(browser, userCode, stage.account)
    let place = await browser.submit(asked, { action: '/consent', button: 'switch' })
    if (!asks(place, '/login')) place = await browser.submit(place, { action: '/choose', button: 'another' })
    place = await submitSignIn(browser, place, bob)
    const onward = place.forms.find(({ action }) => action.endsWith('/logout/confirm'))
    if (onward !== undefined) place = await browser.submit(place, { action: '/logout/confirm' })
    expect(place.html).toContain(bob.email)
    expect(place.html).toContain(userCode)
    await answerConsent(browser, place, 'allow')
    const answer = await poll(stage.world, tv, deviceCode)
    const { body } = await introspect(stage.world, stage.guard, textOf(answer, 'access_token'))
    expect(body['sub']).toBe(bob.id)
  })

  test('without our cookie nothing is named, and nothing fails', async () => {
    const { userCode } = await codes()
    const browser = browserAt(0)
    const answer = await send(browser, '/device', { user_code: userCode, confirm: 'yes', xsrf: 'x' })
    expect([answer.status, answer.headers.get('location')]).toEqual([303, `/device?user_code=${userCode}`])
    const page = await browser.visit(answer.headers.get('location') ?? '')
    expect(asks(await browser.submit(page, { action: '/device' }), '/login')).toBe(true)
    const lost = await openBrowser(stage.world).visit('/device/of-somebody-else')
    expect([lost.status, lost.html.includes('went wrong')]).toEqual([400, false])
  })

  test('a form of another site and one without the secret of the page name nothing', async () => {
    const { userCode } = await codes()
    const browser = browserAt(0)
    await browser.visit('/device')
    const body = new URLSearchParams({ user_code: userCode, confirm: 'yes' })
    const headers = { origin: 'https://evil.example', 'sec-fetch-site': 'cross-site' }
    expect((await browser.send('/device', { method: 'POST', headers, body })).status).toBe(403)
    expect((await send(browser, '/device', { user_code: userCode, confirm: 'yes' })).status).toBe(400)
    expect(asks(await typeCode(browserAt(1), userCode), '/login')).toBe(true)
  })
})

describe('T48: allowed and denied at one moment is denied', () => {
  test('whichever answer comes first, and at whichever instance', async () => {
    for (let round = 0; round < 4; round += 1) {
      const { userCode, deviceCode } = await codes()
      const browser = browserAt(round)
      const place = await reachConfirmation(browser, userCode, stage.account)
      const path = `${place.url.pathname}/consent`
      const answers = await Promise.all(
        ['allow', 'deny'].map((decision, index) => {
          const other = openBrowser(stage.world, { via: at(index) })
          const cookie = browser.cookies.headerFor(new URL(path, stage.world.issuer))
          return other.send(path, {
            method: 'POST',
            headers: { origin: stage.world.issuer, 'sec-fetch-site': 'same-origin', cookie },
            body: new URLSearchParams({ decision }),
          })
        }),
      )
      expect(answers.map(({ status }) => status)).toEqual([303, 303])
      await browser.visit(answers[0]?.headers.get('location') ?? '')
      expect(await heard(deviceCode)).toBe('access_denied')
    }
  })

  test('a denial at the moment of the approval, at the same instance', async () => {
    const { userCode, deviceCode } = await codes()
    const browser = browserAt(0)
    const place = await reachConfirmation(browser, userCode, stage.account)
    const path = `${place.url.pathname}/consent`
    const allowed = await send(browser, path, { decision: 'allow' })
    const denied = send(browser, path, { decision: 'deny' })
    const gone = browser.visit(allowed.headers.get('location') ?? '')
    const [{ status }] = await Promise.all([denied, gone])
    const answer = await poll(stage.world, tv, deviceCode)
    // The denial came in time, or the page was over already.
    expect(outcomeOf(answer)).toBe(status === 303 ? 'access_denied' : 'accepted')
  })
})

describe('T48: a denial takes back an approval', () => {
  test('with the tokens that were given in between', async () => {
    const { userCode, deviceCode } = await codes()
    await letIn(browserAt(0), userCode, stage.account)
    const answer = await poll(stage.world, tv, deviceCode)
    const reference = referenceTo(sha256(deviceCode))
    await refuseDevice(stage.world.db, { reference, error: 'access_denied', description: 'x' }, act())
    expect((await refresh(stage.world, tv, textOf(answer, 'refresh_token'))).status).toBe(400)
    const token = textOf(answer, 'access_token')
    await until(async () => (await introspect(stage.world, stage.guard, token)).body['active'] === false)
  })
})

describe('used once', () => {
  test('of polls at one moment, on two instances, one gets tokens, and keeps them', async () => {
    const { userCode, deviceCode } = await codes()
    await letIn(browserAt(0), userCode, stage.account)
    const answers = await whileHeld(stage.world, deviceCode, () =>
      Array.from({ length: 8 }, (_, index) => poll(stage.world, tv, deviceCode, { at: at(index) })),
    )
    expect(tally(answers.map(outcomeOf))).toEqual({ accepted: 1, invalid_grant: 7 })
    const won = answers.find(({ status }) => status === 200) as Answer
    expect((await introspect(stage.world, stage.guard, textOf(won, 'access_token'))).body['active']).toBe(
      true,
    )
  })

  test('presented again after its use it ends what it gave', async () => {
    const { userCode, deviceCode } = await codes()
    await letIn(browserAt(0), userCode, stage.account)
    const answer = await poll(stage.world, tv, deviceCode)
    expect(await heard(deviceCode)).toBe('invalid_grant')
    const { body } = await introspect(stage.world, stage.guard, textOf(answer, 'access_token'))
    expect(body).toEqual({ active: false })
    expect((await refresh(stage.world, tv, textOf(answer, 'refresh_token'))).status).toBe(400)
  })

  test('polls that come too soon are counted over all instances', async () => {
    const { deviceCode } = await codes()
    const outcomes: string[] = []
    for (let index = 0; index < 3; index += 1) {
      outcomes.push(outcomeOf(await poll(stage.world, tv, deviceCode, { at: at(index) })))
    }
    expect(outcomes).toEqual(['authorization_pending', 'slow_down', 'slow_down'])
    const { rows } = await sql<{ n: number }>`select interval_seconds as n from device_codes
      where id_hash = ${sha256(deviceCode)}`.execute(stage.world.db)
    expect(rows[0]?.n).toBe(15)
  })

  test('a button that is pressed twice, at two instances, allows once', async () => {
    const { userCode, deviceCode } = await codes()
    const browser = browserAt(0)
    const place = await reachConfirmation(browser, userCode, stage.account)
    const answer = await send(browser, `${place.url.pathname}/consent`, { decision: 'allow' })
    const onward = answer.headers.get('location') ?? ''
    const cookie = browser.cookies.headerFor(new URL(onward, stage.world.issuer))
    await whileHeld(stage.world, deviceCode, () =>
      [0, 1].map((index) => browserAt(index).send(onward, { headers: { cookie } })),
    )
    expect(await heard(deviceCode)).toBe('accepted')
    const { rows } = await sql<{ n: number }>`select count(*)::int as n from audit_events
      where type in ('device.approved', 'device.denied')
        and details ->> 'grant_id' = (select grant_id from oidc_artifacts where id_hash = ${sha256(deviceCode)})`.execute(
      stage.world.db,
    )
    expect(rows[0]?.n).toBe(1)
  })

  test('a user code that was let in or denied names nothing any more', async () => {
    for (const decision of ['allow', 'deny'] as const) {
      const { userCode } = await codes()
      const browser = browserAt(0)
      await answerConsent(browser, await reachConfirmation(browser, userCode, stage.account), decision)
      expect(isTurnedAway(await typeCode(browser, userCode))).toBe(true)
      expect(isTurnedAway(await typeCode(browserAt(1), userCode))).toBe(true)
    }
  })
})

describe('T10: a device code is nothing else, and nothing else is a device code', () => {
  test('at every other place of the protocol', async () => {
    const { userCode, deviceCode } = await codes()
    await letIn(browserAt(0), userCode, stage.account)
    const both = {
      ...(await stage.world.makeClient({
        metadata: {
          ...deviceMetadata,
          grant_types: ['authorization_code', 'refresh_token', deviceGrant],
          redirect_uris: ['https://app.example/callback'],
        },
      })),
      isPublic: true,
    }
    for (const form of [
      {
        grant_type: 'authorization_code',
        code: deviceCode,
        redirect_uri: 'https://app.example/callback',
        code_verifier: 'x'.repeat(43),
      },
      { grant_type: 'refresh_token', refresh_token: deviceCode },
    ]) {
      expect((await postAs(stage.world, both, { path: '/oauth/token', form })).body['error']).toBe(
        'invalid_grant',
      )
    }
    expect((await introspect(stage.world, stage.guard, deviceCode)).body).toEqual({ active: false })
    expect(await heard(deviceCode)).toBe('accepted')
  })

  test('nor does anything else get tokens at its place, such as what stands for it inside', async () => {
    const { userCode, deviceCode } = await codes()
    await letIn(browserAt(0), userCode, stage.account)
    const { accessToken, refreshToken } = await stage.tokens(stage.app)
    const { code } = await stage.code(stage.app)
    const reference = `{hash}${sha256(deviceCode).toString('hex')}`
    for (const value of [
      accessToken,
      refreshToken,
      code,
      userCode,
      reference,
      sha256(deviceCode).toString('hex'),
      '',
    ]) {
      const answer = await poll(stage.world, tv, value)
      expect([
        answer.status,
        ['invalid_grant', 'invalid_request'].includes(String(answer.body['error'])),
      ]).toEqual([400, true])
    }
    const answer = await poll(stage.world, tv, deviceCode)
    // Nor does it end what the code gave, as presenting the code again would.
    await poll(stage.world, tv, reference)
    const token = textOf(answer, 'access_token')
    expect((await introspect(stage.world, stage.guard, token)).body['active']).toBe(true)
  })

  test('neither code stands in the database, while it waits and after', async () => {
    const { userCode, deviceCode } = await codes()
    const browser = browserAt(0)
    const place = await reachConfirmation(browser, userCode, stage.account)
    const stored = async () => {
      const { rows } = await sql<{ text: string }>`select payload::text as text from oidc_artifacts
        union all select payload::text from oidc_sessions union all select d::text from device_codes d
        union all select e::text from audit_events e`.execute(stage.world.db)
      return rows.map(({ text }) => text).join('\n')
    }
    for (const wanted of [deviceCode, userCode, userCode.replace('-', '')])
      expect(await stored()).not.toContain(wanted)
    await answerConsent(browser, place, 'allow')
    for (const wanted of [deviceCode, userCode, userCode.replace('-', '')])
      expect(await stored()).not.toContain(wanted)
    expect(stage.world.logLines.join('\n')).not.toContain(userCode)
  })
})

describe('7.4.2, T12: what was allowed ends with what it stands for', () => {
  const ends: Readonly<Record<string, (account: TestAccount, app: Caller) => Promise<unknown>>> = {
    'everything of the account was ended': ({ id }) => endEverythingOfAccount(stage.world.db, id, act()),
    'an incident ended the account': ({ id }) =>
      endEverythingOf(stage.world.db, { kind: 'account', id, reason: undefined, disables: false }, act()),
    'the account was disabled': async ({ id }) => {
      await disableAccount(stage.world.db, { id }, act())
      await endEverythingOfAccount(stage.world.db, id, act())
    },
    'the client was disabled': async (_account, { id }) => {
      await disableClient(stage.world.db, id, act())
      await endEverythingOfClient(stage.world.db, id, act())
    },
  }

  test.each(Object.entries(ends))('after %s, before the page was answered and after', async (_name, end) => {
    const [ana, app] = await Promise.all([stage.world.makeAccount(), newDeviceApp()])
    const [early, late]: [DeviceCodes, DeviceCodes] = [await codes(app), await codes(app)]
    const browser = browserAt(0)
    await letIn(browser, early.userCode, ana)
    const place = await reachConfirmation(browser, late.userCode, ana)
    await end(ana, app)
    await browser.submit(place, { action: '/consent', button: 'allow' })
    for (const { deviceCode } of [early, late]) {
      expect(await heard(deviceCode, app)).not.toBe('accepted')
    }
  })

  test('after all sessions were ended, nothing is allowed on the page that was open', async () => {
    const ana = await stage.world.makeAccount()
    const { userCode, deviceCode } = await codes()
    const browser = browserAt(0)
    const place = await reachConfirmation(browser, userCode, ana)
    const answer = await send(browser, `${place.url.pathname}/consent`, { decision: 'allow' })
    await endAllSessions(stage.world.db, ana.id, act())
    await browser.visit(answer.headers.get('location') ?? '')
    expect(await heard(deviceCode)).not.toBe('accepted')
  })

  test('nor when they end at the very moment in which it is allowed', async () => {
    const ana = await stage.world.makeAccount()
    const { userCode, deviceCode } = await codes()
    const browser = browserAt(0)
    const place = await reachConfirmation(browser, userCode, ana)
    const answer = await send(browser, `${place.url.pathname}/consent`, { decision: 'allow' })
    let allowing: Promise<Place> | undefined
    await inTransaction(stage.world.db, async (trx) => {
      await beginEndingSessions(trx, ana.id)
      allowing = browser.visit(answer.headers.get('location') ?? '')
      allowing.catch(() => {})
      await until(async () => (await waitingCount(stage.world)) >= 1)
      await endAllSessions(trx, ana.id, act())
    })
    await allowing
    expect(await heard(deviceCode)).not.toBe('accepted')
  })

  test('the grant of a device ends where the person disconnects the app', async () => {
    const [ana, app] = await Promise.all([stage.world.makeAccount(), newDeviceApp()])
    const { userCode, deviceCode } = await codes(app)
    await letIn(browserAt(0), userCode, ana)
    const answer = await poll(stage.world, app, deviceCode)
    await disconnectApp(stage.world.db, { accountId: ana.id, clientId: app.id }, act())
    expect((await refresh(stage.world, app, textOf(answer, 'refresh_token'))).status).toBe(400)
  })
})

test('6.3.3: a second factor is asked for as in every sign-in', async () => {
  const ana = await stage.world.makeAccount()
  await enrol(stage.world, ana.id)
  const { userCode, deviceCode } = await codes()
  const browser = browserAt(0)
  const place = await submitSignIn(browser, await typeCode(browser, userCode), ana)
  expect(place.html).toContain('one-time-code')
  expect(await heard(deviceCode)).toBe('authorization_pending')
})

test('who asked, allowed and denied stands in the audit log', async () => {
  const [ana, app] = await Promise.all([stage.world.makeAccount(), newDeviceApp()])
  for (const decision of ['allow', 'deny'] as const) {
    const { userCode } = await codes(app)
    const browser = browserAt(0)
    await answerConsent(browser, await reachConfirmation(browser, userCode, ana), decision)
  }
  const { rows } = await sql<{ type: string; actor: string }>`select type, actor_id as actor from audit_events
    where target_id = ${app.id} and type like 'device.%' order by id`.execute(stage.world.db)
  expect(rows.map(({ type, actor }) => [type, actor])).toEqual([
    ['device.requested', app.id],
    ['device.approved', ana.id],
    ['device.requested', app.id],
    ['device.denied', ana.id],
  ])
})

test('hostile characters are turned away and harm nothing', async () => {
  const browser = browserAt(0)
  for (const text of ['\u0000', "' or 1=1 --", '<script>', '%00', '𝔅𝔅𝔅𝔅', 'B'.repeat(20_000), '\u202e']) {
    const place = await typeCode(browser, text)
    expect([place.status, place.html.includes('<script>')]).toEqual([400, false])
    const link = await browser.visit(`/device?user_code=${encodeURIComponent(text)}`)
    expect([200, 400, 431]).toContain(link.status)
    const polled = await poll(stage.world, tv, text)
    expect(polled.status).toBe(400)
    const form = { client_id: tv.id, scope: `openid ${text}` }
    expect((await postForm(`${stage.world.issuer}/oauth/device`, form)).status).toBeLessThan(500)
  }
})

// The last: they use up what this address may do.
test('§5.1, T48: guessing codes ends after twenty, on both instances and also for a right one', async () => {
  await sql`delete from limit_buckets`.execute(stage.world.db)
  const { userCode } = await codes()
  let place = await typeCode(browserAt(0), 'BBBB-BBBB')
  let wrong = 0
  for (; place.status === 400 && wrong < 40; wrong += 1) place = await typeCode(browserAt(wrong), 'BBBB-BBBB')
  expect(place.status).toBe(429)
  expect(Number(place.headers.get('retry-after'))).toBeGreaterThan(0)
  expect(wrong).toBeGreaterThanOrEqual(20)
  expect((await typeCode(browserAt(1), userCode)).status).toBe(429)
  const told = sql<{ budget: string }>`select details ->> 'budget' as budget from audit_events
    where type = 'device.limited'`
  expect((await told.execute(stage.world.db)).rows).toContainEqual({ budget: 'device_code_address' })
})

test('right codes are given back, so that nobody is slowed down who mistypes nothing', async () => {
  await sql`delete from limit_buckets`.execute(stage.world.db)
  const browser = browserAt(0)
  const { userCode } = await codes()
  for (let times = 0; times < 25; times += 1) {
    expect(asks(await typeCode(browser, userCode), '/login')).toBe(true)
  }
})

test('codes that one address asks for have a limit', async () => {
  await sql`delete from limit_buckets`.execute(stage.world.db)
  const ask = () => postAs(stage.world, tv, { path: '/oauth/device', form: { scope: 'openid' } })
  const answers = await Promise.all(Array.from({ length: 75 }, ask))
  const limited = answers.filter(({ status }) => status === 429)
  expect(limited.length).toBeGreaterThan(0)
  expect(limited[0]?.body['error']).toBe('rate_limited')
  expect(answers.filter(({ status }) => status === 200).length).toBeGreaterThanOrEqual(60)
})
