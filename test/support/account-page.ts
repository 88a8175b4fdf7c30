/** The person's own page, as a person uses it in a browser. */
import { sql } from 'kysely'
import { submitSignIn } from './browser-like.ts'
import { openBrowser } from './browser.ts'
import type { Browser, Place } from './browser.ts'
import type { TestAccount, World } from './world.ts'

/** Somebody at their own page. */
export interface AtHome {
  readonly account: TestAccount
  readonly browser: Browser
  /** Goes to a page and submits one of its forms. */
  readonly submit: (path: string, action: string, fields?: Readonly<Record<string, string>>) => Promise<Place>
  /** Sends a form that stands in no page, with the token of this session. */
  readonly post: (path: string, fields?: Readonly<Record<string, string>>) => Promise<Response>
}

/** Signs somebody in at their own page. */
export async function goHome(
  world: World,
  given: { readonly account?: TestAccount; readonly browser?: Browser } = {},
): Promise<AtHome> {
  const account = given.account ?? (await world.makeAccount())
  const browser = given.browser ?? openBrowser(world)
  const place = await submitSignIn(browser, await browser.visit('/account'), account)
  if (place.status !== 200 || place.url.pathname !== '/account')
    throw new Error(`the sign-in ended at ${place.status} ${place.url.pathname}: ${place.trail.join(', ')}`)
  return {
    account,
    browser,
    submit: async (path, action, fields = {}) =>
      browser.submit(await browser.visit(path), { action, fields }),
    post: async (path, fields = {}) => {
      const { csrf } = await tokenOf(browser)
      return browser.send(path, ownForm(world, { csrf, ...fields }))
    },
  }
}

/** As if somebody had signed in an hour ago, at our pages and at the provider. */
export async function growStale({ db }: Pick<World, 'db'>, { id }: Pick<TestAccount, 'id'>): Promise<void> {
  const then = new Date(Date.now() - 3_600_000)
  await db.updateTable('webSessions').set({ authTime: then }).where('accountId', '=', id).execute()
  const loginTs = Math.floor(then.getTime() / 1000)
  await sql`update oidc_sessions set payload = payload || jsonb_build_object('loginTs', ${loginTs}::int)
    where account_id = ${id}`.execute(db)
}

/** A form as a page of ours sends it. */
export function ownForm(world: Pick<World, 'issuer'>, fields: Readonly<Record<string, string>>) {
  return {
    method: 'POST',
    headers: { origin: world.issuer, 'sec-fetch-site': 'same-origin' },
    body: new URLSearchParams(fields),
  }
}

/** The token that the forms of this browser's pages carry. */
export async function tokenOf(browser: Browser): Promise<{ csrf: string }> {
  const { forms } = await browser.visit('/account')
  const csrf = forms.find(({ action }) => action === '/account/sign-out')?.fields['csrf']
  if (csrf === undefined) throw new Error('the page has no token')
  return { csrf }
}
