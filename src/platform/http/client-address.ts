import { BlockList, isIP, isIPv4, isIPv6 } from 'node:net'
import ipaddr from 'ipaddr.js'
import { addRange, normalAddress } from './ip-address.ts'

/**
 * Client address: which machine a request comes from, for limits, risk and the audit log.
 * A header is only a claim. It counts as far as the machines that wrote it are the operator's own.
 */

/** The operator's own proxies, parsed once. */
export interface TrustedProxies {
  /** Expects an address as `normalAddress` writes it. */
  readonly includes: (address: string) => boolean
}

/** What a connection and its headers say about where a request comes from. */
export interface Provenance {
  /** The TCP peer, as Node gives it. */
  readonly peer: string | undefined
  /** `X-Forwarded-For`; several headers joined by commas in their order, as Node does. */
  readonly forwardedFor: string | undefined
  readonly trustedProxies: TrustedProxies
}

/** Stands for a peer without an address: a Unix socket, or a connection that is gone already. */
export const unknownAddress = 'unknown'

/** More hops than any real chain of our own proxies, so that a long header costs little. */
const maxHops = 32
/** An IPv6 address with an embedded IPv4 one, in brackets, with a port: 53 characters at most. */
const maxHopLength = 64

/** Reads addresses and ranges such as `10.0.0.0/8`. Throws a sentence for the operator when one makes no sense. */
export function parseTrustedProxies(entries: readonly string[]): TrustedProxies {
  if (entries.length === 0) return { includes: () => false }
  const list = new BlockList()
  for (const entry of entries) addRange(list, entry)
  return {
    includes: (address) =>
      address !== unknownAddress && list.check(address, isIPv4(address) ? 'ipv4' : 'ipv6'),
  }
}

/**
 * The right-most address that our own proxies did not vouch for as one of theirs: whatever stands
 * left of it was written by strangers. At something that is not an address the walk stops, and the
 * last trusted hop answers for it. That value is never the attacker's choice, and everyone who
 * arrives so garbled shares one limit.
 */
export function clientAddress({ peer, forwardedFor, trustedProxies }: Provenance): string {
  const connected = normalAddress(peer ?? '') ?? unknownAddress
  if (forwardedFor === undefined || !trustedProxies.includes(connected)) return connected
  let known = connected
  let end = forwardedFor.length
  for (let hops = 0; hops < maxHops && end >= 0; hops += 1) {
    const comma = end === 0 ? -1 : forwardedFor.lastIndexOf(',', end - 1)
    const address = hopAddress(forwardedFor, comma + 1, end)
    if (address === undefined) return known
    if (!trustedProxies.includes(address)) return address
    known = address
    end = comma
  }
  return known
}

/**
 * The key under which limits count an address. One person commands a whole IPv6 /64 (RFC 4291 §2.5.1),
 * so that is one bucket; an IPv4 address is one by itself.
 */
export function addressBucket(address: string): string {
  if (!address.includes(':')) return address
  const normal = normalAddress(address)
  if (normal === undefined || !normal.includes(':')) return normal ?? unknownAddress
  const network = ipaddr.IPv6.parse(normal).parts.slice(0, 4)
  return `${network.map((part) => part.toString(16)).join(':')}::/64`
}

/** The IPv6 /48 around an address, which is what a customer is given at most; undefined for IPv4. */
export function networkBucket(address: string): string | undefined {
  const normal = normalAddress(address)
  if (normal === undefined || !normal.includes(':')) return undefined
  const network = ipaddr.IPv6.parse(normal).parts.slice(0, 3)
  return `${network.map((part) => part.toString(16)).join(':')}::/48`
}

/** One element of the header, which some proxies write with a port (`1.2.3.4:567`, `[2001:db8::1]:567`). */
function hopAddress(header: string, from: number, to: number): string | undefined {
  let start = from
  let end = to
  while (start < end && isBlank(header.charCodeAt(start))) start += 1
  while (end > start && isBlank(header.charCodeAt(end - 1))) end -= 1
  if (end === start || end - start > maxHopLength) return undefined
  const text = header.slice(start, end)
  if (isIP(text) !== 0) return text.includes('%') ? undefined : normalAddress(text)
  const bracketed = /^\[([0-9a-fA-F:.]+)\](?::\d{1,5})?$/.exec(text)?.[1]
  const withPort = /^([0-9.]+):\d{1,5}$/.exec(text)?.[1]
  return bracketed !== undefined && isIPv6(bracketed)
    ? normalAddress(bracketed)
    : normalAddress(withPort ?? '')
}

function isBlank(character: number): boolean {
  return character === 0x20 || character === 0x09
}
