/** The floor of a server: database, changes, keys and counters, opened once. */
import { join } from 'node:path'
import type { ServerConfig } from '../config.ts'
import { createActivityRecorder } from '../domain/activity/recorder.ts'
import type { ActivityRecorder } from '../domain/activity/recorder.ts'
import { createHashingProcess } from '../domain/accounts/hashing-process.ts'
import type { HashingProcess } from '../domain/accounts/hashing-process.ts'
import { createPasswordHasher, minimumPasswordLengthFor } from '../domain/accounts/password.ts'
import type { PasswordHasher } from '../domain/accounts/password.ts'
import type { JudgeNewPassword } from '../domain/accounts/password-range.ts'
import type { KeyMaking } from '../domain/api-keys/create.ts'
import { createPeppers } from '../domain/api-keys/secret.ts'
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
import { createDatabaseProbe } from '../platform/db/probe.ts'
import type { DatabaseProbe } from '../platform/db/probe.ts'
import type { Logger } from '../platform/log.ts'
import type { Check } from '../web/management.ts'
import { contextWordsOf } from './context-words.ts'
import { openLiveSettings } from './live-settings.ts'
import type { LiveSettings } from './live-settings.ts'
import { newPasswordsOf } from './new-passwords.ts'

/** Where the migrations of this code are. */
export const migrationsDirectory = join(import.meta.dirname, '../../migrations')

/** What a server is given besides its configuration. */
export interface ServerParts {
  readonly now: () => Date
  readonly log: Logger
  /** Tells whoever tries the server at a terminal what must not stand in the log, such as the link of a mail. */
  readonly announce?: ((text: string) => void) | undefined
  /** How often it is looked for mails and sign-outs to be delivered: every second, unless many tests wait for them. */
  readonly deliveriesEveryMilliseconds?: number | undefined
}

/** What everything else stands on. */
export interface Floor extends ServerParts {
  readonly db: Database
  readonly changes: Changes
  /** The same, and at once what this instance does. */
  readonly announcements: Announcements
  /** What can change while the server runs. */
  readonly settings: LiveSettings
  readonly directory: Directory
  readonly leases: Leases
  readonly usage: UsageRecorder
  readonly activity: ActivityRecorder
  readonly seal: Seal
  /** One for all doors: its bound of work at once is that of the process. */
  readonly hasher: PasswordHasher
  /** Where it hashes, to be closed. */
  readonly hashes: HashingProcess
  readonly judgeNewPassword: JudgeNewPassword
  readonly minimumPasswordLength: () => number
  /** What no new password may be made of. */
  readonly contextWords: () => readonly string[]
  /** How API keys look here, and what their secrets are hashed with. */
  readonly keyMaking: KeyMaking
  readonly probe: DatabaseProbe
}

/** Opens the floor. Throws ConfigurationError where stored settings contradict the environment. */
export async function openFloor(config: ServerConfig, { now, log, announce }: ServerParts): Promise<Floor> {
  const onLost = (error: Error) => log.warn({ err: error.message }, 'a database connection was lost')
  const db = openDatabase({
    url: config.databaseUrl,
    maxConnections: config.databasePoolSize,
    connectTimeoutMilliseconds: config.databaseWaitSeconds * 1000,
    statementTimeoutMilliseconds: config.databaseStatementSeconds * 1000,
    applicationName: 'latchkey',
    onConnectionError: onLost,
  })
  const changes = openChanges({ url: config.databaseUrl, onError: onLost })
  const announcements = withAnnouncements(changes)
  const settings = await openLiveSettings(config, { db, changes: announcements, log }).catch(
    async (error: unknown) => {
      await Promise.all([changes.close(), db.destroy()])
      throw error
    },
  )
  const directory = createDirectory({ db, changes: announcements, maxEntries: config.cacheEntries })
  const hashes = createHashingProcess({
    onLost: (how) =>
      log.warn({ how }, 'the process that hashes passwords ended; the next one to hash starts another'),
  })
  const onError = (error: unknown) => log.error({ err: error }, 'work in the background failed')
  return {
    db,
    changes,
    announcements,
    settings,
    directory,
    now,
    log,
    announce,
    seal: createSeal(config.sealingKeys),
    hashes,
    hasher: createPasswordHasher(
      {
        ...config.argon2,
        maxConcurrent: config.passwordHashesAtOnce,
        maxWaiting: config.passwordHashesWaiting,
      },
      hashes,
    ),
    judgeNewPassword: newPasswordsOf(config, { log }),
    minimumPasswordLength: () =>
      minimumPasswordLengthFor({
        secondFactorEnforced: settings.current().secondFactor.everybody === 'required',
      }),
    contextWords: () => contextWordsOf({ ...config, ...settings.current() }),
    keyMaking: { peppers: createPeppers(config.keyPeppers), prefix: config.keyPrefix },
    probe: createDatabaseProbe({ url: config.databaseUrl, migrationsDirectory }),
    leases: createLeases({ db, now, onError }),
    usage: createUsageRecorder({ db, flushSeconds: config.keyUsageFlushSeconds, onError }),
    activity: createActivityRecorder({ db, now, flushSeconds: config.keyUsageFlushSeconds, onError }),
  }
}

/** Whether the floor holds, for readiness. */
export function checksOf({ probe, changes }: Floor): Readonly<Record<string, Check>> {
  return {
    database: probe.reachable,
    schema: probe.migrated,
    changes: () => (changes.isTrusted() ? undefined : 'changes of other instances are not heard'),
  }
}
