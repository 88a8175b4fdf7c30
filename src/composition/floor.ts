/** The floor of a server: database, changes, keys and counters, opened once. */
import { sql } from 'kysely'
import type { ServerConfig } from '../config.ts'
import { createUsageRecorder } from '../domain/api-keys/usage.ts'
import type { UsageRecorder } from '../domain/api-keys/usage.ts'
import { createLeases } from '../domain/limits/leases.ts'
import type { Leases } from '../domain/limits/leases.ts'
import { withAnnouncements } from '../platform/db/announcements.ts'
import type { Announcements } from '../platform/db/announcements.ts'
import { createDirectory } from '../domain/credentials/directory.ts'
import type { Directory } from '../domain/credentials/directory.ts'
import { createSeal } from '../platform/crypto/seal.ts'
import type { Seal } from '../platform/crypto/seal.ts'
import { openChanges } from '../platform/db/changes.ts'
import type { Changes } from '../platform/db/changes.ts'
import { openDatabase } from '../platform/db/open.ts'
import type { Database } from '../platform/db/open.ts'
import type { Logger } from '../platform/log.ts'
import type { Check } from '../web/management.ts'

/** What a server is given besides its configuration. */
export interface ServerParts {
  readonly now: () => Date
  readonly log: Logger
}

/** What everything else stands on. */
export interface Floor extends ServerParts {
  readonly db: Database
  readonly changes: Changes
  /** The same, and at once what this instance does. */
  readonly announcements: Announcements
  readonly directory: Directory
  readonly leases: Leases
  readonly usage: UsageRecorder
  readonly seal: Seal
}

/** Opens the floor. */
export function openFloor(config: ServerConfig, { now, log }: ServerParts): Floor {
  const onLost = (error: Error) => log.warn({ err: error.message }, 'a database connection was lost')
  const db = openDatabase({
    url: config.databaseUrl,
    maxConnections: config.databasePoolSize,
    applicationName: 'latchkey',
    onConnectionError: onLost,
  })
  const changes = openChanges({ url: config.databaseUrl, onError: onLost })
  const announcements = withAnnouncements(changes)
  const directory = createDirectory({ db, changes: announcements, maxEntries: config.cacheEntries })
  const onError = (error: unknown) => log.error({ err: error }, 'work in the background failed')
  return {
    db,
    changes,
    announcements,
    directory,
    now,
    log,
    seal: createSeal(config.sealingKeys),
    leases: createLeases({ db, now, onError }),
    usage: createUsageRecorder({ db, flushSeconds: config.keyUsageFlushSeconds, onError }),
  }
}

/** Whether the floor holds, for readiness. */
export function checksOf({ db, changes }: Floor): Readonly<Record<string, Check>> {
  return {
    database: async () => {
      // A standby after a failover answers questions, and can take nothing.
      const { rows } = await sql<{ standby: boolean }>`select pg_is_in_recovery() as standby`.execute(db)
      return rows[0]?.standby === false ? undefined : 'the database is read-only'
    },
    changes: () => (changes.isTrusted() ? undefined : 'changes of other instances are not heard'),
  }
}
