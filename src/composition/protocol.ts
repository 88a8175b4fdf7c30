/** The protocol of a server: oidc-provider on our floor. */
import type { Metrics } from '../platform/metrics.ts'
import { createClientAuthenticationGuard } from '../web/client-authentication-guard.ts'
import type { Floor } from './floor.ts'
import type { AnswerParts } from './answers.ts'
import type { Middleware } from 'koa'
import type { ServerConfig } from '../config.ts'
import { createAccessRoute } from '../web/access/provider-route.ts'
import { createIntrospectionRoute } from '../web/introspection/provider-route.ts'
import type { AdapterNeeds } from '../oidc/adapter-needs.ts'
import { createAdapterFactory } from '../oidc/adapter.ts'
import { clientMetadata } from '../oidc/client-metadata.ts'
import type { ProviderPages } from '../oidc/configuration.ts'
import type { Directory } from '../domain/credentials/directory.ts'
import { findDevice } from '../domain/devices/devices.ts'
import { enrolledFactors } from '../domain/second-factors/second-factors.ts'
import { createJwtRevocation } from '../oidc/jwt-revocation.ts'
import { createErrorNames } from '../oidc/error-names.ts'
import { openKeyring } from '../oidc/keyring.ts'
import type { Keyring } from '../oidc/keyring.ts'
import { joinedDatabase } from '../oidc/join.ts'
import { enqueueLogout } from '../oidc/logout-deliveries.ts'
import { createLogoutRequests } from '../oidc/logout-requests.ts'
import { refuseNulInQuery } from '../oidc/refuse-nul.ts'
import { createDevicePolling } from '../oidc/device-polling.ts'
import { createTokenLimit } from '../oidc/token-limit.ts'
import { createTokenRequests } from '../oidc/token-requests.ts'
import { createCertificateReader } from '../platform/http/client-certificate.ts'
import { randomId } from '../platform/crypto/random.ts'
import { readDeviceToken } from '../web/device-cookie.ts'
import { createDeviceGuard } from '../web/device-guard.ts'
import { sendPostedRequestsOn } from '../web/posted-requests.ts'
import { outboundOf } from './outbound.ts'

/** Opens the provider that serves. */
export function openProtocol(config: ServerConfig, floor: Floor, pages: ProviderPages): Promise<Keyring> {
  const { db, directory, log, now } = floor
  const outbound = outboundOf(config, floor, { timeoutMilliseconds: 5000, maxResponseBytes: 512 * 1024 })
  return openKeyring({
    ...floor,
    config,
    policy: floor.settings.current,
    pages,
    adapter: createAdapterFactory({
      db,
      now,
      seal: floor.seal,
      sessionLifetimeSeconds: () => floor.settings.current().sessionLifetimeSeconds,
      announce: floor.announcements.announce,
      ...answersOf(directory),
    }),
    fetch: outbound.fetch,
    readCertificate: createCertificateReader({ header: config.clientCertificateHeader, now }),
    secondFactors: {
      directory,
      policy: () => floor.settings.current().secondFactor,
      factorsOf: (accountId) => enrolledFactors(db, accountId),
      isDeviceTrusted: async (ctx, accountId) => {
        const token = readDeviceToken(ctx)
        const device = token === undefined ? undefined : await findDevice(db, { token, accountId }, now())
        return device?.trustedUntil !== undefined && device.trustedUntil > now()
      },
    },
    enqueueLogout: (delivery) =>
      enqueueLogout(joinedDatabase(db), { id: randomId('lod'), ...delivery }, now()),
    onServerError: (error) => log.error({ err: error }, 'the protocol failed'),
    onError: (error) => log.error({ err: error }, 'the signing keys could not be loaded'),
  })
}

/** What the adapter asks about the owners of what it keeps. */
function answersOf(
  directory: Directory,
): Pick<AdapterNeeds, 'findClientMetadata' | 'isAccountActive' | 'refreshGraceSeconds'> {
  return {
    findClientMetadata: async (id) => {
      const client = await directory.client(id)
      return client === undefined ? undefined : clientMetadata(client)
    },
    isAccountActive: async (id) => (await directory.account(id)) !== undefined,
    refreshGraceSeconds: async (id) => (await directory.client(id))?.refreshGraceSeconds ?? 0,
  }
}

/** Every token is counted for the numbers of this instance, and for its client. */
function countTokens({ activity }: Floor, { countToken }: Pick<Metrics, 'countToken'>) {
  return (grantType: string, clientId: string): void => {
    countToken(grantType)
    activity.count({ kind: 'token', subject: clientId, outcome: grantType })
  }
}

/** What the protocol's steps need besides the floor and the keys. */
export interface ProtocolParts {
  readonly answers: AnswerParts
  readonly metrics: Pick<Metrics, 'countToken' | 'countLimited'>
}

/** The protocol's steps of the stack, the provider last. */
export function protocolDoors(
  floor: Floor,
  keyring: Keyring,
  { answers, metrics }: ProtocolParts,
): Middleware[] {
  return [
    refuseNulInQuery(),
    createClientAuthenticationGuard(floor),
    createErrorNames(),
    createDeviceGuard(floor),
    createDevicePolling(floor.db),
    sendPostedRequestsOn(),
    createLogoutRequests(floor.db),
    createTokenRequests({
      ...floor,
      onIssued: countTokens(floor, metrics),
      limit: createTokenLimit({
        ...floor,
        standard: () => floor.settings.current().tokenRateLimit,
        onLimited: () => metrics.countLimited('tokens'),
      }),
    }),
    createJwtRevocation({
      ...floor,
      announce: floor.announcements.announce,
      reader: () => keyring.serving().jwtReader,
    }),
    createIntrospectionRoute({ ...answers, sign: (claims, type) => keyring.serving().sign(claims, type) }),
    createAccessRoute({
      ...answers,
      directory: floor.directory,
      onError: (error) => floor.log.error({ err: error }, 'a request failed'),
    }),
    (ctx, next) => keyring.serving().handle(ctx, next),
  ]
}
