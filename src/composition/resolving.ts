/** What credentials are resolved from. */
import { findPresentedKeys } from '../domain/api-keys/presented.ts'
import type { ResolverParts } from '../domain/credentials/resolve.ts'
import { findJwtEnds, findPresentedJwt } from '../oidc/jwt-access-tokens.ts'
import type { JwtEndQuestion, JwtReader } from '../oidc/jwt-access-tokens.ts'
import { findPresentedTokens } from '../oidc/presented-tokens.ts'
import { createBatcher } from '../platform/db/batch.ts'
import type { Floor } from './floor.ts'

/** All but a memory. */
export type Resolving = Omit<ResolverParts, 'cache'>

/** Credentials are looked up in the database, those of one moment together. */
export function resolvingOf(
  { db, directory, now, keyMaking }: Pick<Floor, 'db' | 'directory' | 'now' | 'keyMaking'>,
  reader: () => JwtReader,
): Resolving {
  const batches = { maxBatch: 100, maxUnderWay: 2 }
  const findEnd = createBatcher((asked: readonly JwtEndQuestion[]) => findJwtEnds(db, asked), batches)
  return {
    directory,
    now,
    keyPrefix: keyMaking.prefix,
    peppers: keyMaking.peppers,
    findToken: createBatcher((hashes: readonly Buffer[]) => findPresentedTokens(db, hashes), batches),
    findJwt: (token) => findPresentedJwt({ findEnd, reader: reader() }, token),
    findKey: createBatcher((ids: readonly string[]) => findPresentedKeys(db, ids), batches),
  }
}
