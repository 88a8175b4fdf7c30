/** How a key was used, by hour or by day, for charts. */
import { usageOf } from '../../domain/api-keys/usage-reports.ts'
import type { HourOfUse } from '../../domain/api-keys/usage-reports.ts'
import type { Database } from '../../platform/db/open.ts'
import { usageSpans } from '../../../views/admin/key-usage.ts'
import type { KeyUsageProps, UsageSpan } from '../../../views/admin/key-usage.ts'

const hourMilliseconds = 3_600_000
const dayMilliseconds = 24 * hourMilliseconds
const spans = {
  day: { steps: 24, step: hourMilliseconds },
  month: { steps: 30, step: dayMilliseconds },
  quarter: { steps: 90, step: dayMilliseconds },
} as const

/** The span that an address asks for. */
export function spanOf(text: string | null): UsageSpan {
  return usageSpans.find((span) => span === text) ?? 'month'
}

/** The uses of a key within a span that ends with the present hour or day. */
export async function keyUsageOf(
  db: Database,
  { keyId, span, now }: { readonly keyId: string; readonly span: UsageSpan; readonly now: Date },
): Promise<KeyUsageProps> {
  const { steps, step } = spans[span]
  const to = (Math.floor(now.getTime() / step) + 1) * step
  const from = to - steps * step
  const hours = await usageOf(db, keyId, { from: new Date(from), to: new Date(to) })
  const points = Array.from({ length: steps }, (_, at) => ({
    at: new Date(from + at * step),
    allowed: 0,
    refused: 0,
  }))
  for (const { hour, outcome, verifications } of hours) {
    const point = points[Math.floor((hour.getTime() - from) / step)]
    if (point !== undefined) point[outcome === 'allowed' ? 'allowed' : 'refused'] += verifications
  }
  return { span, points, outcomes: outcomesOf(hours) }
}

/** How often each outcome came about, the most frequent first. */
function outcomesOf(hours: readonly HourOfUse[]): KeyUsageProps['outcomes'] {
  const numbers = new Map<string, number>()
  for (const { outcome, verifications } of hours) {
    numbers.set(outcome, (numbers.get(outcome) ?? 0) + verifications)
  }
  return [...numbers]
    .map(([outcome, number]) => ({ outcome, number }))
    .toSorted((left, right) => right.number - left.number)
}
