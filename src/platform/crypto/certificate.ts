/** One certificate as text that travels in a header, read strictly. */
import { X509Certificate } from 'node:crypto'
import { sha256 } from './digest.ts'

/** A certificate that was read. */
export type Certificate = X509Certificate

// More than any certificate of a client, so that a long header costs little.
const mostCharacters = 12 * 1024
const base64 = /^(?:[A-Za-z0-9+/]{4})+(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/

/**
 * A certificate as proxies write it: `:base64:` (RFC 9440), PEM encoded as in a URL (nginx), or plain base64 (HAProxy, Caddy).
 * One certificate and nothing else: a header that came twice is joined by a comma, which none of these has.
 */
export function readCertificate(text: string): Certificate | undefined {
  if (text.length > mostCharacters) return undefined
  const encoded = base64Of(text)
  if (encoded === undefined || !base64.test(encoded)) return undefined
  const der = Buffer.from(encoded, 'base64')
  try {
    const certificate = new X509Certificate(der)
    // What OpenSSL read must be all there was, written as DER is: else one certificate had many thumbprints.
    return certificate.raw.equals(der) ? certificate : undefined
  } catch {
    return undefined
  }
}

/** RFC 8705 §3.1: `x5t#S256`. */
export function thumbprintOf({ raw }: Certificate): string {
  return sha256(raw).toString('base64url')
}

function base64Of(text: string): string | undefined {
  const byteSequence = /^:([^:]*):$/.exec(text)?.[1]
  if (byteSequence !== undefined) return byteSequence
  if (!text.startsWith('-----BEGIN%20')) return text
  try {
    const pem = decodeURIComponent(text)
    return /^-----BEGIN CERTIFICATE-----\n([A-Za-z0-9+/=\n]+)\n-----END CERTIFICATE-----\n?$/
      .exec(pem)?.[1]
      ?.replaceAll('\n', '')
  } catch {
    return undefined
  }
}
