import type { RequestListener } from 'node:http'
import type { Config } from '../config.ts'
import type { Logger } from '../platform/log.ts'
import { managementListener, readinessAnswer } from '../web/management.ts'
import { openListener } from './listen.ts'
import type { Listener } from './listen.ts'

/** The management listener, which is there before the server is. */
export interface Management extends Pick<Listener, 'stop'> {
  readonly answerWith: (listener: RequestListener) => void
}

/** Opens the management listener: alive from now on, ready as soon as it is given somebody to ask. */
export async function openManagement(config: Config, log: Logger): Promise<Management> {
  let answer = managementListener({
    '/healthz': async () => ({ status: 200, type: 'text/plain; charset=utf-8', body: 'alive\n' }),
    '/readyz': async () => readinessAnswer({ ready: false, checks: { listener: 'starting' } }),
  })
  const { stop } = await openListener({
    handler: (request, response) => answer(request, response),
    host: config.managementHost,
    port: config.managementPort,
    variables: { host: 'MANAGEMENT_HOST', port: 'MANAGEMENT_PORT' },
    log,
  })
  return { stop, answerWith: (listener) => (answer = listener) }
}
