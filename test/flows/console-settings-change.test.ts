/** Settings are changed at the console: by whom, with what is asked before, and what somebody else did meanwhile. */
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { settingRules } from '../../src/composition/setting-rules.ts'
import { changeOf } from '../../src/composition/settings-room.ts'
import { operatorAct } from '../../src/domain/audit/act.ts'
import { changeStoredSettings } from '../../src/domain/settings/change.ts'
import { readStoredSettings } from '../../src/domain/settings/stored.ts'
import { consequencesOf } from '../../src/web/admin/setting-consequences.ts'
import { messagesFor } from '../../views/messages/messages.ts'
import type { Browser, Place } from '../support/browser.ts'
import { postFields, problemOf, sendForm } from '../support/console-forms.ts'
import type { SentFields } from '../support/console-forms.ts'
import { makeAdministrator, openConsole, withoutSecondFactor } from '../support/console.ts'
import { until } from '../support/until.ts'
import { openWorld } from '../support/world.ts'
import type { World } from '../support/world.ts'

let world: World
let browser: Browser
let clock = 0

beforeAll(async () => {
  world = await openWorld({
    instances: 2,
    env: { ...withoutSecondFactor, SUPPORT_URL: 'https://help.example/' },
    now: () => new Date(Date.now() + clock),
  })
  ;({ browser } = await openConsole(world, { path: '/admin/settings' }))
})
afterAll(() => world.close())
beforeEach(async () => {
  clock = 0
  await elsewhere(Object.fromEntries(Object.keys(await stored()).map((name) => [name, null])))
})

/** As somebody does at another place. */
async function elsewhere(values: Record<string, string | null>): Promise<void> {
  const rules = settingRules(world.config)
  const change = changeOf(values, undefined)
  const { version } = await changeStoredSettings(world.db, { change, rules }, operatorAct(new Date()))
  await until(async () => (await formOf('brand')).html.includes(`name="version" value="${version}"`))
}
/** What a form that is well informed says it was made from. */
const versionNow = async () => String((await readStoredSettings(world.db)).version)
const stored = async () => (await readStoredSettings(world.db)).written
const formOf = (group: string) => browser.visit(`/admin/settings/${group}/change`)
const send = (place: Place, group: string, fields: SentFields) =>
  sendForm(browser, place, `/${group}/change`, fields)

test('a change is saved with one press, told, kept in the log, and in force on another instance without a restart', async () => {
  const saved = await send(await formOf('brand'), 'brand', {
    BRAND_NAME: 'Acme Sprockets',
    BRAND_ACCENT_COLOUR: '#c2410c',
    BRAND_LINKS: 'Imprint|https://acme.example/imprint\nPrivacy|https://acme.example/privacy',
  })
  expect(saved.url.pathname).toBe('/admin/settings')
  expect(saved.html).toContain('The settings were saved. Every server has them within a second.')
  expect(/id="changed".*?<\/section>/s.exec(saved.html)?.[0]).toMatch(/Acme Sprockets.*Set here/s)
  expect(await stored()).toEqual({
    BRAND_NAME: 'Acme Sprockets',
    BRAND_ACCENT_COLOUR: '#c2410c',
    BRAND_LINKS: 'Imprint|https://acme.example/imprint,Privacy|https://acme.example/privacy',
  })
  const other = world.instances[1]?.origin ?? ''
  await until(async () => (await (await fetch(other)).text()).includes('https://acme.example/privacy'))
  expect(await (await fetch(other)).text()).toContain('Acme Sprockets')
  expect((await browser.visit('/admin/audit?type=settings.changed')).html).toContain('settings.changed')
})

test('what is saved as it is stays the default, and a box goes back to it', async () => {
  const same = await send(await formOf('tokens'), 'tokens', {})
  expect(same.html).toContain('so nothing was saved')
  expect(await stored()).toEqual({})
  await send(await formOf('tokens'), 'tokens', { ID_TOKEN_LIFETIME_SECONDS: '600' })
  expect(await stored()).toEqual({ ID_TOKEN_LIFETIME_SECONDS: '600' })
  const form = await formOf('tokens')
  expect(form.html).toContain('10 minutes now. From 1 minute to 1 day. Default: 1 hour.')
  await send(form, 'tokens', { reset_ID_TOKEN_LIFETIME_SECONDS: 'yes' })
  expect(await stored()).toEqual({})
})

test('a colour is typed or picked, and the one that was touched counts', async () => {
  await send(await formOf('brand'), 'brand', { BRAND_ACCENT_COLOUR_picked: '#123456' })
  expect(await stored()).toEqual({ BRAND_ACCENT_COLOUR: '#123456' })
  await send(await formOf('brand'), 'brand', { BRAND_ACCENT_COLOUR: '#654321' })
  expect(await stored()).toEqual({ BRAND_ACCENT_COLOUR: '#654321' })
})

test('what is wrong is told beside its field, what was typed stays, and nothing is kept', async () => {
  const brand = await send(await formOf('brand'), 'brand', {
    BRAND_NAME: '"><script>alert(1)</script>'.padEnd(80, 'x'),
    BRAND_ACCENT_COLOUR: 'red;}body{display:none',
    BRAND_LINKS: 'Evil|javascript:alert(1)',
  })
  expect(brand.status).toBe(400)
  expect(problemOf(brand, 'BRAND_NAME')).toContain('1 to 60 characters')
  expect(problemOf(brand, 'BRAND_ACCENT_COLOUR')).toContain('Write the colour as #rrggbb')
  expect(problemOf(brand, 'BRAND_LINKS')).toContain('must be &lt;text&gt;|&lt;https address&gt;')
  expect(brand.html).toContain('&quot;&gt;&lt;script&gt;alert(1)')
  expect(brand.html).not.toContain('<script>alert(1)')
  const tokens = await send(await formOf('tokens'), 'tokens', {
    SESSION_IDLE_SECONDS: '59',
    ID_TOKEN_LIFETIME_SECONDS: '1e3',
    TOKEN_RATE_LIMIT: 'often',
  })
  expect(problemOf(tokens, 'SESSION_IDLE_SECONDS')).toContain('from 1 minute to 30 days')
  expect(problemOf(tokens, 'ID_TOKEN_LIFETIME_SECONDS')).toContain('from 1 minute to 1 day')
  const together = await send(tokens, 'tokens', {
    SESSION_IDLE_SECONDS: '86400',
    SESSION_LIFETIME_SECONDS: '3600',
    ID_TOKEN_LIFETIME_SECONDS: '600',
    TOKEN_RATE_LIMIT: '',
    confirmed: 'yes',
  })
  expect(problemOf(together, 'SESSION_IDLE_SECONDS')).toContain('cannot be longer than')
  for (const value of ['a\u0001b', 'a\u202eb', ' ', 'x'.repeat(100_000)]) {
    const refused = await postFields(browser, await formOf('brand'), '/admin/settings/brand/change', {
      version: await versionNow(),
      BRAND_NAME: `Acme${value}${value}`,
    })
    expect(refused.status).toBeLessThan(500)
  }
  for (const kept of Object.values(await stored())) expect(kept).toMatch(/^[\w ]*$/)
})

test('a lost update is told with what the other one changed, and what was typed can be saved after that', async () => {
  const form = await formOf('people')
  await elsewhere({ SIGN_UP: 'invitation', BRAND_NAME: 'Somebody & Sons' })
  const stale = await send(form, 'people', { SECOND_FACTOR: 'required' })
  expect(stale.status).toBe(409)
  expect(stale.html).toContain('Somebody else changed settings after this form was opened')
  const others = /id="others".*?<\/section>/s.exec(stale.html)?.[0].replaceAll(/<[^>]*>|\s+/g, ' ') ?? ''
  expect(others).toMatch(/SIGN_UP +is now +Whoever was invited .*It was +Nobody/)
  expect(others).toMatch(/BRAND_NAME +is now +Somebody &amp; Sons/)
  expect(stale.html).toContain('<option value="required" selected')
  expect(await stored()).toEqual({ SIGN_UP: 'invitation', BRAND_NAME: 'Somebody & Sons' })
  // What was left alone follows the other one: saving again takes nothing back.
  await send(stale, 'people', {})
  expect(await stored()).toEqual({
    SIGN_UP: 'invitation',
    SECOND_FACTOR: 'required',
    BRAND_NAME: 'Somebody & Sons',
  })
})

test('a button that was pressed several times at once is told of no other administrator', async () => {
  const form = await formOf('tokens')
  const fields = { version: await versionNow(), ID_TOKEN_LIFETIME_SECONDS: '900' }
  const answers = await Promise.all(
    Array.from({ length: 4 }, () => postFields(browser, form, '/admin/settings/tokens/change', fields)),
  )
  expect(answers.map(({ status }) => status)).toEqual([303, 303, 303, 303])
  expect(await stored()).toEqual({ ID_TOKEN_LIFETIME_SECONDS: '900' })
})

describe('what weakens or ends something', () => {
  test('is asked about whatever version the form says it was made from, and is never done without the question', async () => {
    const now = Number(await versionNow())
    for (const version of [now, now + 1, 999_999_999]) {
      const place = await formOf('people')
      const fields = { version: String(version), SIGN_UP: 'open' }
      const asked = await postFields(browser, place, '/admin/settings/people/change', fields)
      expect(await asked.text(), String(version)).toContain('Change these settings?')
      expect(await stored()).toEqual({})
    }
  })

  test('is asked about first, with what it means, and only done when that was confirmed', async () => {
    const asked = await send(await formOf('people'), 'people', { SIGN_UP: 'open' })
    expect(asked.html).toContain('Anybody who reaches the sign-in page can make an account')
    expect(await stored()).toEqual({})
    const done = await send(asked, 'people', { confirmed: 'yes' })
    expect(done.html).toContain('The settings were saved.')
    expect(await stored()).toEqual({ SIGN_UP: 'open' })
  })

  test('also when it is the way back to a default, or a form written by hand', async () => {
    await elsewhere({ SECOND_FACTOR: 'required' })
    const asked = await send(await formOf('people'), 'people', { reset_SECOND_FACTOR: 'yes' })
    expect(asked.html).toContain('People without a second factor sign in with a password alone.')
    expect(await stored()).toEqual({ SECOND_FACTOR: 'required' })
    expect((await send(asked, 'people', { confirmed: 'yes' })).status).toBe(200)
    expect(await stored()).toEqual({})
  })

  test('is each of these, and nothing else', () => {
    const calm = {
      ADMINISTRATOR_SECOND_FACTOR: 'required',
      SECOND_FACTOR: 'required',
      ADMINISTRATOR_REMEMBERED_DEVICES: 'false',
      LEAKED_KEY_POLICY: 'end',
      SIGN_UP: 'closed',
      SESSION_LIFETIME_SECONDS: '86400',
      SESSION_IDLE_SECONDS: '3600',
      KEY_USAGE_RETENTION_SECONDS: '34560000',
      REFRESH_TOKEN_LIFETIME_SECONDS: '2592000',
    }
    const told = (change: Partial<Record<keyof typeof calm, string>>, from: object = calm) =>
      consequencesOf(messagesFor('en'), { ...calm, ...from }, { ...calm, ...from, ...change }).length
    expect(told({ ADMINISTRATOR_SECOND_FACTOR: 'optional' })).toBe(1)
    expect(told({ SECOND_FACTOR: 'optional' })).toBe(1)
    expect(told({ ADMINISTRATOR_REMEMBERED_DEVICES: 'true' })).toBe(1)
    expect(told({ LEAKED_KEY_POLICY: 'notify' })).toBe(1)
    expect(told({ SIGN_UP: 'open' })).toBe(1)
    expect(told({ SESSION_LIFETIME_SECONDS: '3600', SESSION_IDLE_SECONDS: '600' })).toBe(2)
    expect(told({ KEY_USAGE_RETENTION_SECONDS: '86400' })).toBe(1)
    expect(told({ SIGN_UP: 'invitation', SESSION_IDLE_SECONDS: '7200' })).toBe(0)
    expect(told({ REFRESH_TOKEN_LIFETIME_SECONDS: '3600' })).toBe(0)
    expect(told({ SECOND_FACTOR: 'required' }, { SECOND_FACTOR: 'optional' })).toBe(0)
  })
})

test('what the environment says is shown as fixed, and a form written by hand does not change it', async () => {
  const form = await formOf('brand')
  expect(form.html).toContain('Fixed: the environment of the servers says so, and wins.')
  expect(form.html).not.toContain('name="SUPPORT_URL"')
  const refused = await send(form, 'brand', { BRAND_NAME: 'Half', SUPPORT_URL: 'https://evil.example/' })
  expect([refused.status, refused.html]).toEqual([
    409,
    expect.stringContaining('SUPPORT_URL is set in the environment'),
  ])
  // What belongs to another group, or to none, is no part of this form.
  await send(await formOf('brand'), 'brand', { SIGN_UP: 'open', PORT: '1', DATABASE_URL: 'x' })
  expect(await stored()).toEqual({})
  for (const group of ['reach', 'operation', 'nothing', '__proto__']) {
    expect((await formOf(group)).status, group).toBe(404)
  }
})

test('a brand that was tried is used with one press; what the environment fixes is said', async () => {
  const preview = await browser.visit('/admin/settings/brand?name=Globex&accent=%230f766e')
  const used = await sendForm(browser, preview, '/brand/change', {})
  expect(used.html).toContain('The settings were saved.')
  expect(await stored()).toEqual({ BRAND_NAME: 'Globex', BRAND_ACCENT_COLOUR: '#0f766e' })
  const wrong = await browser.visit('/admin/settings/brand?name=Globex&accent=red')
  expect(wrong.html).toContain('Correct what is wrong above first.')
  expect(wrong.html).not.toContain('Use this brand</button>')
})

test('API5: whoever may only look is offered nothing and changes nothing', async () => {
  for (const role of ['read-only', 'support', 'security'] as const) {
    const account = await makeAdministrator(world, role)
    const { browser: theirs, place } = await openConsole(world, { account, path: '/admin/settings' })
    expect(place.html, role).not.toContain('/change"')
    expect((await theirs.visit('/admin/settings/people/change')).status, role).toBe(403)
    const { status } = await postFields(theirs, place, '/admin/settings/people/change', {
      version: await versionNow(),
      SIGN_UP: 'open',
      confirmed: 'yes',
    })
    expect(status, role).toBe(403)
  }
  expect(await stored()).toEqual({})
})

test('ASVS 7.5.3: a sign-in that is older than a quarter of an hour changes nothing', async () => {
  const form = await formOf('people')
  clock = 1000 * 1000
  const fields = { version: await versionNow(), SIGN_UP: 'open', confirmed: 'yes' }
  const refused = await postFields(browser, form, '/admin/settings/people/change', fields)
  expect([refused.status, await refused.text()]).toEqual([403, expect.stringContaining('/admin/confirm?to=')])
  expect(await stored()).toEqual({})
})

test('CSRF: a form of another session or another place changes nothing', async () => {
  const other = await openConsole(world, { path: '/admin/settings/people/change' })
  const fields = { version: await versionNow(), SIGN_UP: 'open', confirmed: 'yes' }
  expect((await postFields(browser, other.place, '/admin/settings/people/change', fields)).status).toBe(403)
  const { forms } = await formOf('people')
  const csrf = forms.map((form) => form.fields['csrf']).find((value) => value !== undefined) ?? ''
  const foreign = await browser.send('/admin/settings/people/change', {
    method: 'POST',
    headers: { origin: 'https://evil.example', 'sec-fetch-site': 'cross-site' },
    body: new URLSearchParams({ csrf, ...fields }),
  })
  expect(foreign.status).toBe(403)
  expect(await stored()).toEqual({})
})
