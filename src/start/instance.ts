import type { RequestListener } from 'node:http'
import type { ServerConfig } from '../config.ts'
import type { ServerParts } from '../composition/floor.ts'
import { buildServer } from '../server.ts'
import { giveBackMemory } from './memory.ts'
import { openListener } from './listen.ts'

/** Something that answers on the public port: this process, or several. */
export interface Serving {
  readonly management: RequestListener
  /** Readiness turns 503 and clients are asked to use other connections; everything is still answered. */
  readonly beginDrain: () => void
  /** Stops accepting, finishes what is under way, and closes; `cut` ends what takes too long. */
  readonly stop: (cut: AbortSignal) => Promise<void>
}

/** Serves in this process. The database is migrated. */
export async function startInstance(config: ServerConfig, parts: ServerParts): Promise<Serving> {
  const server = await buildServer(config, parts)
  giveBackMemory()
  try {
    const listener = await openListener({
      handler: server.handler,
      host: config.host,
      port: config.port,
      variables: { host: 'HOST', port: 'PORT' },
      log: parts.log,
    })
    return {
      management: server.management,
      beginDrain: () => {
        server.beginDrain()
        listener.closeConnectionsAfterAnswers()
      },
      stop: async (cut) => {
        await listener.stop(cut)
        await server.close()
      },
    }
  } catch (error) {
    await server.close()
    throw error
  }
}
