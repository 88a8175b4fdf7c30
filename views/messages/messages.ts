/** The texts of every page, one catalogue per language. Texts are data, so an installation may replace any of them. */
import { html } from '../html.ts'
import type { Html, HtmlValue } from '../html.ts'
import { de } from './de.ts'
import { en } from './en.ts'

/** The languages that have a complete catalogue, the first being the one for everybody else. */
export const languages = ['en', 'de'] as const

/** A language that has a complete catalogue. */
export type Language = (typeof languages)[number]

type TextsOf<Rooms> = { readonly [Room in keyof Rooms]: { readonly [Key in keyof Rooms[Room]]: string } }

/** The texts of one language, grouped by page. */
export type Texts = TextsOf<typeof en>

/** The texts of one language with its tag (BCP 47), as pages take them. */
export type Messages = Texts & { readonly language: Language }

const catalogues: Readonly<Record<Language, Messages>> = Object.freeze({
  en: Object.freeze({ ...en, language: 'en' }),
  de: Object.freeze({ ...de, language: 'de' }),
})

/** The catalogue of a language. */
export function messagesFor(language: Language): Messages {
  return catalogues[language]
}

/** The text with its `{marks}` filled in, each value escaped like any other. */
export function fill(text: string, values: Readonly<Record<string, HtmlValue>>): Html {
  const parts = text.split(/\{([a-z]+)\}/)
  return html`${parts.map((part, index) => (index % 2 === 0 ? part : values[part]))}`
}

/** The same as plain text, for titles and other places that hold no elements. */
export function fillText(text: string, values: Readonly<Record<string, string | number>>): string {
  return text.replace(/\{([a-z]+)\}/g, (_, mark: string) => String(values[mark] ?? ''))
}

/** How times are written, in UTC: in English as the rest of the world that speaks it does, day before month. */
export function timeFormat(
  { language }: Pick<Messages, 'language'>,
  style: Intl.DateTimeFormatOptions,
): Intl.DateTimeFormat {
  return new Intl.DateTimeFormat(language === 'en' ? 'en-GB' : language, { ...style, timeZone: 'UTC' })
}

/** "30 days", "12 hours", "10 minutes": a length of time, in the largest unit that it fills. */
export function lengthOfTime({ language }: Pick<Messages, 'language'>, seconds: number): string {
  const [size, unit] =
    (
      [
        [86_400, 'day'],
        [3600, 'hour'],
        [60, 'minute'],
      ] as const
    ).find(([length]) => seconds >= length) ?? ([1, 'second'] as const)
  const style = { style: 'unit', unit, unitDisplay: 'long' } as const
  return new Intl.NumberFormat(language, style).format(Math.floor(seconds / size))
}

/** "1 hour 30 minutes": a length of time in all its units. */
export function exactTime({ language }: Pick<Messages, 'language'>, seconds: number): string {
  const units = { days: 86_400, hours: 3600, minutes: 60, seconds: 1 } as const
  let rest = seconds
  const parts: Record<string, number> = {}
  for (const [unit, length] of Object.entries(units)) {
    const many = Math.floor(rest / length)
    if (many > 0) parts[unit] = many
    rest -= many * length
  }
  if (seconds === 0) parts['seconds'] = 0
  const always = seconds === 0 ? { secondsDisplay: 'always' as const } : {}
  return new Intl.DurationFormat(language, { style: 'long', ...always }).format(parts)
}

// Making one costs as much as the rest of a page.
const waitingFormats = {
  en: new Intl.RelativeTimeFormat('en', { numeric: 'always' }),
  de: new Intl.RelativeTimeFormat('de', { numeric: 'always' }),
}

/** "in 40 seconds", "in 5 minutes": rounded up, so that the person never comes back too early. */
export function waitingTime(messages: Messages, seconds: number | undefined): string {
  if (seconds === undefined || !Number.isFinite(seconds) || seconds < 1) return messages.signIn.shortly
  const format = waitingFormats[messages.language]
  if (seconds < 60) return format.format(Math.ceil(seconds), 'second')
  if (seconds < 90 * 60) return format.format(Math.ceil(seconds / 60), 'minute')
  return format.format(Math.ceil(seconds / 3600), 'hour')
}
