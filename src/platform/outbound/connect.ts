import type { LookupFunction } from 'node:net'
import { isIP } from 'node:net'
import type { buildConnector } from 'undici'
import type { AllowedHosts } from './allowed-hosts.ts'
import { OutboundError } from './outbound-error.ts'
import { isPublicAddress } from './public-address.ts'
import type { Resolve } from './resolve.ts'

/** What is needed to find and judge the addresses of a URL. */
export interface AddressRules {
  readonly allowed: AllowedHosts
  readonly resolve: Resolve
  /** For the names that the operator gave. */
  readonly resolveNamed: Resolve
}

/** The addresses that a URL may be fetched from, each judged. Throws when one of them is not acceptable. */
export async function checkedAddresses(url: URL, rules: AddressRules): Promise<readonly string[]> {
  const hostname = url.hostname.replace(/^\[(.*)\]$/, '$1')
  const isNamed = rules.allowed.names(url)
  const resolve = isNamed ? rules.resolveNamed : rules.resolve
  const addresses = isIP(hostname) === 0 ? await addressesOf(hostname, resolve) : [hostname]
  const isAcceptable = (address: string): boolean => isPublicAddress(address) || rules.allowed.covers(address)
  // Every address, not one of them: a mixed answer is an attack or a mistake, and both are refused.
  if (!isNamed && !addresses.every(isAcceptable)) throw new OutboundError('outbound_refused', 'address')
  return addresses
}

/**
 * Settings for a connection that can lead only to the given addresses. The name is not looked up
 * again, so a name server that changes its answer between the check and the use finds no gap.
 */
export function connectOnlyTo(
  addresses: readonly string[],
  timeoutMilliseconds: number,
): buildConnector.BuildOptions {
  const judged = addresses.map((address) => ({ address, family: isIP(address) }))
  const lookup: LookupFunction = (_hostname, { all }, callback) => {
    if (all === true) callback(null, judged)
    else callback(null, judged[0]?.address ?? '', judged[0]?.family)
  }
  return {
    lookup,
    timeout: timeoutMilliseconds,
    allowH2: false,
    keepAlive: false,
    maxCachedSessions: 0,
    // Said aloud so that NODE_TLS_REJECT_UNAUTHORIZED in the environment cannot switch it off.
    rejectUnauthorized: true,
  }
}

async function addressesOf(hostname: string, resolve: Resolve): Promise<readonly string[]> {
  const addresses = await resolve(hostname).catch((cause: unknown) => {
    throw new OutboundError('outbound_failed', 'name', { cause })
  })
  // An empty list would pass a check of every address.
  if (addresses.length === 0) throw new OutboundError('outbound_failed', 'name')
  return addresses
}
