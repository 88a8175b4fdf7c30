import type { BlockList } from 'node:net'
import { isIP, isIPv4, isIPv6 } from 'node:net'
import ipaddr from 'ipaddr.js'

/** One spelling for each address, IPv4 inside IPv6 unwrapped, a zone dropped; undefined for anything else. */
export function normalAddress(text: string): string | undefined {
  if (isIPv4(text)) return text
  if (!isIPv6(text)) return undefined
  // How Node writes every IPv4 peer of a listener on `::`, so this is worth a short way.
  if (text.startsWith('::ffff:') && isIPv4(text.slice(7))) return text.slice(7)
  const zone = text.indexOf('%')
  const address = zone === -1 ? text : text.slice(0, zone)
  // The URL standard writes IPv6 as RFC 5952 asks, in hexadecimal groups only.
  const written = new URL(`http://[${address}]`).hostname.slice(1, -1)
  const parsed = ipaddr.IPv6.parse(written)
  return parsed.isIPv4MappedAddress() ? parsed.toIPv4Address().toString() : written
}

/** Adds an address or a range such as `10.0.0.0/8` to a list, or throws a sentence that an operator understands. */
export function addRange(list: BlockList, entry: string): void {
  const slash = entry.indexOf('/')
  const address = slash === -1 ? entry : entry.slice(0, slash)
  const family = isIPv4(address) ? 'ipv4' : 'ipv6'
  const bits = family === 'ipv4' ? 32 : 128
  const prefix = slash === -1 ? String(bits) : entry.slice(slash + 1)
  // A prefix of 0 would be everybody: that is not an exception, it is no rule at all.
  const isPrefix = /^[1-9]\d{0,2}$/.test(prefix) && Number(prefix) <= bits
  if (isIP(address) === 0 || address.includes('%') || !isPrefix) {
    throw new Error(`"${entry}" is not an address or a range of addresses, such as 10.0.0.7 or 10.0.0.0/8.`)
  }
  list.addSubnet(address, Number(prefix), family)
}
