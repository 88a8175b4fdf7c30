/**
 * What text may hold that people will read and the database will keep.
 */
import { z } from 'zod'

// Control characters and line ends; NUL is one of them, which PostgreSQL cannot keep.
const controls = /[\p{Cc}\p{Zl}\p{Zp}]/u
// They turn the order of the words around on a consent page (Unicode TR 36 §3.2); letters that run from right to left need none.
const directionControls = /[\u061C\u200E\u200F\u202A-\u202E\u2066-\u2069\uFEFF]/

/** One line of text for people: at most `maximumLength` UTF-16 units, and at least one unless `empty` is allowed. */
export function lineOfText(maximumLength: number, options: { readonly empty?: boolean } = {}) {
  return checkedText((text) => {
    if (text === '') return options.empty === true ? undefined : 'must not be empty'
    return lineProblem(text, maximumLength)
  })
}

/** A string schema that is refused with the sentence `problemOf` finds, if it finds one. */
export function checkedText(problemOf: (text: string) => string | undefined) {
  return z.string().superRefine((text, ctx) => {
    const message = problemOf(text)
    if (message !== undefined) ctx.addIssue({ code: 'custom', message })
  })
}

/** True for text that can be the id of something here. Whatever cannot is never asked of the database. */
export function isIdText(text: string): boolean {
  return /^[\w.~-]{1,100}$/.test(text)
}

function lineProblem(text: string, maximumLength: number): string | undefined {
  if (text.length > maximumLength) return `is longer than ${maximumLength} characters`
  if (!text.isWellFormed()) return 'is not valid Unicode'
  if (controls.test(text)) return 'has control characters or line ends'
  if (directionControls.test(text)) return 'has invisible characters that change the direction of text'
  if (text.trim() !== text) return 'begins or ends with a space'
  return undefined
}
