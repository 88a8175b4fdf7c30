import { activityByHour, busiestSubjects } from '../../domain/activity/reports.ts'
import type { ActivitySpan, BusySubject, HourOfActivity } from '../../domain/activity/reports.ts'
import { findAccount } from '../../domain/accounts/account.ts'
import { busiestKeys } from '../../domain/api-keys/overall-usage.ts'
import type { BusyKey } from '../../domain/api-keys/overall-usage.ts'
import { findClient } from '../../domain/clients/client.ts'
import { overviewContent } from '../../../views/admin/overview-page.ts'
import type { Series, ShownCaller } from '../../../views/admin/overview-page.ts'
import type { ConsoleRoute, Visit } from './route.ts'

const hourMilliseconds = 3_600_000
const hoursOf = { day: 24, week: 7 * 24 } as const
const mostCallers = 10

async function showOverview({ db, now, query, frame, show }: Visit): Promise<void> {
  const span = query.get('span') === 'week' ? 'week' : 'day'
  const during = spanUntil(now, hoursOf[span])
  const [activity, callers, keys] = await Promise.all([
    activityByHour(db, during),
    busiestSubjects(db, { ...during, kind: 'verification', limit: mostCallers }),
    busiestKeys(db, { ...during, limit: mostCallers }),
  ])
  const isRefused = ({ outcome }: HourOfActivity) => outcome !== 'allowed'
  const isSignedIn = ({ outcome }: HourOfActivity) => outcome === 'authenticated'
  const series = (kind: HourOfActivity['kind'], counts: (entry: HourOfActivity) => boolean = () => true) =>
    seriesOf(
      activity.filter((entry) => entry.kind === kind && counts(entry)),
      during,
    )
  const failed = activity.filter((entry) => entry.kind === 'sign_in' && !isSignedIn(entry))
  const content = overviewContent(frame, {
    span,
    signIns: series('sign_in', isSignedIn),
    failedSignIns: failed.reduce((sum, { number }) => sum + number, 0),
    tokens: series('token'),
    verifications: series('verification'),
    denials: series('verification', isRefused),
    callers: await Promise.all(callers.map((caller) => shownCaller({ db, frame }, caller))),
    keys: keys.map((key) => shownKey(frame, key)),
  })
  show({ title: frame.messages.consoleOverview.title, current: '/admin', content })
}

/** Whole hours, the present one included. */
function spanUntil(now: Date, hours: number): ActivitySpan {
  const to = (Math.floor(now.getTime() / hourMilliseconds) + 1) * hourMilliseconds
  return { from: new Date(to - hours * hourMilliseconds), to: new Date(to) }
}

/** A number for every hour, also where nothing happened. */
function seriesOf(entries: readonly HourOfActivity[], { from, to }: ActivitySpan): Series {
  const byHour = new Map<number, number>()
  for (const { hour, number } of entries)
    byHour.set(hour.getTime(), (byHour.get(hour.getTime()) ?? 0) + number)
  const hours = (to.getTime() - from.getTime()) / hourMilliseconds
  return Array.from({ length: hours }, (_, at) => {
    const hour = new Date(from.getTime() + at * hourMilliseconds)
    return { hour, number: byHour.get(hour.getTime()) ?? 0 }
  })
}

function shownKey(frame: Visit['frame'], { id, name, verifications, denied }: BusyKey): ShownCaller {
  const url = frame.may('keys:read') ? `/admin/keys/${id}` : undefined
  return { name, url, verified: verifications, refused: denied }
}

/** Whoever may not see accounts learns no address here either. */
async function shownCaller(
  { db, frame }: Pick<Visit, 'db' | 'frame'>,
  { subject, number, denied }: BusySubject,
): Promise<ShownCaller> {
  const isAccount = subject.startsWith('acc_')
  if (!frame.may(isAccount ? 'accounts:read' : 'clients:read')) {
    return { name: subject, url: undefined, verified: number, refused: denied }
  }
  const name = isAccount ? (await findAccount(db, subject))?.email : (await findClient(db, subject))?.name
  const url = `/admin/${isAccount ? 'accounts' : 'clients'}/${encodeURIComponent(subject)}`
  return { name: name ?? subject, url, verified: number, refused: denied }
}

/** The first page. */
export const overviewPages: readonly ConsoleRoute[] = [
  { method: 'GET', path: '/', needs: 'usage:read', handle: showOverview },
]
