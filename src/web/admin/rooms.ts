import type { ExplainRequest } from '../../domain/credentials/explain.ts'
import type { Explanation } from '../../domain/credentials/explanation.ts'
import type { PermissionQuery } from '../../domain/credentials/permission-query.ts'
import type { AdministrationRooms } from '../administration-rooms.ts'
import type { HealthRoom } from './health-room.ts'

/** What pages need beside the database, given once by the composition. */
export interface ConsoleRooms extends AdministrationRooms {
  /** Says what introspection would answer, and why; spends and records nothing. */
  readonly explain: (request: ExplainRequest) => Promise<Explanation>
  readonly parseQuery: (text: string) => PermissionQuery | undefined
  readonly health: HealthRoom
}
