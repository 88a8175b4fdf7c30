/** What a server says about credentials, on every way in. */
import type { Metrics } from '../platform/metrics.ts'
import type { Floor } from './floor.ts'
import type { RequestListener } from 'node:http'
import type { ServerConfig } from '../config.ts'
import { createCredentialCache } from '../domain/credentials/cache.ts'
import type { IntrospectionParts } from '../domain/credentials/introspect.ts'
import { activityOf, keyUseOf } from '../domain/credentials/key-use.ts'
import { createPermissionQueries } from '../domain/credentials/permission-query.ts'
import type { PermissionQuery } from '../domain/credentials/permission-query.ts'
import { createResolver } from '../domain/credentials/resolve.ts'
import type { ObserveRequest } from '../platform/http/log-requests.ts'
import { securityHeaderList } from '../platform/http/security-headers.ts'
import { createCallers } from '../web/callers.ts'
import { createAccessShortWay } from '../web/access/short-way.ts'
import { createIntrospectionFastPath } from '../web/introspection/fast-path.ts'
import { createVerify } from '../web/verify/verify.ts'
import type { Keyring } from '../oidc/keyring.ts'
import { resolvingOf } from './resolving.ts'
import type { Resolving } from './resolving.ts'

/** What introspection, verification and every other answer about a credential share. */
export type AnswerParts = IntrospectionParts & {
  readonly onAnswer: (outcome: 'active' | 'inactive') => void
  readonly parseQuery: (text: string) => PermissionQuery | undefined
  /** What credentials are resolved from, for whoever must not look into the memory. */
  readonly resolving: Resolving
}

/** Opens what all answers share. */
export function answersAbout(
  config: ServerConfig,
  floor: Floor,
  { keyring, metrics }: { readonly keyring: Keyring; readonly metrics: Pick<Metrics, 'countIntrospection'> },
): AnswerParts {
  const { now, leases, usage, activity } = floor
  const cache = createCredentialCache({
    changes: floor.announcements,
    maxEntries: config.cacheEntries,
    nowMilliseconds: () => now().getTime(),
  })
  // While withdrawn keys are being taken out of service, what they signed may have been resolved once more.
  keyring.onSwap(cache.clear)
  const resolving = resolvingOf(floor, () => keyring.serving().jwtReader)
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
      next: createIntrospectionFastPath({
        ...shared,
        callers,
        next: createAccessShortWay({ ...shared, callers, directory, next }),
      }),
    })
}
