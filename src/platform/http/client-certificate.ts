/**
 * The certificate of whoever calls (RFC 8705, RFC 9440). TLS ends at a proxy in front, which asks for the certificate, checks
 * its chain, and says in a header what it was. Only the operator's own proxies are believed, and only in that one header.
 */
import type { IncomingMessage } from 'node:http'
import { readCertificate } from '../crypto/certificate.ts'
import type { Certificate } from '../crypto/certificate.ts'
import { arrivalOf } from './origin-pin.ts'

/** Reads the certificate of a request; undefined where there is none that counts now. */
export type ReadClientCertificate = (request: IncomingMessage) => Certificate | undefined

/** A reader for a header; without one nobody has a certificate. */
export function createCertificateReader({
  header,
  now,
}: {
  readonly header: string | undefined
  readonly now: () => Date
}): ReadClientCertificate {
  if (header === undefined) return () => undefined
  const name = header.toLowerCase()
  return (request) => {
    const said = arrivalOf(request).forwarded[name]
    const certificate = said === undefined ? undefined : readCertificate(said)
    return certificate !== undefined && isValidAt(certificate, now()) ? certificate : undefined
  }
}

function isValidAt({ validFromDate, validToDate }: Certificate, now: Date): boolean {
  return validFromDate <= now && now <= validToDate
}
