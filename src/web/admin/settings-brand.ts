import { brandCss, makeBrand } from '../../../views/brand.ts'
import { parseColour } from '../../../views/colour.ts'
import { renderHtml } from '../../../views/html.ts'
import { textProblems } from '../../../views/messages/replace.ts'
import type { TextReplacements } from '../../../views/messages/replace.ts'
import { brandContent } from '../../../views/admin/settings-brand-page.ts'
import type { BrandPageProps, BrandWishes } from '../../../views/admin/settings-brand-page.ts'
import { brandPreviewPage } from '../../../views/admin/settings-brand-preview.ts'
import { lineOfText } from '../../platform/text.ts'
import type { ShownSettings } from '../administration-rooms.ts'
import { madeFrom } from './settings-change.ts'
import type { Visit } from './route.ts'

const brandName = lineOfText(60)
const longestWish = 1000
// A path, not a file: what stands on the disk of the server is none of a browser's business.
const logoPath = /^[^\p{Cc}"'`$\\]{1,300}\.(png|jpe?g|webp|svg)$/iu

/** Shows a brand as it would be; the wishes stand in the address, so they can be kept and shared. */
export function tryBrand(visit: Visit): void {
  const { frame, show } = visit
  const { wishes, wrong, brand, accent, texts } = wishedBrand(visit, 'section')
  const query = new URLSearchParams({ ...wishes }).toString()
  const content = brandContent(frame, {
    wishes,
    wrong,
    brand,
    accent,
    brandMessages: brand.messagesFor(frame.messages.language),
    stylesheetUrl: stylesheetOf(accent, 'section'),
    wholePageUrl: `/admin/settings/preview?${query}`,
    environmentLines: linesOf(wishes, wrong),
    use: frame.may('settings:write') ? useOf(visit, wishes, wrong) : undefined,
    textsFile: texts && JSON.stringify(texts, undefined, 2),
  })
  const status = wrong.length > 0 ? 400 : 200
  show({ title: frame.messages.consoleSettings.brandTitle, current: '/admin/settings', content }, status)
}

/** The same as a page of its own, outside the frame of the console. */
export function previewBrand(visit: Visit): void {
  const { ctx, frame } = visit
  const { wishes, brand } = wishedBrand(visit, 'page')
  const page = brandPreviewPage({
    brand,
    messages: brand.messagesFor(frame.messages.language),
    backUrl: `/admin/settings/brand?${new URLSearchParams({ ...wishes }).toString()}`,
  })
  ctx.status = 200
  ctx.type = 'text/html; charset=utf-8'
  ctx.set('Cache-Control', 'no-store')
  ctx.body = renderHtml(page)
}

/** The colours of a preview: for the whole page, or for its section alone. Our policy allows no style in the page itself. */
export function previewStylesheet({ ctx, query, rooms }: Visit): void {
  const css = brandCss({ accentColour: accentOf(query.get('accent'), rooms.settings.shown()) })
  ctx.status = 200
  ctx.type = 'text/css; charset=utf-8'
  ctx.set('Cache-Control', 'no-store')
  ctx.body = query.get('of') === 'page' ? css : css.replaceAll(':root', '.brand-preview')
}

/** What is sent to make name and colour so, and which of them the environment fixes. */
function useOf(
  visit: Visit,
  wishes: BrandWishes,
  wrong: readonly (keyof BrandWishes)[],
): NonNullable<BrandPageProps['use']> {
  const { settings } = visit.rooms
  const wanted = { BRAND_NAME: wishes.name, BRAND_ACCENT_COLOUR: wishes.accent }
  const isFixed = ([name]: readonly [string, string]) => settings.source(name) === 'environment'
  const free = Object.entries(wanted).filter((entry) => !isFixed(entry))
  return {
    fixed: Object.entries(wanted)
      .filter(isFixed)
      .map(([name]) => name),
    isWrong: wrong.includes('name') || wrong.includes('accent'),
    hidden: free.length === 0 ? undefined : { ...Object.fromEntries(free), ...madeFrom(visit) },
  }
}

function wishedBrand({ query, frame, rooms }: Visit, of: 'section' | 'page') {
  const settings = rooms.settings.shown()
  const wish = (name: string, setting: string) =>
    (query.get(name) ?? textOf(settings, setting)).trim().slice(0, longestWish)
  const wishes: BrandWishes = {
    name: wish('name', 'BRAND_NAME'),
    accent: wish('accent', 'BRAND_ACCENT_COLOUR'),
    logo: wish('logo', 'BRAND_LOGO_FILE'),
    heading: (query.get('heading') ?? '').trim().slice(0, longestWish),
  }
  const { language } = frame.messages
  const texts: TextReplacements | undefined =
    wishes.heading === '' ? undefined : { [language]: { 'signIn.title': wishes.heading } }
  const wrong = wrongOf(wishes, texts)
  const accent = accentOf(wishes.accent, settings)
  const { logoPath: path, logoDarkPath, links, helpUrl } = frame.brand
  const made = makeBrand({
    name: wrong.includes('name') ? textOf(settings, 'BRAND_NAME') : wishes.name,
    accentColour: accent,
    logoPath: path,
    logoDarkPath,
    links,
    helpUrl,
    texts: wrong.includes('heading') ? undefined : texts,
  })
  // Its own file is not served: the colours of a preview have an address of their own.
  const brand = { ...made, stylesheet: { ...made.stylesheet, path: stylesheetOf(accent, of) } }
  return { wishes, wrong, brand, accent, texts: wrong.includes('heading') ? undefined : texts }
}

function wrongOf(wishes: BrandWishes, texts: TextReplacements | undefined): (keyof BrandWishes)[] {
  const wrong: (keyof BrandWishes)[] = []
  if (!brandName.safeParse(wishes.name).success) wrong.push('name')
  if (parseColour(wishes.accent) === undefined) wrong.push('accent')
  if (wishes.logo !== '' && !logoPath.test(wishes.logo)) wrong.push('logo')
  if (texts !== undefined && textProblems(texts).length > 0) wrong.push('heading')
  return wrong
}

/** Whatever is no colour is the one in force. */
function accentOf(wished: string | null, settings: ShownSettings): string {
  if (wished !== null && parseColour(wished) !== undefined) return wished.toLowerCase()
  return textOf(settings, 'BRAND_ACCENT_COLOUR')
}

function textOf(settings: ShownSettings, name: string): string {
  const value = settings[name]
  return typeof value === 'string' ? value : ''
}

function stylesheetOf(accent: string, of: 'section' | 'page'): string {
  return `/admin/settings/preview.css?${new URLSearchParams({ accent, of }).toString()}`
}

function linesOf(wishes: BrandWishes, wrong: readonly (keyof BrandWishes)[]): string[] {
  const line = (wish: keyof BrandWishes, variable: string) =>
    wrong.includes(wish) || wishes[wish] === '' ? [] : [`${variable}=${quoted(wishes[wish])}`]
  return [
    ...line('name', 'BRAND_NAME'),
    ...line('accent', 'BRAND_ACCENT_COLOUR'),
    ...line('logo', 'BRAND_LOGO_FILE'),
    ...(wishes.heading === '' || wrong.includes('heading') ? [] : ['BRAND_TEXTS_FILE=/path/to/texts.json']),
  ]
}

/** Without quotes `#` begins a comment in most files of an environment, and the colour would be lost. */
function quoted(value: string): string {
  if (/^[\w./:@%+-]+$/.test(value)) return value
  return value.includes("'") ? `"${value}"` : `'${value}'`
}
