import { systemAct } from '../domain/audit/act.ts'
import { ensureKeys } from '../domain/signing-keys/rotate.ts'
import type { Rotation } from '../domain/signing-keys/rotate.ts'
import { deliverLogouts } from '../oidc/logout-deliveries.ts'
import type { DeliverLogout } from '../oidc/logout-deliveries.ts'
import type { Database } from '../platform/db/open.ts'
import type { Job } from '../platform/jobs.ts'
import { sweepExpired } from '../platform/sweep.ts'
import type { SweptTable } from '../platform/sweep.ts'

/** What the periodic work needs. */
export interface JobParts {
  readonly db: Database
  readonly rotation: Rotation
  readonly deliverLogout: DeliverLogout
  readonly now: () => Date
  /** Told of every run that ended well, for the numbers. */
  readonly onDone: (jobName: string) => void
}

const sweptTables: readonly SweptTable[] = [
  'oidc_artifacts',
  'oidc_sessions',
  'oidc_grants',
  'revoked_tokens',
  'one_time_links',
  'limit_buckets',
  'quota_counters',
]

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

function jobsOf({ db, rotation, deliverLogout, now }: Omit<JobParts, 'onDone'>): Job[] {
  return [
    {
      name: 'logout_deliveries',
      everyMilliseconds: 1000,
      run: () => deliverLogouts({ db, deliver: deliverLogout }, now()),
    },
    {
      name: 'sweep',
      everyMilliseconds: 20_000,
      run: async (signal) => {
        for (const table of sweptTables) {
          await sweepExpired(db, { table, batchSize: 1000, graceSeconds: 60, signal }, now())
        }
      },
    },
    {
      name: 'signing_keys',
      everyMilliseconds: 60_000,
      run: () => ensureKeys(db, rotation, systemAct(now())),
    },
  ]
}
