/** What the console's page of health is told by the composition, which alone knows all the parts. */
import type { DatabaseFacts } from '../../platform/db/inspect.ts'
import type { Listener } from '../../platform/db/listeners.ts'
import type { MigrationStatus } from '../../platform/db/migrate.ts'
import type { ShownFinding } from '../../../views/admin/health-findings.ts'

/** Something that waits to leave. */
export interface Queue {
  readonly waiting: number
  readonly oldest: Date | undefined
  readonly lastProblem: string | undefined
}

/** How the instance that answers, and the installation, are at this moment. */
export interface Health {
  readonly database: DatabaseFacts & {
    readonly pool: {
      readonly total: number
      readonly idle: number
      readonly waiting: number
      readonly size: number
    }
  }
  readonly migrations: MigrationStatus
  /** The instances that listen for changes, this one among them. */
  readonly instances: readonly Listener[]
  readonly changesTrusted: boolean
  readonly mails: Queue
  readonly logouts: Queue
  readonly jobs: readonly {
    readonly name: string
    readonly everyMilliseconds: number
    readonly doneAt: Date | undefined
    readonly failedAt: Date | undefined
  }[]
  readonly process: { readonly version: string; readonly startedAt: Date; readonly memoryBytes: number }
}

/** What was found, and when it was looked at. */
export interface LookedAt {
  readonly at: Date
  readonly findings: readonly ShownFinding[]
}

/** Looks. */
export interface HealthRoom {
  readonly read: () => Promise<Health>
  /** The findings of `latchkey doctor` about settings and what is stored; kept for half a minute. */
  readonly findings: () => Promise<LookedAt>
}
