/**
 * HTML that cannot be forged by accident: `html` escapes every value for the place it stands in, and only its
 * own results pass unescaped. What has no safe rendering is refused by type, and again when it runs.
 */
import { holesOf, isForbiddenAttribute, isUrlAttribute } from './html-holes.ts'
import type { Hole } from './html-holes.ts'
import { blockedUrl, safeUrl } from './safe-url.ts'

/** What may stand in a text or attribute hole; undefined, null and false render nothing. */
export type HtmlValue = Html | Attributes | string | number | undefined | null | false | readonly HtmlValue[]

/** The value of one attribute: true is the bare name, undefined, null and false leave the attribute out. */
export type AttributeValue = string | number | boolean | undefined | null

class SafeText<Kind extends 'html' | 'attributes'> {
  readonly #text: string
  readonly #kind: Kind

  constructor(kind: Kind, text: string) {
    this.#kind = kind
    this.#text = text
  }

  static textOf(value: Html | Attributes): string {
    return value.#text
  }

  /** Its text, if it is of a kind. */
  static textIf(value: HtmlValue, kind: 'html' | 'attributes'): string | undefined {
    return value instanceof SafeText && value.#kind === kind ? value.#text : undefined
  }
}

/** A piece of a page, already escaped. Only `html` makes one. */
export type Html = SafeText<'html'>

/** Attributes of a start tag, already escaped. Only `attributes` makes one. */
export type Attributes = SafeText<'attributes'>

/** Builds a piece of a page; each hole is escaped for its place and URL attributes pass `safeUrl`. */
export function html(strings: TemplateStringsArray, ...values: readonly HtmlValue[]): Html {
  const holes = holesOf(strings)
  let text = strings[0] ?? ''
  let index = 0
  for (const hole of holes) {
    text += fillHole(hole, values[index])
    index += 1
    text += strings[index] ?? ''
  }
  return new SafeText('html', text)
}

/** Attributes for a start tag, for those that are sometimes absent: `<input ${attributes({ required: true })}>`. */
export function attributes(values: Readonly<Record<string, AttributeValue>>): Attributes {
  let text = ''
  for (const name of Object.keys(values)) {
    const value = values[name]
    const kind = kindOfAttribute(name)
    if (value === undefined || value === null || value === false) continue
    if (text !== '') text += ' '
    text += name
    if (value !== true) text += `="${kind === 'url' ? urlText(value) : escapeText(String(value))}"`
  }
  return new SafeText('attributes', text)
}

// Names stand in the code of the views, so there are few, and each is looked at once.
const attributeKinds = new Map<string, 'url' | 'plain'>()

function kindOfAttribute(name: string): 'url' | 'plain' {
  const known = attributeKinds.get(name)
  if (known !== undefined) return known
  if (!/^[a-z][a-z0-9-]*$/.test(name) || isForbiddenAttribute(name)) {
    throw new TypeError(`html: the attribute ${name} is not allowed`)
  }
  const kind = isUrlAttribute(name) ? 'url' : 'plain'
  attributeKinds.set(name, kind)
  return kind
}

/** The page as the text to send. */
export function renderHtml(page: Html): string {
  return SafeText.textOf(page)
}

function fillHole(hole: Hole, value: HtmlValue): string {
  if (hole.place === 'text') return renderText(value)
  if (hole.place === 'url') return urlText(value)
  if (value === undefined || value === null || value === false) return ''
  if (hole.place === 'attribute') return renderAttribute(value)
  const text = SafeText.textIf(value, 'attributes')
  if (text !== undefined) return text
  throw new TypeError('html: only attributes() may stand inside a tag')
}

function renderText(value: HtmlValue): string {
  if (typeof value === 'string') return escapeText(value)
  if (typeof value === 'number') return String(value)
  if (value === undefined || value === null || value === false) return ''
  if (Array.isArray(value)) return value.map(renderText).join('')
  const text = SafeText.textIf(value, 'html')
  if (text !== undefined) return text
  throw new TypeError(`html: cannot render a ${typeof value}`)
}

function renderAttribute(value: HtmlValue): string {
  if (typeof value === 'string' || typeof value === 'number') return escapeText(String(value))
  throw new TypeError(`html: cannot put a ${typeof value} into an attribute`)
}

function urlText(value: unknown): string {
  return escapeText((typeof value === 'string' ? safeUrl(value) : undefined) ?? blockedUrl)
}

const entities: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
  '`': '&#96;',
}

/** Control characters have no meaning in a page (HTML §13.2.3.5 calls them errors), so they become U+FFFD. */
// oxlint-disable-next-line no-control-regex -- control characters are exactly what is replaced here
const unprintable = /[\u0000-\u0008\u000b\u000c\u000e-\u001f\u007f-\u009f]/g

// Half a surrogate pair is not well-formed, so no pair at all is let past unlooked.
// oxlint-disable-next-line no-control-regex -- as above
const worthALook = /[\u0000-\u0008\u000b\u000c\u000e-\u001f\u007f-\u009f&<>"'`\ud800-\udfff]/

function escapeText(text: string): string {
  if (!worthALook.test(text)) return text
  return text
    .toWellFormed()
    .replace(unprintable, '\ufffd')
    .replace(/[&<>"'`]/g, (character) => entities[character] ?? '')
}
