/** What credentials are resolved from. */
import { findPresentedKeys } from '../domain/api-keys/presented.ts'
import type { ResolverParts } from '../domain/credentials/resolve.ts'
import { findPresentedJwt } from '../oidc/jwt-access-tokens.ts'
import type { JwtReader } from '../oidc/jwt-access-tokens.ts'
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
  return {
    directory,
    now,
    keyPrefix: keyMaking.prefix,
    peppers: keyMaking.peppers,
    findToken: createBatcher((hashes: readonly Buffer[]) => findPresentedTokens(db, hashes), batches),
    findJwt: (token) => findPresentedJwt({ db, reader: reader() }, token),
    findKey: createBatcher((ids: readonly string[]) => findPresentedKeys(db, ids), batches),
  }
}
