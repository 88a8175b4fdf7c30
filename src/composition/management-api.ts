/** The management API of a server. */
import type { Middleware } from 'koa'
import type { ServerConfig } from '../config.ts'
import { markUsed } from '../oidc/artifacts.ts'
import { createApiDocs } from '../web/api/docs.ts'
import { createDpopCheck } from '../web/api/dpop.ts'
import { createApiDoor } from '../web/api/router.ts'
import { apiRouteTable } from '../web/api/routes.ts'
import type { Pages } from '../web/pages.ts'
import type { AnswerParts } from './answers.ts'
import type { Floor } from './floor.ts'
import { administrationRooms } from './rooms.ts'

/** The door of the management API. */
export function managementApiDoors(
  config: ServerConfig,
  floor: Floor,
  { answers, pages }: { readonly answers: AnswerParts; readonly pages: Pages },
): Middleware[] {
  const { db, now, log } = floor
  return [
    createApiDocs(apiRouteTable, { issuer: config.issuer, pages }),
    createApiDoor({
      db,
      now,
      log,
      issuer: config.issuer,
      resolver: answers.resolver,
      leases: answers.leases,
      onUse: answers.onUse,
      parseQuery: answers.parseQuery,
      announce: floor.announcements.announce,
      secondFactorRequired: config.secondFactor.administrators === 'required',
      checkDpop: createDpopCheck({
        issuer: config.issuer,
        now,
        markUsed: (id, seconds) => markUsed(db, id, seconds),
      }),
      rooms: { ...administrationRooms(config, floor), settings: settingsOf(config) },
      routes: apiRouteTable,
    }),
  ]
}

/** What is no secret, under the names of the environment. Whatever is not in this list is not shown. */
function settingsOf(config: ServerConfig): Readonly<Record<string, unknown>> {
  return {
    issuer: config.issuer,
    mode: config.mode,
    key_prefix: config.keyPrefix,
    session_idle_seconds: config.sessionIdleSeconds,
    session_lifetime_seconds: config.sessionLifetimeSeconds,
    refresh_token_lifetime_seconds: config.refreshTokenLifetimeSeconds,
    id_token_lifetime_seconds: config.idTokenLifetimeSeconds,
    dpop_nonce_required: config.dpopNonceRequired,
    second_factor: config.secondFactor.everybody,
    administrator_second_factor: config.secondFactor.administrators,
    signing_key_rotate_after_seconds: config.signingKeyRotateAfterSeconds,
    signing_key_publish_lead_seconds: config.signingKeyPublishLeadSeconds,
    leaked_key_policy: config.leakedKeyPolicy,
    brand_name: config.brandName,
    brand_accent_colour: config.brandAccentColour,
    support_url: config.supportUrl ?? null,
  }
}
