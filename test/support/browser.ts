/**
 * A browser without a window: it keeps cookies, sends what browsers send, and submits the forms that stand in the page.
 * Redirects are followed one by one and only on the server's own origin, so that a test sees where it would leave to.
 */
import { createCookieJar } from './cookie-jar.ts'
import type { CookieJar } from './cookie-jar.ts'
import { formsIn } from './html-forms.ts'
import type { PageForm } from './html-forms.ts'
import type { World } from './world.ts'

/** Where a browser stands after a request: on a page, or on its way to another origin. */
export interface Place {
  readonly url: URL
  readonly status: number
  readonly headers: Headers
  /** The page without the places where an address may break: what is searched for in it is found as a reader finds it. */
  readonly html: string
  /** The forms of the page, in order. */
  readonly forms: readonly PageForm[]
  /** The address on another origin that the server redirects to, which is not visited. */
  readonly leavingTo: URL | undefined
  /** Every status and path on the way here, such as `303 /oauth/authorize`. */
  readonly trail: readonly string[]
}

/** What a request sends besides what the browser adds. */
export interface BrowserRequest {
  readonly method?: string
  readonly headers?: Readonly<Record<string, string>>
  readonly body?: URLSearchParams
}

/** A browser. */
export interface Browser {
  readonly cookies: CookieJar
  /** One request, nothing followed. */
  readonly send: (url: URL | string, request?: BrowserRequest) => Promise<Response>
  /** Goes to an address and follows redirects while they stay on the server's origin. */
  readonly visit: (url: URL | string) => Promise<Place>
  /** Submits a form of a page with the given fields and, if it has several buttons, the one that sends `button`. */
  readonly submit: (place: Place, wanted: SubmitWishes) => Promise<Place>
}

/** Which form is submitted, and with what. */
export interface SubmitWishes {
  /** The end of the form's action, such as `/login`. */
  readonly action: string
  readonly fields?: Readonly<Record<string, string>>
  /** The value of the button that is pressed. */
  readonly button?: string
}

const mostRedirects = 10

/** Opens a browser with no cookies. `via` sends its requests to another instance than the first. */
export function openBrowser(world: Pick<World, 'issuer'>, { via }: { readonly via?: string } = {}): Browser {
  const issuer = new URL(world.issuer)
  const cookies = createCookieJar()

  const send = async (address: URL | string, request: BrowserRequest = {}): Promise<Response> => {
    const url = new URL(address, issuer)
    const target = via === undefined ? url : new URL(`${url.pathname}${url.search}`, via)
    const response = await fetch(target, {
      method: request.method ?? 'GET',
      redirect: 'manual',
      headers: { accept: 'text/html', cookie: cookies.headerFor(url), ...request.headers },
      ...(request.body !== undefined && { body: request.body }),
    })
    cookies.take(url, response.headers.getSetCookie())
    return response
  }

  const follow = async (address: URL, request: BrowserRequest): Promise<Place> => {
    const trail: string[] = []
    let url = address
    let next = request
    for (let hop = 0; hop < mostRedirects; hop += 1) {
      const response = await send(url, next)
      const html = (await response.text()).replaceAll('<wbr />', '')
      trail.push(`${response.status} ${url.pathname}`)
      const location = response.headers.get('location')
      const leads = response.status >= 300 && response.status < 400 && location !== null
      const to = leads ? new URL(location, url) : undefined
      if (to === undefined || to.origin !== issuer.origin) {
        const { status, headers } = response
        return { url, status, headers, html, forms: formsIn(html), leavingTo: to, trail }
      }
      url = to
      next = {}
    }
    throw new Error(`redirected in circles: ${trail.join(', ')}`)
  }

  return {
    cookies,
    send,
    visit: (url) => follow(new URL(url, issuer), { headers: { 'sec-fetch-site': 'none' } }),
    submit: (place, wanted) => {
      const form = place.forms.find(({ action }) => action.endsWith(wanted.action))
      if (form === undefined) throw new Error(`no form posts to …${wanted.action} at ${place.url.pathname}`)
      return follow(new URL(form.action, place.url), {
        method: 'POST',
        headers: { origin: issuer.origin, 'sec-fetch-site': 'same-origin' },
        body: filledIn(form, wanted),
      })
    },
  }
}

function filledIn(form: PageForm, { fields = {}, button }: SubmitWishes): URLSearchParams {
  const body = new URLSearchParams(form.fields)
  for (const [name, value] of Object.entries(fields)) {
    if (!(name in form.fields) && !form.unticked.includes(name))
      throw new Error(`the form ${form.action} has no field ${name}`)
    body.set(name, value)
  }
  const pressed = button === undefined ? form.buttons[0] : form.buttons.find(({ value }) => value === button)
  if (pressed === undefined) throw new Error(`the form ${form.action} has no such button`)
  if (pressed.name !== '') body.set(pressed.name, pressed.value)
  return body
}
