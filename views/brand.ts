/**
 * How an installation shows itself: name, logo, accent colour and links. The Content-Security-Policy allows no
 * style in the page, so the colour becomes a small stylesheet of its own, served under its hash like any asset.
 */
import { hashedPath, sha256Hex } from './assets.ts'
import { black, contrast, formatColour, mix, parseColour, readableOn, white } from './colour.ts'
import type { Colour } from './colour.ts'
import { messagesFor } from './messages/messages.ts'
import type { Language, Messages } from './messages/messages.ts'
import { messagesWith } from './messages/replace.ts'
import type { TextReplacements } from './messages/replace.ts'

/** What an operator may set. */
export interface BrandSettings {
  readonly name: string
  /** `#rrggbb`. Shades that text needs are derived from it, so that any colour stays readable. */
  readonly accentColour?: string | undefined
  /** A path on this origin; images of other origins are not loaded. */
  readonly logoPath?: string | undefined
  /** The logo for dark surroundings, if the first one does not suit them. */
  readonly logoDarkPath?: string | undefined
  /** A logo that is served from here, instead of the paths. */
  readonly logo?: BrandLogo | undefined
  readonly logoDark?: BrandLogo | undefined
  /** Texts in the installation's own words. */
  readonly texts?: TextReplacements | undefined
  /** Shown at the foot of every page: imprint, privacy, help. */
  readonly links?: readonly BrandLink[] | undefined
  /** Where people are sent for help: the last link, in their own language. */
  readonly helpUrl?: string | undefined
}

/** The bytes of a logo. */
export interface BrandLogo {
  readonly body: Buffer
  readonly contentType: string
  /** With its dot, such as `.png`. */
  readonly extension: string
}

/** One link at the foot of every page. */
export interface BrandLink {
  readonly text: string
  readonly url: string
}

/** The brand as pages take it, with its stylesheet ready to be served. */
export interface Brand {
  readonly name: string
  readonly logoPath: string | undefined
  readonly logoDarkPath: string | undefined
  readonly links: readonly BrandLink[]
  readonly helpUrl: string | undefined
  readonly stylesheet: BrandStylesheet
  /** Everything of the brand that is served: the stylesheet and the logos. */
  readonly files: readonly BrandFile[]
  /** The catalogues, with the installation's own words in them. */
  readonly messagesFor: (language: Language) => Messages
}

/** One file of the brand, under a path that contains its hash. */
export interface BrandFile {
  readonly path: string
  readonly body: string | Buffer
  readonly contentType: string
}

/** The generated stylesheet of a brand, for the door that serves assets. */
export interface BrandStylesheet {
  /** `/assets/brand.<hash>.css` */
  readonly path: string
  readonly body: string
  readonly contentType: string
  readonly contentHash: string
}

/** The accent colour of an installation that sets none. */
export const defaultAccentColour = '#0f5f5c'

/** What stands behind text in light surroundings. */
export const cardLight: Colour = white
/** And in dark ones. */
export const cardDark: Colour = { red: 0x1b, green: 0x1e, blue: 0x22 }

/** Completes an operator's settings, once, at start. Throws for a colour that is not `#rrggbb`. */
export function makeBrand(settings: BrandSettings): Brand {
  const body = brandCss(settings)
  const contentHash = sha256Hex(body)
  const stylesheet = Object.freeze({
    path: hashedPath('brand.css', contentHash),
    body,
    contentType: 'text/css; charset=utf-8',
    contentHash,
  })
  const logo = settings.logo && logoFile('brand', settings.logo)
  const logoDark = settings.logoDark && logoFile('brand-dark', settings.logoDark)
  return Object.freeze({
    name: settings.name,
    logoPath: logo?.path ?? settings.logoPath,
    logoDarkPath: logoDark?.path ?? settings.logoDarkPath,
    links: Object.freeze([...(settings.links ?? [])]),
    helpUrl: settings.helpUrl,
    stylesheet,
    files: Object.freeze([stylesheet, logo, logoDark].filter((file) => file !== undefined)),
    messagesFor: settings.texts === undefined ? messagesFor : messagesWith(settings.texts),
  })
}

function logoFile(name: string, { body, contentType, extension }: BrandLogo): BrandFile {
  return { path: hashedPath(`${name}${extension}`, sha256Hex(body)), body, contentType }
}

/** The stylesheet of a brand: the accent and its shades, for light and dark surroundings. */
export function brandCss(settings: Pick<BrandSettings, 'accentColour'>): string {
  const accent = parseColour(settings.accentColour ?? defaultAccentColour)
  if (accent === undefined) throw new TypeError('the accent colour must be written as #rrggbb')
  return (
    `:root {\n${accentProperties(accent, cardLight)}}\n\n` +
    `@media (prefers-color-scheme: dark) {\n:root {\n${accentProperties(accent, cardDark)}}\n}\n`
  )
}

/**
 * The accent itself fills buttons; their label is black or white, of which one always reads (WCAG 2.2, 1.4.3
 * wants 4.5). On dark cards it is made lighter, because deep colours sink into them; on light ones only what
 * is nearly white is made darker. Text and focus rings get
 * a shade of their own that also reads on the soft tint.
 */
function accentProperties(accent: Colour, card: Colour): string {
  const isDark = card === cardDark
  const fill = readableOn(card, accent, isDark ? 5.5 : 1.3)
  const label = contrast(fill, white) >= contrast(fill, black) ? white : black
  const soft = mix(card, fill, isDark ? 0.18 : 0.1)
  const properties = {
    '--accent': fill,
    '--accent-hover': mix(fill, label === white ? black : white, 0.14),
    '--on-accent': label,
    '--accent-soft': soft,
    '--accent-text': readableOn(soft, accent, 5),
  }
  return Object.entries(properties)
    .map(([name, colour]) => `  ${name}: ${formatColour(colour)};\n`)
    .join('')
}
