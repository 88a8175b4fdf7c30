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
  readonly kind: Kind

  constructor(kind: Kind, text: string) {
    this.kind = kind
    this.#text = text
    Object.freeze(this)
  }

  static textOf(value: Html | Attributes): string {
    return value.#text
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
  for (const [index, hole] of holes.entries()) {
    text += fillHole(hole, values[index]) + (strings[index + 1] ?? '')
  }
  return new SafeText('html', text)
}

/** Attributes for a start tag, for those that are sometimes absent: `<input ${attributes({ required: true })}>`. */
export function attributes(values: Readonly<Record<string, AttributeValue>>): Attributes {
  const parts: string[] = []
  for (const [name, value] of Object.entries(values)) {
    if (!/^[a-z][a-z0-9-]*$/.test(name) || isForbiddenAttribute(name)) {
      throw new TypeError(`html: the attribute ${name} is not allowed`)
    }
    if (value === undefined || value === null || value === false) continue
    if (value === true) parts.push(name)
    else parts.push(`${name}="${isUrlAttribute(name) ? urlText(value) : escapeText(String(value))}"`)
  }
  return new SafeText('attributes', parts.join(' '))
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
  if (value instanceof SafeText && value.kind === 'attributes') return SafeText.textOf(value)
  throw new TypeError('html: only attributes() may stand inside a tag')
}

function renderText(value: HtmlValue): string {
  if (typeof value === 'string') return escapeText(value)
  if (typeof value === 'number') return String(value)
  if (value === undefined || value === null || value === false) return ''
  if (Array.isArray(value)) return value.map(renderText).join('')
  if (value instanceof SafeText && value.kind === 'html') return SafeText.textOf(value)
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

function escapeText(text: string): string {
  return text
    .toWellFormed()
    .replace(unprintable, '\ufffd')
    .replace(/[&<>"'`]/g, (character) => entities[character] ?? '')
}
