import { systemAct } from '../domain/audit/act.ts'
import { remindOfEnds } from '../domain/owner-notices/reminders.ts'
import type { SessionLifetimes } from '../domain/web-sessions/web-sessions.ts'
import { ensureKeys } from '../domain/signing-keys/rotate.ts'
import type { Rotation } from '../domain/signing-keys/rotate.ts'
import type { DeliverMail } from './mail.ts'
import { deleteDueAccounts } from '../oidc/account-deletion.ts'
import { deliverLogouts } from '../oidc/logout-deliveries.ts'
import type { DeliverLogout } from '../oidc/logout-deliveries.ts'
import { createSessionShortening } from '../oidc/shorten-sessions.ts'
import type { Database } from '../platform/db/open.ts'
import type { Job } from '../platform/jobs.ts'
import { sweepAll } from '../platform/sweep.ts'

/** What the periodic work needs. */
export interface JobParts {
  readonly db: Database
  readonly rotation: () => Rotation
  readonly deliverLogout: DeliverLogout
  readonly deliverMail: DeliverMail
  /** How often it is looked for something to deliver. */
  readonly deliveriesEveryMilliseconds: number
  readonly now: () => Date
  /** How long counts of the use of keys are kept. */
  readonly keyUsageRetentionSeconds: () => number
  readonly sessionLifetimes: () => SessionLifetimes
  /** Told of every run that ended well, for the numbers. */
  readonly onDone: (jobName: string) => void
}

/** The periodic work of an installation, each done by one instance at a time. */
export function periodicJobs({ onDone, ...parts }: JobParts): Job[] {
  return jobsOf(parts).map((job) => ({
    ...job,
    run: async (signal) => {
      await job.run(signal)
      onDone(job.name)
    },
  }))
}

function jobsOf(parts: Omit<JobParts, 'onDone'>): Job[] {
  const { db, rotation, deliverLogout, deliverMail, now } = parts
  return [
    {
      name: 'logout_deliveries',
      everyMilliseconds: parts.deliveriesEveryMilliseconds,
      run: () => deliverLogouts({ db, deliver: deliverLogout }, now()),
    },
    {
      name: 'mails',
      everyMilliseconds: parts.deliveriesEveryMilliseconds,
      run: (signal) => deliverMail(now(), signal),
    },
    {
      name: 'sweep',
      everyMilliseconds: 20_000,
      run: async (signal) => {
        const keyUsageRetentionSeconds = parts.keyUsageRetentionSeconds()
        await sweepAll(db, { keyUsageRetentionSeconds, signal }, now())
      },
    },
    {
      name: 'session_lifetimes',
      everyMilliseconds: 1000,
      run: createSessionShortening(db, parts.sessionLifetimes),
    },
    {
      name: 'expiry_reminders',
      everyMilliseconds: 600_000,
      run: async () => {
        await remindOfEnds(db, systemAct(now()))
      },
    },
    {
      name: 'account_deletions',
      everyMilliseconds: 60_000,
      run: async () => {
        await deleteDueAccounts(db, systemAct(now()))
      },
    },
    {
      name: 'signing_keys',
      everyMilliseconds: 60_000,
      run: () => ensureKeys(db, rotation(), systemAct(now())),
    },
  ]
}
