import { z } from 'zod'
import { Refusal } from '../../platform/errors.ts'

const moment = z.iso.datetime({ offset: true }).transform((text) => new Date(text))

/** A span of time in a query: `from` is included, `until` is not. */
export const spanMembers = {
  from: moment.optional().describe('Included.'),
  until: moment.optional().describe('Not included; now, unless given.'),
}

/** The span that a query means, of a bounded length. */
export function spanOf(
  { from, until }: { readonly from?: Date | undefined; readonly until?: Date | undefined },
  bounds: { readonly now: Date; readonly defaultDays: number; readonly longestDays: number },
): { readonly from: Date; readonly until: Date } {
  const end = until ?? bounds.now
  const start = from ?? daysBefore(end, bounds.defaultDays)
  if (start >= end) throw new Refusal('invalid_request', 'from must be before until.')
  if (start < daysBefore(end, bounds.longestDays)) {
    throw new Refusal('invalid_request', `The span must not be longer than ${bounds.longestDays} days.`)
  }
  return { from: start, until: end }
}

function daysBefore(at: Date, days: number): Date {
  return new Date(Math.max(at.getTime() - days * 86_400_000, -8.64e15))
}
