/** How this instance and its installation are, for the console's page of it. */
import type { ServerConfig } from '../config.ts'
import { waitingMails } from '../domain/mail/waiting.ts'
import { waitingLogouts } from '../oidc/logout-deliveries.ts'
import { inspectDatabase } from '../platform/db/inspect.ts'
import { listListeners } from '../platform/db/listeners.ts'
import { migrationStatus } from '../platform/db/migrate.ts'
import { poolUsage } from '../platform/db/open.ts'
import type { Health, HealthRoom, LookedAt } from '../web/admin/health-room.ts'
import { checkSettings } from './doctor/settings.ts'
import { checkStored } from './doctor/stored.ts'
import { migrationsDirectory } from './floor.ts'
import type { Floor } from './floor.ts'
import type { JobJournal } from './job-journal.ts'

// What is stored is read as a whole for its findings: with many clients that is work, which a page that is reloaded may
// not ask for each time.
const findingsMilliseconds = 30_000

/** The room. */
export function healthRoom(config: ServerConfig, floor: Floor, journal: JobJournal): HealthRoom {
  let looked: Promise<LookedAt> | undefined
  let lookedAt = -Infinity
  const findings = (): Promise<LookedAt> => {
    if (looked !== undefined && performance.now() - lookedAt < findingsMilliseconds) return looked
    lookedAt = performance.now()
    looked = lookAt(config, floor)
    // What failed is asked again by the next visitor.
    looked.catch(() => (lookedAt = -Infinity))
    return looked
  }
  return { read: () => readHealth(config, floor, journal), findings }
}

async function readHealth(config: ServerConfig, floor: Floor, journal: JobJournal): Promise<Health> {
  const { db, now, changes } = floor
  const [database, migrations, instances, mails, logouts] = await Promise.all([
    inspectDatabase(db, now),
    migrationStatus(config.databaseUrl, migrationsDirectory),
    listListeners(db),
    waitingMails(db),
    waitingLogouts(db),
  ])
  return {
    database: { ...database, pool: { ...poolUsage(db), size: config.databasePoolSize } },
    migrations,
    instances,
    mails,
    logouts,
    changesTrusted: changes.isTrusted(),
    jobs: journal.runs(),
    process: {
      version: process.version,
      startedAt: new Date(now().getTime() - process.uptime() * 1000),
      memoryBytes: process.memoryUsage.rss(),
    },
  }
}

async function lookAt(config: ServerConfig, { db, now, settings }: Floor): Promise<LookedAt> {
  const effective = { ...config, ...settings.current() }
  return { at: now(), findings: [...checkSettings(effective), ...(await checkStored(db, config, now))] }
}
