/** The periodic work of a server: started, counted, and noted in its journal. */
import type { ServerConfig } from '../config.ts'
import type { Rotation } from '../domain/signing-keys/rotate.ts'
import type { Keyring } from '../oidc/keyring.ts'
import { startJobs } from '../platform/jobs.ts'
import type { RunningJobs } from '../platform/jobs.ts'
import type { Metrics } from '../platform/metrics.ts'
import type { Pages } from '../web/pages.ts'
import type { Floor } from './floor.ts'
import type { JobJournal } from './job-journal.ts'
import { createPostOffice } from './mail.ts'
import { sessionLifetimesOf } from './own-pages.ts'
import { periodicJobs } from './periodic-jobs.ts'

/** What the work needs beside the floor. */
export interface WorkParts {
  readonly rotation: () => Rotation
  readonly keyring: Keyring
  readonly pages: Pages
  readonly metrics: Pick<Metrics, 'countJobRun'>
  readonly journal: JobJournal
  readonly deliveriesEveryMilliseconds?: number | undefined
}

const usualDeliveriesEveryMilliseconds = 1000

/** Starts it. */
export function startWork(config: ServerConfig, floor: Floor, parts: WorkParts): RunningJobs {
  const { db, now, log } = floor
  const { rotation, keyring, pages, metrics, journal } = parts
  const jobs = periodicJobs({
    db,
    rotation,
    now,
    sessionLifetimes: () => sessionLifetimesOf(floor.settings.current()),
    keyUsageRetentionSeconds: () => floor.settings.current().keyUsageRetentionSeconds,
    deliverLogout: (delivery) => keyring.serving().deliverLogout(delivery),
    deliverMail: createPostOffice(config, floor, pages),
    deliveriesEveryMilliseconds: parts.deliveriesEveryMilliseconds ?? usualDeliveriesEveryMilliseconds,
    onDone: (job) => {
      metrics.countJobRun(job, 'done')
      journal.done(job)
    },
  })
  journal.begin(jobs)
  return startJobs({
    db,
    lockKeyspace: 'latchkey',
    jobs,
    onError: (job, error) => {
      metrics.countJobRun(job, 'failed')
      journal.failed(job)
      log.error({ job, err: error }, 'a job failed')
    },
  })
}
