import { createBatcher } from '../platform/db/batch.ts'
import { isDatabaseUnavailable } from '../platform/db/failures.ts'
import type { Database } from '../platform/db/open.ts'
import { insertArtifacts, upsertArtifact } from './artifacts.ts'
import type { NewArtifact } from './artifacts.ts'
import { commitTokens } from './token-commit.ts'
import type { TokenWrites } from './token-commit.ts'

/** Writes what a token request decided; false when what it consumes was used by another request meanwhile. */
export type WriteTokens = (writes: TokenWrites) => Promise<boolean>

/**
 * Requests that only add a token, as services make them, consume nothing and cannot stand in each other's way: those of
 * the same moment travel together in one statement, and each is answered when it has committed. Its cost is a third of
 * such a request's otherwise. Everything else is written by a statement of its own.
 */
export function createTokenWriter(db: Database): WriteTokens {
  const insert = createBatcher<NewArtifact, true>(
    async (artifacts) => {
      await insertArtifacts(db, artifacts)
      return artifacts.map(() => true)
    },
    { maxBatch: 50, maxUnderWay: 2 },
  )
  return async (writes) => {
    const { consume, artifacts, events } = writes
    const [only] = artifacts
    if (only === undefined || artifacts.length > 1 || consume !== undefined || events.length > 0) {
      return commitTokens(db, writes)
    }
    try {
      await insert(only)
    } catch (error) {
      if (isDatabaseUnavailable(error)) throw error
      // A row that cannot be stored fails all that travelled with it, and they are not to blame.
      await upsertArtifact(db, only)
    }
    return true
  }
}
