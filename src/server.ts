/**
 * The composition: the only place where rooms, the protocol and the doors are joined. `main.ts` and every test call the
 * same function.
 */
import { answersAbout, shortWays } from './composition/answers.ts'
import { checksOf, openFloor } from './composition/floor.ts'
import { watchFloor } from './composition/watch-floor.ts'
import { rotationOf } from './composition/rotation.ts'
import type { ServerParts } from './composition/floor.ts'
import { leakDoors } from './composition/leak-doors.ts'
import { managementApiDoors } from './composition/management-api.ts'
import { pageDoors } from './composition/page-doors.ts'
import { openProtocol, protocolDoors } from './composition/protocol.ts'
import type { RequestListener } from 'node:http'
import type { ServerConfig } from './config.ts'
import { systemAct } from './domain/audit/act.ts'
import { ensureManagementApi } from './domain/administration/ensure.ts'
import { ensureKeys } from './domain/signing-keys/rotate.ts'
import { ensureOwnClients } from './domain/clients/own-clients.ts'
import { consoleDoors } from './composition/console.ts'
import { explainingOf } from './composition/explaining.ts'
import { healthRoom } from './composition/health.ts'
import { createJobJournal } from './composition/job-journal.ts'
import { administrationRooms } from './composition/rooms.ts'
import { accountDoors, ownPageSessions } from './composition/own-pages.ts'
import { startWork } from './composition/start-work.ts'
import { randomRequestId } from './platform/crypto/random.ts'
import { createStack } from './platform/http/stack.ts'
import { createMetrics } from './platform/metrics.ts'
import { createManagement } from './web/management.ts'
import { createPages } from './web/pages.ts'
import { createProviderPages } from './web/provider-pages.ts'

/** A server, ready to be listened with. */
export interface Server {
  readonly handler: RequestListener
  readonly management: RequestListener
  /** Readiness turns 503 from now on; requests are still served. */
  readonly beginDrain: () => void
  readonly close: () => Promise<void>
}

/** Builds a server on a migrated database. Nothing listens yet; jobs run until `close`. */
export async function buildServer(config: ServerConfig, parts: ServerParts): Promise<Server> {
  const floor = await openFloor(config, parts)
  const rotation = () => rotationOf(floor.settings.current(), floor.seal)
  await ensureKeys(floor.db, rotation(), systemAct(parts.now()))
  await ensureOwnClients(floor.db, config.issuer, systemAct(parts.now()))
  await ensureManagementApi(floor.db, config.issuer, systemAct(parts.now()))
  const pages = createPages(config, floor.settings.current)
  const keyring = await openProtocol(config, floor, createProviderPages(pages))
  const metrics = createMetrics()
  watchFloor(metrics, { floor, keyring })
  const answers = answersAbout(config, floor, { keyring, metrics })
  const journal = createJobJournal(parts.now)
  const rooms = administrationRooms(config, floor)
  // Its doors speak to the stack they stand in.
  const own = ownPageSessions(config, floor, {
    pages,
    dispatch: (request, response) => handler(request, response),
  })
  const { app, handler } = createStack({
    issuer: new URL(config.issuer),
    trustedProxies: config.trustedProxies,
    otherHosts: config.allowedHosts,
    certificateHeader: config.clientCertificateHeader,
    log: floor.log,
    newRequestId: randomRequestId,
    observe: metrics.observeRequest,
    renderProblem: pages.problem,
    shortWays: shortWays(config, floor, { answers, observe: metrics.observeRequest }),
    doors: [
      ...pageDoors(config, floor, { pages, keyring, metrics }),
      ...accountDoors(config, floor, { pages, sessions: own.account, metrics }),
      ...consoleDoors(floor, {
        pages,
        sessions: own.console,
        rooms: {
          ...rooms,
          ...explainingOf(config, floor, { answers, keyring }),
          health: healthRoom(config, floor, journal),
        },
      }),
      ...leakDoors(config, floor),
      ...managementApiDoors(config, floor, { answers, pages, rooms }),
    ],
    protocol: protocolDoors(floor, keyring, { answers, metrics }),
  })
  // The host signs the library's cookies, so it takes the keys of each provider that begins to serve.
  keyring.onSwap(({ keys }) => (app.keys = [...keys.cookieKeys]))
  const { db, changes } = floor
  const jobs = startWork(config, floor, { ...parts, rotation, keyring, pages, metrics, journal })
  let draining = false
  return {
    handler,
    management: createManagement({ metrics, isDraining: () => draining, checks: checksOf(floor) }),
    beginDrain: () => (draining = true),
    close: async () => {
      keyring.close()
      floor.settings.close()
      await jobs.stop()
      floor.hashes.close()
      await floor.leases.close()
      await floor.usage.close()
      await floor.activity.close()
      await floor.probe.close()
      await changes.close()
      await db.destroy()
    },
  }
}
