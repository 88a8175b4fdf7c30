import type { AuditRow } from '../domain/audit/record.ts'
import type { NewArtifact } from './artifacts.ts'
import type { TokenWrites } from './token-commit.ts'

/**
 * What one token request wants written. The adapter collects here while the library works, and the middleware around
 * the library writes everything in one statement before the first byte of the answer leaves (F2).
 */
export interface UnitOfWork {
  readonly artifacts: NewArtifact[]
  readonly events: AuditRow[]
  consume: TokenWrites['consume']
}

/** An empty unit of work, for one request. */
export function createUnitOfWork(): UnitOfWork {
  return { artifacts: [], events: [], consume: undefined }
}
