/** The frame of every page: brand above, one card with the page's own heading, links below. */
import { assetPath } from '../assets.ts'
import type { AssetName } from '../assets.ts'
import type { Brand } from '../brand.ts'
import { attributes, html } from '../html.ts'
import type { Html, HtmlValue } from '../html.ts'
import { fillText } from '../messages/messages.ts'
import type { Messages } from '../messages/messages.ts'
import { isSameOriginPath, safeUrl } from '../safe-url.ts'
import { keyholeMark } from './icons.ts'

/** What every page takes. */
export interface PageProps {
  readonly brand: Brand
  readonly messages: Messages
}

/** What a page gives to its frame. */
export interface LayoutProps extends PageProps {
  /** The plain title, also the window's; the brand's name is added to it. */
  readonly title: string
  /** Whether the page tells of a problem; the window's title then says so first, for people who only hear it. */
  readonly hasProblem?: boolean | undefined
  /** Scripts of this page alone; it must work without them. */
  readonly scripts?: readonly AssetName[] | undefined
  readonly content: HtmlValue
}

/** A whole document. The content brings the page's only h1. */
export function pageLayout(props: LayoutProps): Html {
  const { brand, messages } = props
  return pageDocument({
    ...props,
    body: html`<div class="page">
      <header class="brand">${brandMark(brand)}</header>
      <main class="card">${props.content}</main>
      ${footer(brand, messages)}
    </div>`,
  })
}

/** What every document has, whatever its frame. */
export type DocumentProps = Omit<LayoutProps, 'content'> & {
  readonly body: Html
  /** Stylesheets beside the one of every page. */
  readonly stylesheets?: readonly AssetName[] | undefined
}

/** A document around the body of a frame. */
export function pageDocument(props: DocumentProps): Html {
  const { brand, messages, stylesheets = [] } = props
  return html`<!doctype html>
    <html lang="${messages.language}">
      <head>
        <meta charset="utf-8" />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <meta name="color-scheme" content="light dark" />
        <meta name="robots" content="noindex" />
        <title>${windowTitle(props)}</title>
        <link rel="icon" type="image/svg+xml" href="${assetPath('favicon.svg')}" />
        ${(['latchkey.css', ...stylesheets] as const).map(
          (name) => html`<link rel="stylesheet" href="${assetPath(name)}" />`,
        )}
        <link rel="stylesheet" href="${brand.stylesheet.path}" />
        ${scriptTags(props.scripts)}
      </head>
      <body>
        ${props.body}
      </body>
    </html> `
}

function scriptTags(names: readonly AssetName[] = []): Html[] {
  return ['latchkey.js' as const, ...names].map(
    (name) => html`<script ${attributes({ src: assetPath(name), defer: true })}></script>`,
  )
}

function windowTitle({ title, hasProblem, brand, messages }: Omit<LayoutProps, 'content'>): string {
  const said = hasProblem === true ? fillText(messages.common.titleWithProblem, { title }) : title
  const text = fillText(messages.common.titleWithBrand, { title: said, brand: brand.name })
  // A title holds no <bdi>: a name in it must not be able to turn the text around it (Unicode UAX #9).
  return text.replace(/[\u00ad\u200e\u200f\u202a-\u202e\u2066-\u2069]/g, '')
}

/** The logo, or the mark and the name. */
export function brandMark(brand: Brand): Html {
  const { logoPath, logoDarkPath } = brand
  if (logoPath === undefined || !isSameOriginPath(logoPath)) {
    return html`${keyholeMark()}<span class="brand-name">${brand.name}</span>`
  }
  const dark = logoDarkPath !== undefined && isSameOriginPath(logoDarkPath) ? logoDarkPath : undefined
  return html`<picture>
    ${dark !== undefined && html`<source media="(prefers-color-scheme: dark)" srcset="${dark}" />`}
    <img class="brand-logo" src="${logoPath}" alt="${brand.name}" />
  </picture>`
}

/** The installation's links below everything. */
export function footer(brand: Brand, messages: Messages): Html | undefined {
  const { links: own, helpUrl } = brand
  const all = helpUrl === undefined ? own : [...own, { text: messages.common.help, url: helpUrl }]
  const allowed = all.filter((link) => safeUrl(link.url) !== undefined)
  if (allowed.length === 0) return undefined
  const links = allowed.map((link) => html`<li><a href="${link.url}">${link.text}</a></li>`)
  return html`<footer class="foot">
    <nav aria-label="${messages.common.footer}">
      <ul>
        ${links}
      </ul>
    </nav>
  </footer>`
}
