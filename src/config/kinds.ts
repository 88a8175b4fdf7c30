/** The kinds of values that variables have. An empty variable is one that is not set, so none of them is ever ''. */
import { z } from 'zod'

/** A whole number between bounds. */
export function count(fallback: number, minimum: number, maximum: number) {
  return z.coerce.number().int().min(minimum).max(maximum).default(fallback)
}

/** A time in whole seconds between bounds. */
export const seconds = count

/** Items separated by commas. */
export const list = z
  .string()
  .default('')
  .transform((text) => itemsOf(text))

/** The items of such a text. */
export function itemsOf(text: string): readonly string[] {
  return text
    .split(',')
    .map((item) => item.trim())
    .filter((item) => item !== '')
}

/** `true` or `false`. */
export const flag = z
  .enum(['true', 'false'])
  .default('false')
  .transform((text) => text === 'true')

/** The address of a service, over http or https. */
export const serviceUrl = z.url({ protocol: /^https?$/ }).optional()
