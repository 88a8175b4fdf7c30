/** OpenID Connect Core 1.0 §3.1.2.1: what a request may say about who signs in, how often, and in which language. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { asks, signIn, submitSignIn } from '../support/browser-like.ts'
import { openBrowser } from '../support/browser.ts'
import type { Browser, Place } from '../support/browser.ts'
import { openRelyingParty } from '../support/relying-party.ts'
import type { RelyingParty } from '../support/relying-party.ts'
import { openWorld } from '../support/world.ts'
import type { TestAccount, World } from '../support/world.ts'

let world: World
let app: RelyingParty
let ana: TestAccount
/** A browser in which Ana is signed in and has agreed to what the app asks for. */
let known: Browser

beforeAll(async () => {
  world = await openWorld()
  app = await openRelyingParty(world)
  ana = await world.makeAccount()
  known = (await signIn(world, { account: ana, authorizeUrl: (await app.begin()).url })).browser
})
afterAll(async () => {
  await app.close()
  await world.close()
})

describe('prompt', () => {
  test('select_account shows who is signed in, and going on as them needs no password', async () => {
    const begun = await app.begin({ prompt: 'select_account' })
    const place = await known.visit(begun.url)
    expect(place.leavingTo).toBeUndefined()
    expect(place.html).toContain(ana.email)
    const done = await known.submit(place, { action: '/accounts', button: ana.id })
    expect((await begun.complete(String(done.leavingTo))).claims()?.sub).toBe(ana.id)
  })

  test('select_account is asked for each time, and by other requests not at all', async () => {
    for (const params of [{ prompt: 'select_account' }, {}, { prompt: 'select_account' }]) {
      const place = await known.visit((await app.begin(params)).url)
      expect(place.leavingTo === undefined).toBe('prompt' in params)
    }
  })

  test('select_account in a browser that knows nobody is the sign-in page', async () => {
    const place = await openBrowser(world).visit((await app.begin({ prompt: 'select_account' })).url)
    expect(asks(place, '/login')).toBe(true)
  })

  test('select_account login asks for the account and then for its password', async () => {
    const begun = await app.begin({ prompt: 'select_account login' })
    const chosen = await known.submit(await known.visit(begun.url), { action: '/accounts', button: ana.id })
    expect(asks(chosen, '/login')).toBe(true)
    const done = await submitSignIn(known, chosen, ana)
    expect((await begun.complete(String(done.leavingTo))).claims()?.sub).toBe(ana.id)
  })

  test('select_account consent asks for both', async () => {
    const place = await known.visit((await app.begin({ prompt: 'select_account consent' })).url)
    const chosen = await known.submit(place, { action: '/accounts', button: ana.id })
    expect(asks(chosen, '/consent')).toBe(true)
  })

  test.each(['none login', 'none consent', 'none select_account'])('%s is refused', async (prompt) => {
    expect(answerOf(await known.visit((await app.begin({ prompt })).url))).toBe('invalid_request')
  })

  test('none is answered, or refused by what is missing, and never with a page', async () => {
    expect(answerOf(await known.visit((await app.begin({ prompt: 'none' })).url))).toBe('code')
    const stranger = openBrowser(world)
    expect(answerOf(await stranger.visit((await app.begin({ prompt: 'none' })).url))).toBe('login_required')
    const more = await app.begin({ prompt: 'none', scope: 'openid phone' })
    expect(answerOf(await known.visit(more.url))).toBe('consent_required')
  })

  test('login asks for the password although there is a session, and the new sign-in counts', async () => {
    const begun = await app.begin({ prompt: 'login', max_age: '3600' })
    const place = await known.visit(begun.url)
    expect(asks(place, '/login')).toBe(true)
    const done = await submitSignIn(known, place, ana)
    const { auth_time: authTime } = (await begun.complete(String(done.leavingTo))).claims() ?? {}
    expect(Math.abs(Number(authTime) - Date.now() / 1000)).toBeLessThan(10)
  })
})

describe('hints', () => {
  test('login_hint fills the form in, whatever it says, and signs nobody in', async () => {
    const hint = `"><script>alert(1)</script>${'x'.repeat(400)}`
    const place = await openBrowser(world).visit((await app.begin({ login_hint: hint })).url)
    const [form] = place.forms.filter(({ action }) => action.endsWith('/login'))
    expect(form?.fields['login']).toBe(hint.slice(0, 320))
    expect(place.html).not.toContain('<script>alert')
  })

  test('login_hint says nothing about whether there is such an account', async () => {
    const pages = await Promise.all(
      [ana.email, 'nobody@example.com'].map(async (hint) => {
        const place = await openBrowser(world).visit((await app.begin({ login_hint: hint })).url)
        return place.html.replaceAll(hint, 'HINT').replaceAll(/\/sign-in\/[\w-]+/g, '/sign-in/UID')
      }),
    )
    expect(pages[0]).toBe(pages[1])
  })

  test('login_hint of somebody else does not end the session of who is signed in', async () => {
    const begun = await app.begin({ login_hint: 'somebody@example.com' })
    expect(answerOf(await known.visit(begun.url))).toBe('code')
  })

  test('id_token_hint of who is signed in is answered at once', async () => {
    const begun = await app.begin()
    const first = await known.visit(begun.url)
    const { id_token: hint = '' } = await begun.complete(String(first.leavingTo))
    const again = await known.visit((await app.begin({ prompt: 'none', id_token_hint: hint })).url)
    expect(answerOf(again)).toBe('code')
  })
})

describe('languages', () => {
  test.each([
    [{ ui_locales: 'de' }, undefined, 'de'],
    [{ ui_locales: 'fr-CH de-AT en' }, undefined, 'de'],
    [{ ui_locales: 'tlh' }, 'de-DE,de;q=0.9,en;q=0.8', 'de'],
    [{ ui_locales: 'en' }, 'de', 'en'],
    [{}, 'de;q=0.4,en;q=0.5', 'en'],
    [{}, undefined, 'en'],
    [{ ui_locales: '<script>' }, undefined, 'en'],
  ])('with %j and Accept-Language %s the page is in %s', async (params, acceptLanguage, language) => {
    const browser = openBrowser(world)
    const headers: Record<string, string> =
      acceptLanguage === undefined ? {} : { 'accept-language': acceptLanguage }
    const to = await browser.send((await app.begin(params)).url, { headers })
    const page = await browser.send(String(to.headers.get('location')), { headers })
    expect(await page.text()).toContain(`<html lang="${language}">`)
  })

  test('ui_locales goes with the request, from page to page', async () => {
    const place = await known.visit((await app.begin({ prompt: 'select_account', ui_locales: 'de' })).url)
    expect(place.html).toContain('Konto auswählen')
    const login = await known.submit(place, { action: '/accounts', button: 'yes' })
    expect(login.html).toContain('Anmelden')
  })
})

/** `code`, or the error the app was told; `page` for none of them. */
function answerOf({ leavingTo }: Place): string {
  if (leavingTo === undefined) return 'page'
  return leavingTo.searchParams.has('code') ? 'code' : (leavingTo.searchParams.get('error') ?? '')
}
