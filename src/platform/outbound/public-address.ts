import { isIPv4 } from 'node:net'
import ipaddr from 'ipaddr.js'
import { normalAddress } from '../http/ip-address.ts'

/**
 * Whether an address is ordinary public unicast, the only kind a stranger's URL may lead to.
 * The starting value is no: only what is inside the assigned unicast space and outside every
 * special-purpose registry entry passes (RFC 6890, RFC 4291 §2.4).
 */
export function isPublicAddress(address: string): boolean {
  // A zone names an interface of this machine (RFC 4007 §11): never public.
  const normal = address.includes('%') ? undefined : normalAddress(address)
  if (normal === undefined) return false
  return isIPv4(normal)
    ? ipaddr.IPv4.parse(normal).range() === 'unicast'
    : isPublicIPv6(ipaddr.IPv6.parse(normal))
}

function isPublicIPv6(address: ipaddr.IPv6): boolean {
  const { parts } = address
  // RFC 6052 §2.1: a network with NAT64 reaches IPv4 through this prefix, so the IPv4 address inside decides.
  if (isWellKnownNat64(parts)) return isPublicAddress(embeddedIPv4(parts))
  // RFC 4291 §2.4: 2000::/3 is all of global unicast; this also excludes the old IPv4-compatible ::/96.
  if (((parts[0] ?? 0) & 0xe000) !== 0x2000) return false
  // 6to4, Teredo, documentation, benchmarking, ORCHID and the rest are not `unicast` here.
  return address.range() === 'unicast' && !isIsatap(parts)
}

function isWellKnownNat64(parts: readonly number[]): boolean {
  return parts[0] === 0x64 && parts[1] === 0xff9b && parts.slice(2, 6).every((part) => part === 0)
}

/** RFC 5214 §6.1: this interface identifier carries an IPv4 address that a tunnel would unwrap. */
function isIsatap(parts: readonly number[]): boolean {
  return (parts[4] === 0 || parts[4] === 0x0200) && parts[5] === 0x5efe
}

function embeddedIPv4(parts: readonly number[]): string {
  const [high = 0, low = 0] = parts.slice(6)
  return [high >> 8, high & 255, low >> 8, low & 255].join('.')
}
