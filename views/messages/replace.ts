/**
 * Texts that an installation says in its own words. A replacement has the marks of the text it replaces, so that nothing a
 * page has to say is lost with it.
 */
import { languages, messagesFor } from './messages.ts'
import type { Language, Messages } from './messages.ts'

/** Replacements by language, then by the name of the text, such as `signIn.title`. */
export type TextReplacements = Readonly<Partial<Record<Language, Readonly<Record<string, string>>>>>

const mostCharacters = 1000

/** Everything that is wrong with replacements that came from a file; nothing, if they can be used. */
export function textProblems(replacements: unknown): string[] {
  if (!isRecord(replacements))
    return ['must be a JSON object of languages, such as {"en": {"signIn.title": "Hello"}}']
  return Object.entries(replacements).flatMap(([language, texts]) => {
    const known = languages.find((tag) => tag === language)
    if (known === undefined) return [`${language}: is no language here, which are ${languages.join(', ')}`]
    if (!isRecord(texts)) return [`${language}: must be a JSON object of texts`]
    return Object.entries(texts).flatMap(([key, text]) =>
      textProblem(key, text, known).map((problem) => `${language}: ${key}: ${problem}`),
    )
  })
}

/** The catalogues with the replacements in them. They must have no problems. */
export function messagesWith(replacements: TextReplacements): (language: Language) => Messages {
  const catalogues = new Map(
    languages.map((language) => [language, replaced(language, replacements[language] ?? {})]),
  )
  return (language) => catalogues.get(language) ?? messagesFor(language)
}

function replaced(language: Language, texts: Readonly<Record<string, string>>): Messages {
  const messages = structuredClone(messagesFor(language))
  for (const [key, text] of Object.entries(texts)) {
    const [room = '', name = ''] = key.split('.')
    if (originalOf(key, language) === undefined) throw new TypeError(`there is no text ${key}`)
    Reflect.set(Object(Reflect.get(messages, room)), name, text)
  }
  return messages
}

function textProblem(key: string, text: unknown, language: Language): string[] {
  const original = originalOf(key, language)
  if (original === undefined) return ['there is no such text']
  if (typeof text !== 'string' || text.trim() === '') return ['must be a text that is not empty']
  if (text.length > mostCharacters) return [`is longer than ${mostCharacters} characters`]
  // Nothing of a text can hide what stands around it.
  if (/[\p{Cc}\u200e\u200f\u202a-\u202e\u2066-\u2069]/u.test(text)) return ['has a control character']
  const [wanted, given] = [marksOf(original), marksOf(text)]
  return [
    ...wanted.filter((mark) => !given.includes(mark)).map((mark) => `lacks the mark ${mark}`),
    ...given.filter((mark) => !wanted.includes(mark)).map((mark) => `has the unknown mark ${mark}`),
  ]
}

function originalOf(key: string, language: Language): string | undefined {
  const [room = '', name = '', ...more] = key.split('.')
  const messages = messagesFor(language)
  if (more.length > 0 || !Object.hasOwn(messages, room)) return undefined
  const texts: unknown = Reflect.get(messages, room)
  if (!isRecord(texts) || !Object.hasOwn(texts, name)) return undefined
  const text = texts[name]
  return typeof text === 'string' ? text : undefined
}

function marksOf(text: string): string[] {
  return [...new Set(text.match(/\{[^{}]*\}/g) ?? [])]
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
