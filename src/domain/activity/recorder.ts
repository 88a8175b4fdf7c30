/**
 * Activity: how much the installation does, by hour, for the people who run it.
 * Owns `activity_hours`. A request writes nothing: it is added up in memory and written every few seconds and on close, so a
 * process that dies loses at most what it counted since then. Nothing is ever decided by these numbers.
 */
import { retryOnConflict } from '../../platform/db/failures.ts'
import { run, statement } from '../../platform/db/open.ts'
import type { Database } from '../../platform/db/open.ts'

/** What is counted: sign-ins by outcome, tokens by grant, and answers about credentials by decision. */
export const activityKinds = ['sign_in', 'token', 'verification'] as const

/** One of them. */
export type ActivityKind = (typeof activityKinds)[number]

/** Something that happened. */
export interface Activity {
  readonly kind: ActivityKind
  /** The account or client it was done for; empty when that is nobody's business here. */
  readonly subject: string
  /** A code from a closed list. */
  readonly outcome: string
}

/** Counts, and writes the counts now and then. */
export interface ActivityRecorder {
  /** Costs two look-ups in memory, and never throws. */
  readonly count: (activity: Activity) => void
  /** Writes what was counted; rejects if that failed, and keeps the counts. */
  readonly flush: () => Promise<void>
  /** Stops the timer and writes once more. */
  readonly close: () => Promise<void>
}

/** What a recorder needs. */
export interface ActivityParts {
  readonly db: Database
  readonly now: () => Date
  readonly flushSeconds: number
  readonly onError: (error: unknown) => void
}

type Counts = Map<ActivityKind, Map<string, Map<string, number>>>

// Bounds memory and the size of a write, whoever calls: further subjects are counted together.
const mostSubjects = 5000
const everybodyElse = ''

const writeCounts = statement(
  'activity_write',
  `insert into activity_hours as known (hour, kind, subject, outcome, number)
   select date_trunc('hour', $1::timestamptz, 'UTC'), c.kind, c.subject, c.outcome, c.number
   from unnest($2::text[], $3::text[], $4::text[], $5::bigint[]) as c (kind, subject, outcome, number)
   order by 2, 3, 4
   on conflict (hour, kind, subject, outcome) do update set number = known.number + excluded.number`,
)

/** A recorder; close it before the database. */
export function createActivityRecorder({ db, now, flushSeconds, onError }: ActivityParts): ActivityRecorder {
  let counted: Counts = new Map()
  let writing: Promise<void> = Promise.resolve()

  const write = async (): Promise<void> => {
    if (counted.size === 0) return
    const taken = counted
    counted = new Map()
    try {
      await retryOnConflict(() => run(db, writeCounts, valuesOf(taken, now())))
    } catch (error) {
      for (const [activity, number] of entriesOf(taken)) add(counted, activity, number)
      throw error
    }
  }
  const flush = (): Promise<void> => {
    // One after the other, so that counts are put back before the next write takes them.
    const next = writing.catch(() => {}).then(write)
    writing = next
    return next
  }
  const timer = setInterval(() => void flush().catch(onError), flushSeconds * 1000)
  timer.unref()
  return {
    count: (activity) => add(counted, activity, 1),
    flush,
    close: async () => {
      clearInterval(timer)
      await flush().catch(onError)
    },
  }
}

function add(counts: Counts, { kind, subject, outcome }: Activity, number: number): void {
  let subjects = counts.get(kind)
  if (subjects === undefined) counts.set(kind, (subjects = new Map()))
  let outcomes = subjects.get(subject)
  if (outcomes === undefined) {
    if (subjects.size >= mostSubjects && subject !== everybodyElse) {
      return add(counts, { kind, subject: everybodyElse, outcome }, number)
    }
    subjects.set(subject, (outcomes = new Map()))
  }
  outcomes.set(outcome, (outcomes.get(outcome) ?? 0) + number)
}

function entriesOf(counts: Counts): (readonly [Activity, number])[] {
  return [...counts].flatMap(([kind, subjects]) =>
    [...subjects].flatMap(([subject, outcomes]) =>
      [...outcomes].map(([outcome, number]) => [{ kind, subject, outcome }, number] as const),
    ),
  )
}

function valuesOf(counts: Counts, at: Date): readonly unknown[] {
  const entries = entriesOf(counts)
  return [
    at,
    entries.map(([{ kind }]) => kind),
    entries.map(([{ subject }]) => subject),
    entries.map(([{ outcome }]) => outcome),
    entries.map(([, number]) => number),
  ]
}
