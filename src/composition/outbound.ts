import type { ServerConfig } from '../config.ts'
import type { Logger } from '../platform/log.ts'
import { createOutbound } from '../platform/outbound/outbound.ts'
import type { Outbound, OutboundOptions } from '../platform/outbound/outbound.ts'

/** The guard for requests of one purpose, within its bounds; each is a line of the log. */
export function outboundOf(
  { outboundAllowedHosts: allowedHosts }: Pick<ServerConfig, 'outboundAllowedHosts'>,
  { log }: { readonly log: Logger },
  bounds: Pick<OutboundOptions, 'timeoutMilliseconds' | 'maxResponseBytes'>,
): Outbound {
  return createOutbound({
    ...bounds,
    allowedHosts,
    // What lies beneath a failure may repeat the path, which the log must not know.
    log: ({ cause: _cause, ...event }) => log.info(event, 'outbound request'),
  })
}
