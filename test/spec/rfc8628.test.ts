/** RFC 8628, the device authorization grant: each MUST, and what a device and its person see. */
import * as oauth from 'oauth4webapi'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { answerConsent, asks } from '../support/browser-like.ts'
import { openBrowser } from '../support/browser.ts'
import {
  ageCode,
  askForCodes,
  deviceGrant,
  deviceMetadata,
  letIn,
  poll,
  reachConfirmation,
  typeCode,
} from '../support/devices.ts'
import { introspect, postAs, postForm, redirectUri, refresh, textOf, tokensFor } from '../support/oauth.ts'
import type { Caller } from '../support/oauth.ts'
import { openStage } from '../support/stage.ts'
import type { Stage } from '../support/stage.ts'

let stage: Stage
let tv: Caller
let kiosk: Caller
/** First-party, with a secret: nothing but the device is asked about. */
let ours: Caller

beforeAll(async () => {
  stage = await openStage()
  const { world, api } = stage
  tv = { ...(await world.makeClient({ metadata: deviceMetadata })), isPublic: true }
  const withSecret = { ...deviceMetadata, token_endpoint_auth_method: 'client_secret_basic' }
  kiosk = await world.makeClient({ metadata: { ...withSecret, client_name: 'Kiosk' } })
  ours = await world.makeClient({ metadata: withSecret, settings: { firstParty: true } })
  for (const { id } of [tv, kiosk, ours]) await world.permit({ type: 'client', id }, api, ['read', 'write'])
})
afterAll(() => stage.close())

const wanted = () => ({ scope: 'openid profile read', resource: stage.api.identifier })

describe('§3.1 the device asks', () => {
  test('a public client names itself, one with a secret authenticates', async () => {
    expect((await askForCodes(stage.world, tv, wanted())).answer.status).toBe(200)
    expect((await askForCodes(stage.world, kiosk, wanted())).answer.status).toBe(200)
    const form = { client_id: kiosk.id, scope: 'openid' }
    const unproven = await postForm(`${stage.world.issuer}/oauth/device`, form)
    expect([unproven.status, unproven.body['error']]).toEqual([401, 'invalid_client'])
  })

  test('a client that was not given the grant is refused, and none has it by itself', async () => {
    const answer = await postAs(stage.world, stage.app, { path: '/oauth/device', form: { scope: 'openid' } })
    expect([answer.status, answer.body['error']]).toEqual([400, 'unauthorized_client'])
    const token = await poll(stage.world, stage.app, 'x')
    expect([token.status, token.body['error']]).toEqual([400, 'unauthorized_client'])
  })

  test('what is asked for is checked at once', async () => {
    const form = { scope: 'openid', resource: 'https://unknown.example/' }
    const answer = await postAs(stage.world, tv, { path: '/oauth/device', form })
    expect([answer.status, answer.body['error']]).toEqual([400, 'invalid_target'])
  })

  test('RFC 6749 §3.3: without a scope there is nothing that a person could allow', async () => {
    for (const form of [{}, { scope: '' }]) {
      const answer = await postAs(stage.world, tv, { path: '/oauth/device', form })
      expect([answer.status, answer.body['error']]).toEqual([400, 'invalid_scope'])
    }
  })

  test('§3.1: the endpoint is for POST alone', async () => {
    const answer = await fetch(`${stage.world.issuer}/oauth/device`)
    expect([answer.status, answer.headers.get('allow')]).toEqual([405, 'POST, OPTIONS'])
  })
})

describe('§3.2 the answer', () => {
  test('has all members, is not stored, and its codes are as hard to guess as they must be', async () => {
    const { answer, userCode, deviceCode } = await askForCodes(stage.world, tv)
    expect(Object.keys(answer.body).toSorted()).toEqual([
      'device_code',
      'expires_in',
      'interval',
      'user_code',
      'verification_uri',
      'verification_uri_complete',
    ])
    expect(answer.body).toMatchObject({ expires_in: 600, interval: 5 })
    expect(answer.body['verification_uri']).toBe(`${stage.world.issuer}/device`)
    expect(answer.body['verification_uri_complete']).toBe(
      `${stage.world.issuer}/device?user_code=${userCode}`,
    )
    expect(answer.headers.get('cache-control')).toContain('no-store')
    // §6.1: eight of twenty consonants. §5.2: 256 bits.
    expect(userCode).toMatch(/^[BCDFGHJKLMNPQRSTVWXZ]{4}-[BCDFGHJKLMNPQRSTVWXZ]{4}$/)
    expect(deviceCode).toMatch(/^[\w-]{43}$/)
  })
})

describe('§3.3 the person', () => {
  test('§6.1: types the code in any case, with or without dashes and spaces', async () => {
    for (const spoil of [
      (code: string) => code.toLowerCase(),
      (code: string) => ` ${code.replace('-', '')} `,
      (code: string) => code.replace('-', '').replaceAll(/./g, '$& '),
      (code: string) => code.replace('-', '–'),
    ]) {
      const { userCode } = await askForCodes(stage.world, tv)
      const place = await typeCode(openBrowser(stage.world), spoil(userCode))
      expect(asks(place, '/login')).toBe(true)
    }
  })

  test('v5.0.0-6.1.3, §5.4: signs in, is shown the code, the app, what it gets and who asks, and a warning', async () => {
    const { userCode } = await askForCodes(stage.world, tv, wanted())
    const place = await reachConfirmation(openBrowser(stage.world), userCode, stage.account)
    for (const text of [userCode, 'Living room', stage.account.email, '127.0.0.1', 'May read.']) {
      expect(place.html).toContain(text)
    }
    expect(place.html).toContain('If somebody sent you the code or a link')
    expect(place.headers.get('content-security-policy')).toContain(`frame-ancestors 'none'`)
  })

  test('§3.3.1: a link with the code fills it in, and nothing more', async () => {
    const { answer, deviceCode, userCode } = await askForCodes(stage.world, ours)
    const browser = openBrowser(stage.world)
    const place = await browser.visit(textOf(answer, 'verification_uri_complete'))
    expect([place.status, place.html.includes('Connect a device')]).toEqual([200, true])
    expect(place.forms.map(({ fields }) => fields['user_code'])).toEqual([userCode])
    const confirmation = await reachConfirmation(browser, userCode, stage.account)
    expect(confirmation.html).toContain(userCode)
    expect((await poll(stage.world, ours, deviceCode)).body['error']).toBe('authorization_pending')
  })

  test('an app of our own and one that was agreed to before are confirmed for each device', async () => {
    for (const client of [ours, kiosk, kiosk]) {
      const { userCode, deviceCode } = await askForCodes(stage.world, client, wanted())
      const browser = openBrowser(stage.world)
      const place = await reachConfirmation(browser, userCode, stage.account)
      expect(place.html).toContain('May read.')
      expect((await answerConsent(browser, place, 'allow')).html).toContain('The device is connected')
      expect((await poll(stage.world, client, deviceCode)).status).toBe(200)
    }
  })

  test('a page that a second tab has overtaken is sent once more, with what was typed', async () => {
    const { userCode } = await askForCodes(stage.world, tv)
    const browser = openBrowser(stage.world)
    const first = await browser.visit('/device')
    await browser.visit('/device')
    const again = await browser.submit(first, { action: '/device', fields: { user_code: userCode } })
    expect([again.status, again.forms[0]?.fields['user_code']]).toEqual([400, userCode])
    expect(asks(await browser.submit(again, { action: '/device' }), '/login')).toBe(true)
  })

  test('nothing typed, and something that is no code, are said plainly', async () => {
    const browser = openBrowser(stage.world)
    const missing = await typeCode(browser, '')
    expect([missing.status, missing.html.includes('Please enter the code')]).toEqual([400, true])
    const wrong = await typeCode(browser, 'BBBB-BBBB')
    expect([wrong.status, wrong.html.includes('This code is wrong')]).toEqual([400, true])
  })
})

describe('§3.4, §3.5 the device polls', () => {
  test('gets tokens of the person, for the API, that can be refreshed and introspected', async () => {
    const { userCode, deviceCode } = await askForCodes(stage.world, tv, wanted())
    await letIn(openBrowser(stage.world), userCode, stage.account)
    const answer = await poll(stage.world, tv, deviceCode)
    expect(answer.status).toBe(200)
    expect(answer.headers.get('cache-control')).toContain('no-store')
    expect(answer.body).toMatchObject({ token_type: 'Bearer', scope: 'read' })
    expect(textOf(answer, 'id_token')).not.toBe('')
    const active = await introspect(stage.world, stage.guard, textOf(answer, 'access_token'))
    expect(active.body).toMatchObject({
      active: true,
      sub: stage.account.id,
      scope: 'read',
      acr: 'aal1',
      amr: ['pwd'],
    })
    expect((await refresh(stage.world, tv, textOf(answer, 'refresh_token'))).status).toBe(200)
  })

  test('device_code is required; one that is unknown, of another model or of another client is refused', async () => {
    const form = { grant_type: deviceGrant }
    const missing = await postAs(stage.world, tv, { path: '/oauth/token', form })
    expect([missing.status, missing.body['error']]).toEqual([400, 'invalid_request'])
    const { deviceCode } = await askForCodes(stage.world, tv)
    for (const [client, code] of [
      [tv, 'unknown'],
      [kiosk, deviceCode],
    ] as const) {
      const answer = await poll(stage.world, client, code)
      expect([answer.status, answer.body['error']]).toEqual([400, 'invalid_grant'])
    }
    // The stranger's poll counted for nobody.
    expect((await poll(stage.world, tv, deviceCode)).body['error']).toBe('authorization_pending')
  })

  test('slow_down: whoever polls too soon waits five seconds longer from then on', async () => {
    const { deviceCode } = await askForCodes(stage.world, tv)
    const outcome = async () => {
      const { status, body } = await poll(stage.world, tv, deviceCode)
      return `${status} ${String(body['error'])}`
    }
    expect(await outcome()).toBe('400 authorization_pending')
    expect(await outcome()).toBe('400 slow_down')
    // Ten seconds are due now; the five of before are not enough any more.
    await ageCode(stage.world, deviceCode, 5)
    expect(await outcome()).toBe('400 slow_down')
    await ageCode(stage.world, deviceCode, 60)
    expect(await outcome()).toBe('400 authorization_pending')
  })

  test('a device that keeps to the interval is never slowed down', async () => {
    const { deviceCode } = await askForCodes(stage.world, tv)
    for (let round = 0; round < 3; round += 1) {
      expect((await poll(stage.world, tv, deviceCode)).body['error']).toBe('authorization_pending')
      await ageCode(stage.world, deviceCode, 5)
    }
  })

  test('access_denied: the person said no, on the page or instead of signing in', async () => {
    const { userCode, deviceCode } = await askForCodes(stage.world, tv)
    const browser = openBrowser(stage.world)
    const place = await reachConfirmation(browser, userCode, stage.account)
    const denied = await answerConsent(browser, place, 'deny')
    expect([denied.status, denied.html.includes('The device was not let in')]).toEqual([200, true])
    for (let again = 0; again < 2; again += 1) {
      const answer = await poll(stage.world, tv, deviceCode)
      expect([answer.status, answer.body['error']]).toEqual([400, 'access_denied'])
    }
  })

  test('expired_token: the code has an end, for the device and for the person', async () => {
    const { userCode, deviceCode } = await askForCodes(stage.world, tv)
    await ageCode(stage.world, deviceCode, 601)
    const answer = await poll(stage.world, tv, deviceCode)
    expect([answer.status, answer.body['error']]).toEqual([400, 'expired_token'])
    const typed = await typeCode(openBrowser(stage.world), userCode)
    expect([typed.status, typed.html.includes('This code is wrong')]).toEqual([400, true])
  })
})

test('§4, RFC 8414: discovery names the endpoint and the grant', async () => {
  for (const name of ['openid-configuration', 'oauth-authorization-server']) {
    const answer = await fetch(`${stage.world.issuer}/.well-known/${name}`)
    expect(await answer.json()).toMatchObject({
      device_authorization_endpoint: `${stage.world.issuer}/oauth/device`,
      grant_types_supported: expect.arrayContaining([deviceGrant]),
    })
  }
})

test('a strict client library understands every answer', async () => {
  const insecure = { [oauth.allowInsecureRequests]: true }
  const issuer = new URL(stage.world.issuer)
  const found = await oauth.discoveryRequest(issuer, insecure)
  const server = await oauth.processDiscoveryResponse(issuer, found)
  const [client, none] = [{ client_id: tv.id }, oauth.None()]
  const asked = await oauth.deviceAuthorizationRequest(server, client, none, wanted(), insecure)
  const given = await oauth.processDeviceAuthorizationResponse(server, client, asked)
  const ask = async () => {
    const answer = await oauth.deviceCodeGrantRequest(server, client, none, given.device_code, insecure)
    return oauth.processDeviceCodeResponse(server, client, answer)
  }
  await expect(ask()).rejects.toMatchObject({ error: 'authorization_pending' })
  await expect(ask()).rejects.toMatchObject({ error: 'slow_down' })
  await letIn(openBrowser(stage.world), given.user_code, stage.account)
  expect(oauth.getValidatedIdTokenClaims(await ask())?.sub).toBe(stage.account.id)
})

test('a device that is let in leaves no access with the browser, and its own outlives the browser', async () => {
  const { userCode, deviceCode } = await askForCodes(stage.world, tv, wanted())
  const browser = openBrowser(stage.world)
  await letIn(browser, userCode, stage.account)
  const answer = await poll(stage.world, tv, deviceCode)
  const out = await browser.visit('/oauth/logout')
  await browser.submit(out, { action: '/oauth/logout/confirm', button: 'yes' })
  expect((await refresh(stage.world, tv, textOf(answer, 'refresh_token'))).status).toBe(200)
})

test('a device and the browser that let it in have grants of their own at one app', async () => {
  const { world, account, api } = stage
  const grants = ['authorization_code', 'refresh_token', deviceGrant]
  const metadata = { ...deviceMetadata, grant_types: grants, redirect_uris: [redirectUri] }
  const both = { ...(await world.makeClient({ metadata })), isPublic: true }
  await world.permit({ type: 'client', id: both.id }, api, ['read'])
  const browser = openBrowser(world)
  const { userCode, deviceCode } = await askForCodes(world, both, wanted())
  await letIn(browser, userCode, account)
  const device = textOf(await poll(world, both, deviceCode), 'refresh_token')
  const inBrowser = await tokensFor(world, { account, client: both, browser, params: wanted() })
  await postAs(world, both, { path: '/oauth/revoke', form: { token: device } })
  expect((await refresh(world, both, device)).status).toBe(400)
  expect((await refresh(world, both, inBrowser.refreshToken)).status).toBe(200)
})

test('two devices of one app let in by one browser are two grants: the end of one leaves the other', async () => {
  const browser = openBrowser(stage.world)
  const answers = []
  for (let device = 0; device < 2; device += 1) {
    const { userCode, deviceCode } = await askForCodes(stage.world, tv, wanted())
    await letIn(browser, userCode, stage.account)
    answers.push(await poll(stage.world, tv, deviceCode))
  }
  const [first, second] = answers.map((answer) => textOf(answer, 'refresh_token'))
  await postAs(stage.world, tv, { path: '/oauth/revoke', form: { token: first ?? '' } })
  expect((await refresh(stage.world, tv, first ?? '')).status).toBe(400)
  expect((await refresh(stage.world, tv, second ?? '')).status).toBe(200)
})
