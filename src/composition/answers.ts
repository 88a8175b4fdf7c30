/** What a server says about credentials, on every way in. */
import type { Metrics } from '../platform/metrics.ts'
import type { Floor } from './floor.ts'
import type { RequestListener } from 'node:http'
import type { ServerConfig } from '../config.ts'
import { findApiKeys } from '../domain/api-keys/find.ts'
import type { ApiKey } from '../domain/api-keys/find.ts'
import { createCredentialCache } from '../domain/credentials/cache.ts'
import type { IntrospectionParts } from '../domain/credentials/introspect.ts'
import { activityOf, keyUseOf } from '../domain/credentials/key-use.ts'
import { createPermissionQueries } from '../domain/credentials/permission-query.ts'
import type { PermissionQuery } from '../domain/credentials/permission-query.ts'
import { createResolver } from '../domain/credentials/resolve.ts'
import type { ResolverParts } from '../domain/credentials/resolve.ts'
import { findPresentedTokens } from '../oidc/presented-tokens.ts'
import { createBatcher } from '../platform/db/batch.ts'
import type { ObserveRequest } from '../platform/http/log-requests.ts'
import { securityHeaderList } from '../platform/http/security-headers.ts'
import { createCallers } from '../web/introspection/caller.ts'
import { createIntrospectionFastPath } from '../web/introspection/fast-path.ts'
import { createVerify } from '../web/verify/verify.ts'
import { findPresentedJwt } from '../oidc/jwt-access-tokens.ts'
import type { Keyring } from '../oidc/keyring.ts'
import type { Database } from '../platform/db/open.ts'

/** What introspection, verification and every other answer about a credential share. */
export type AnswerParts = IntrospectionParts & {
  readonly onAnswer: (outcome: 'active' | 'inactive') => void
  readonly parseQuery: (text: string) => PermissionQuery | undefined
  /** What credentials are resolved from, for whoever must not look into the memory. */
  readonly resolving: Omit<ResolverParts, 'cache'>
}

/** Opens what all answers share. */
export function answersAbout(
  config: ServerConfig,
  floor: Floor,
  { keyring, metrics }: { readonly keyring: Keyring; readonly metrics: Pick<Metrics, 'countIntrospection'> },
): AnswerParts {
  const { db, directory, now, leases, usage, activity } = floor
  const batches = { maxBatch: 100, maxUnderWay: 2 }
  const cache = createCredentialCache({
    changes: floor.announcements,
    maxEntries: config.cacheEntries,
    nowMilliseconds: () => now().getTime(),
  })
  // While withdrawn keys are being taken out of service, what they signed may have been resolved once more.
  keyring.onSwap(cache.clear)
  const resolving: AnswerParts['resolving'] = {
    directory,
    now,
    keyPrefix: config.keyPrefix,
    peppers: floor.keyMaking.peppers,
    findToken: createBatcher((hashes: readonly Buffer[]) => findPresentedTokens(db, hashes), batches),
    findJwt: (token) => findPresentedJwt({ db, reader: keyring.serving().jwtReader }, token),
    findKey: createBatcher((ids: readonly string[]) => findApiKeysInOrder(db, ids), batches),
  }
  return {
    resolving,
    resolver: createResolver({ ...resolving, cache }),
    leases,
    issuer: config.issuer,
    onAnswer: metrics.countIntrospection,
    parseQuery: createPermissionQueries(),
    onUse: (use) => {
      activity.count(activityOf(use))
      const keyUse = keyUseOf(use, now())
      if (keyUse !== undefined) usage.record(keyUse)
    },
  }
}

async function findApiKeysInOrder(db: Database, ids: readonly string[]): Promise<(ApiKey | undefined)[]> {
  const found = new Map((await findApiKeys(db, [...new Set(ids)])).map((key) => [key.id, key]))
  return ids.map((id) => found.get(id))
}

/** The ways in front of Koa. */
export function shortWays(
  config: ServerConfig,
  { directory, now, log }: Floor,
  { answers, observe }: { readonly answers: AnswerParts; readonly observe: ObserveRequest },
): (next: RequestListener) => RequestListener {
  const shared = {
    ...answers,
    observe,
    headers: securityHeaderList(new URL(config.issuer)),
    onError: (error: unknown) => log.error({ err: error }, 'a request failed'),
  }
  const callers = createCallers({ directory, now })
  return (next) =>
    createVerify({
      ...shared,
      realm: config.issuer,
      next: createIntrospectionFastPath({ ...shared, callers, next }),
    })
}
