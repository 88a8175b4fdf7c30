/** Signing in as a person does: through the pages, by their own forms. */
import { openBrowser } from './browser.ts'
import type { Browser, Place } from './browser.ts'
import type { TestAccount, World } from './world.ts'

/** A sign-in as a person goes through it. */
export interface SignInStory {
  readonly account: Pick<TestAccount, 'email' | 'password'>
  readonly authorizeUrl: URL | string
  /** What is answered on the consent page; `allow` unless told otherwise. */
  readonly decision?: 'allow' | 'deny'
  /** A browser that has been somewhere already; a new one otherwise. */
  readonly browser?: Browser
}

/** What a sign-in led to. */
export interface SignedIn {
  /** The redirect URI with the authorization response in its query. */
  readonly callback: URL
  readonly browser: Browser
  readonly place: Place
}

/** Signs an account in, answers the consent page if there is one, and gives the address the app is called back at. */
export async function signIn(world: Pick<World, 'issuer'>, story: SignInStory): Promise<SignedIn> {
  const browser = story.browser ?? openBrowser(world)
  const place = await signInOutcome(browser, story)
  if (place.leavingTo === undefined) {
    throw new Error(`the sign-in ended at ${place.status} ${place.url.pathname}: ${place.trail.join(', ')}`)
  }
  return { callback: place.leavingTo, browser, place }
}

/** Goes to the authorization endpoint and through whatever pages come, until there is no form that is known here. */
export async function signInOutcome(browser: Browser, story: SignInStory): Promise<Place> {
  let place = await browser.visit(story.authorizeUrl)
  if (asks(place, '/login')) place = await submitSignIn(browser, place, story.account)
  if (asks(place, '/consent')) place = await answerConsent(browser, place, story.decision ?? 'allow')
  return place
}

/** Fills in the sign-in page and submits it. */
export function submitSignIn(
  browser: Browser,
  place: Place,
  { email, password }: Pick<TestAccount, 'email' | 'password'>,
): Promise<Place> {
  return browser.submit(place, { action: '/login', fields: { login: email, password } })
}

/** Presses a button of the consent page. */
export function answerConsent(
  browser: Browser,
  place: Place,
  decision: 'allow' | 'deny' | 'switch',
): Promise<Place> {
  return browser.submit(place, { action: '/consent', button: decision })
}

/** True if the page has a form for this step. */
export function asks(place: Place, action: '/login' | '/consent'): boolean {
  return place.forms.some((form) => form.action.endsWith(action))
}
