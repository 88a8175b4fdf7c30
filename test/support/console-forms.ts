/** Forms of the console, sent as a browser sends them or as somebody writes them by hand. */
import type { Browser, Place } from './browser.ts'
import { formsIn } from './html-forms.ts'

/** What is sent instead of what stands in a form; several values are several boxes. */
export type SentFields = Readonly<Record<string, string | readonly string[]>>

/** Sends the form that posts to this address as it stands, with these fields instead of its own; leads on where it leads. */
export async function sendForm(
  browser: Browser,
  place: Place,
  action: string,
  fields: SentFields,
): Promise<Place> {
  // Of the forms of a list each has a client of its own; any of them is as good.
  const needed = ['csrf', ...('client' in fields ? ['client'] : [])]
  const form = place.forms.find(
    (each) => each.action.endsWith(action) && needed.every((name) => name in each.fields),
  )
  if (form === undefined) throw new Error(`no form posts to …${action} at ${place.url.pathname}`)
  const own = { ...areasIn(place.html), ...selectsIn(place.html), ...form.fields }
  const kept = Object.fromEntries(Object.entries(own).filter(([name]) => !(name in fields)))
  const response = await postFields(browser, place, form.action, { ...kept, ...fields })
  const location = response.headers.get('location')
  if (response.status === 303 && location !== null) return browser.visit(location)
  const html = await response.text()
  return { ...place, status: response.status, html, forms: formsIn(html) }
}

/** Posts these fields and the token of a page that was visited, whatever forms it has. */
export function postFields(
  browser: Browser,
  { url, forms }: Pick<Place, 'url' | 'forms'>,
  path: string,
  fields: SentFields,
): Promise<Response> {
  const csrf = forms.map((form) => form.fields['csrf']).find((value) => value !== undefined) ?? ''
  const body = new URLSearchParams({ csrf })
  for (const [name, value] of Object.entries(fields)) {
    if (name === 'csrf') continue
    for (const each of [value].flat()) body.append(name, each)
  }
  return browser.send(path, {
    method: 'POST',
    headers: { origin: url.origin, 'sec-fetch-site': 'same-origin' },
    body,
  })
}

/** What stands beside a field. */
export function problemOf({ html }: Pick<Place, 'html'>, name: string): string {
  return new RegExp(`id="${name}-error"[^>]*>(.*?)</p>`, 's').exec(html)?.[1] ?? ''
}

function areasIn(html: string): Record<string, string> {
  const areas = html.matchAll(/<textarea[^>]* name="(\w+)"[^>]*>\n?([^<]*)<\/textarea/g)
  return Object.fromEntries([...areas].map(([, name = '', text = '']) => [name, text]))
}

function selectsIn(html: string): Record<string, string> {
  const selects = html.matchAll(/<select[^>]* name="(\w+)"[^>]*>(.*?)<\/select>/gs)
  return Object.fromEntries(
    [...selects].map(([, name = '', options = '']) => [
      name,
      /<option value="([^"]*)" selected/.exec(options)?.[1] ?? '',
    ]),
  )
}
