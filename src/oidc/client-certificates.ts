/**
 * Clients and their certificates (RFC 8705): authentication by a certificate that the proxy in front has verified, and tokens
 * bound to one. It is never off inside: a client that is registered for it gets nothing without a certificate, and where the
 * operator has named no header, nobody has one. Only then nothing is said of it in public either.
 */
import { isIP } from 'node:net'
import ipaddr from 'ipaddr.js'
import type { Middleware } from 'koa'
import type { Configuration, KoaContextWithOIDC } from 'oidc-provider'
import { certificateNames } from '../platform/crypto/certificate-names.ts'
import type { CertificateNames } from '../platform/crypto/certificate-names.ts'
import { isWrittenName, readWrittenName } from '../platform/crypto/distinguished-name.ts'
import type { ReadClientCertificate } from '../platform/http/client-certificate.ts'

/** The library's feature. A certificate that comes from here has been verified: nothing else is passed on by the proxy. */
export function mutualTls(read: ReadClientCertificate) {
  return {
    enabled: true,
    certificateBoundAccessTokens: true,
    tlsClientAuth: true,
    // Would need a proxy that passes on what it has not verified, which is the opposite of the above.
    selfSignedTlsClientAuth: false,
    getCertificate: (ctx) => read(ctx.req),
    certificateAuthorized: (ctx) => read(ctx.req) !== undefined,
    certificateSubjectMatches: (ctx: KoaContextWithOIDC, member: string, expected: string) => {
      const names = certificateNames(read(ctx.req)?.raw ?? Buffer.alloc(0))
      return names !== undefined && isNamed(names, member, expected)
    },
  } as const satisfies NonNullable<Configuration['features']>['mTLS']
}

/** RFC 8705 §2.1.2: exactly the one name that was registered. */
function isNamed(names: CertificateNames, member: string, expected: string): boolean {
  switch (member) {
    case 'tls_client_auth_subject_dn': {
      const written = readWrittenName(expected)
      return written !== undefined && isWrittenName(written, names.subject)
    }
    case 'tls_client_auth_san_dns':
      // RFC 4343: names of hosts have no case. A wildcard of the certificate is a name like another, and matches nothing.
      return names.dns.some((name) => name.toLowerCase() === expected.toLowerCase())
    case 'tls_client_auth_san_uri':
      return names.uri.includes(expected)
    case 'tls_client_auth_san_email':
      return names.email.includes(expected)
    case 'tls_client_auth_san_ip': {
      if (isIP(expected) === 0) return false
      const octets = Buffer.from(ipaddr.parse(expected).toByteArray())
      return names.ip.some((address) => address.equals(octets))
    }
    default:
      return false
  }
}

/** Leaves certificates out of what the server says of itself. Other requests pass by without a promise more. */
export function quietOfCertificates(handle: Middleware): Middleware {
  return (ctx, next) =>
    ctx.path.startsWith('/.well-known/') ? handleQuietly(handle, ctx, next) : handle(ctx, next)
}

async function handleQuietly(handle: Middleware, ...[ctx, next]: Parameters<Middleware>): Promise<void> {
  await handle(ctx, next)
  const { body } = ctx
  if (typeof body !== 'object' || body === null || !('token_endpoint' in body)) return
  const said = Object.entries(body)
    .filter(([name]) => name !== 'tls_client_certificate_bound_access_tokens')
    .map(([name, value]: [string, unknown]) => [
      name,
      name.endsWith('_auth_methods_supported') && Array.isArray(value)
        ? value.filter((method) => method !== 'tls_client_auth')
        : value,
    ])
  ctx.body = Object.fromEntries(said)
}
