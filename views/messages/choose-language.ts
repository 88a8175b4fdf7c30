import { languages } from './messages.ts'
import type { Language } from './messages.ts'

/** What a request says about languages; both come from outside and may be anything. */
export interface LanguageWishes {
  /** `ui_locales`: BCP 47 tags separated by spaces, best first (OpenID Connect Core §3.1.2.1). */
  readonly uiLocales?: string | undefined
  /** The Accept-Language header (RFC 9110 §12.5.4). */
  readonly acceptLanguage?: string | undefined
  /** The installation's own language, for people who ask for none that we have. */
  readonly fallback?: Language | undefined
}

/** More than any browser sends; the rest of a longer list is not read. */
const longestListCharacters = 1000

/** The language for a page: what the app asked for, else what the browser prefers, else the fallback. */
export function chooseLanguage(wishes: LanguageWishes): Language {
  return (
    firstKnown(tagsOfUiLocales(wishes.uiLocales ?? '')) ??
    firstKnown(tagsOfAcceptLanguage(wishes.acceptLanguage ?? '')) ??
    wishes.fallback ??
    languages[0]
  )
}

/** RFC 4647 §3.4 (lookup): the tag is shortened from its end until a language is found, so `de-CH-1996` is `de`. */
function firstKnown(tags: readonly string[]): Language | undefined {
  for (const tag of tags) {
    const primary = tag.split('-', 1)[0]?.toLowerCase()
    const known = languages.find((language) => language === primary)
    if (known !== undefined) return known
  }
  return undefined
}

function tagsOfUiLocales(list: string): string[] {
  return list.slice(0, longestListCharacters).split(' ').filter(isTag)
}

function tagsOfAcceptLanguage(header: string): string[] {
  return header
    .slice(0, longestListCharacters)
    .split(',')
    .map(readRange)
    .filter((range) => range.weight > 0 && isTag(range.tag))
    .toSorted((one, other) => other.weight - one.weight)
    .map((range) => range.tag)
}

/** One range with its weight; a weight that cannot be read counts as 0, "not wanted" (RFC 9110 §12.4.2). */
function readRange(text: string): { tag: string; weight: number } {
  const [tag = '', ...parameters] = text.split(';').map((part) => part.trim())
  const weight = parameters.find((parameter) => /^q=/i.test(parameter))
  if (weight === undefined) return { tag, weight: 1 }
  return { tag, weight: /^q=(?:0(?:\.\d{0,3})?|1(?:\.0{0,3})?)$/i.test(weight) ? Number(weight.slice(2)) : 0 }
}

function isTag(text: string): boolean {
  return /^[a-z]{2,8}(?:-[a-z0-9]{1,8}){0,8}$/i.test(text)
}
