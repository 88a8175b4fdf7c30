import { z } from 'zod'

/**
 * How often something may be done: `requests` in `seconds`, regained evenly. `burst` is how much of that may be used in
 * one go after a pause; left out, it is all of it. Over any span of t seconds no more than burst + requests/seconds × t.
 */
export const rate = z.strictObject({
  requests: z.int().min(1).max(1_000_000),
  seconds: z.int().min(1).max(86_400),
  burst: z.int().min(1).max(1_000_000).optional(),
})

/** A parsed rate. */
export type Rate = Readonly<z.output<typeof rate>>

/** Reads `requests/seconds` or `requests/seconds/burst`; undefined for anything else. */
export function readRate(text: string): Rate | undefined {
  const [, requests, seconds, burst] = /^(\d{1,7})\/(\d{1,5})(?:\/(\d{1,7}))?$/.exec(text) ?? []
  if (requests === undefined || seconds === undefined) return undefined
  const given = { requests: Number(requests), seconds: Number(seconds) }
  const parsed = rate.safeParse(burst === undefined ? given : { ...given, burst: Number(burst) })
  return parsed.success ? parsed.data : undefined
}

/** A rate from the columns that keep it. */
export function rateOfColumns(
  requests: number | null,
  seconds: number | null,
  burst: number | null,
): Rate | undefined {
  if (requests === null || seconds === null) return undefined
  return burst === null ? { requests, seconds } : { requests, seconds, burst }
}

/** The same as a setting; undefined for an empty one, which is no limit. */
export const rateOrNone = z
  .string()
  .default('')
  .transform((text, ctx): Rate | undefined => {
    const read = text === '' ? undefined : readRate(text)
    if (text !== '' && read === undefined) {
      ctx.addIssue({ code: 'custom', message: 'must be requests/seconds or requests/seconds/burst' })
    }
    return read
  })
