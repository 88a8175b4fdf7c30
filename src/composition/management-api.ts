/** The management API of a server. */
import type { Middleware } from 'koa'
import type { ServerConfig } from '../config.ts'
import { markUsed } from '../oidc/artifact-use.ts'
import type { AdministrationRooms } from '../web/administration-rooms.ts'
import { createCertificateReader } from '../platform/http/client-certificate.ts'
import { createApiDocs } from '../web/api/docs.ts'
import { createDpopCheck } from '../web/api/dpop.ts'
import { createApiDoor } from '../web/api/router.ts'
import { apiRouteTable } from '../web/api/routes.ts'
import type { Pages } from '../web/pages.ts'
import type { AnswerParts } from './answers.ts'
import type { Floor } from './floor.ts'

/** The door of the management API. */
export function managementApiDoors(
  config: ServerConfig,
  floor: Floor,
  {
    answers,
    pages,
    rooms,
  }: { readonly answers: AnswerParts; readonly pages: Pages; readonly rooms: AdministrationRooms },
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
      secondFactorRequired: () => floor.settings.current().secondFactor.administrators === 'required',
      readCertificate: createCertificateReader({ header: config.clientCertificateHeader, now }),
      checkDpop: createDpopCheck({
        issuer: config.issuer,
        now,
        markUsed: (id, seconds) => markUsed(db, id, seconds),
      }),
      rooms,
      routes: apiRouteTable,
    }),
  ]
}
