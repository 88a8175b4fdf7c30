import { BlockList, isIPv6 } from 'node:net'
import { addRange } from '../http/ip-address.ts'

/** The operator's exceptions to the rules for outbound requests, parsed once. */
export interface AllowedHosts {
  /** Whether a host was allowed by name: it may be plain http and may live at any address. */
  readonly names: (url: URL) => boolean
  /** Whether an address lies in an allowed range: lifts the address rule alone, https stays due. */
  readonly covers: (address: string) => boolean
}

/**
 * Reads entries of the form `host`, `host:port`, `address`, `[address]:port` or `range/prefix`.
 * An entry that cannot be understood stops the start: a silently ignored exception is a surprise later.
 */
export function parseAllowedHosts(entries: readonly string[]): AllowedHosts {
  const named = new Set<string>()
  const ranges = new BlockList()
  for (const entry of entries) {
    if (entry.includes('/')) addRange(ranges, entry)
    else named.add(canonicalHost(entry))
  }
  return {
    names: (url) => named.has(url.hostname) || named.has(`${url.hostname}:${portOf(url)}`),
    covers: (address) => ranges.check(address, isIPv6(address) ? 'ipv6' : 'ipv4'),
  }
}

function portOf(url: URL): string {
  return url.port || (url.protocol === 'https:' ? '443' : '80')
}

function canonicalHost(entry: string): string {
  const authority = isIPv6(entry) ? `[${entry}]` : entry
  const port = /:(\d{1,5})$/.exec(authority)?.[1] ?? ''
  const url = URL.parse(`http://${authority}`)
  const isBareHost = url !== null && url.href === `http://${url.host}/` && !/[@?#\s]/.test(entry)
  if (!isBareHost) throw new Error(`"${entry}" is not a host, host:port or address range.`)
  return port === '' ? url.hostname : `${url.hostname}:${Number(port)}`
}
