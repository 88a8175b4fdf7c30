/** Where the server is reached, and what it may reach. */
import { z } from 'zod'
import { count, list } from './kinds.ts'

/** Its variables. */
export const reachVariables = {
  ISSUER: z.string().optional(),
  HOST: z.string().optional(),
  PORT: count(3000, 0, 65535),
  MANAGEMENT_HOST: z.string().default('127.0.0.1'),
  MANAGEMENT_PORT: count(9000, 0, 65535),
  TRUSTED_PROXIES: list,
  CLIENT_CERTIFICATE_HEADER: z
    .string()
    // A header of its own, so that no other of the request is taken out in its place.
    .regex(
      /^(?=.*cert)[a-z][a-z\d-]{1,60}$/i,
      'must be the name of a header with cert in it, such as Client-Cert',
    )
    .optional(),
  ALLOWED_HOSTS: list,
  OUTBOUND_ALLOWED_HOSTS: list,
}

type ReachEnvironment = z.output<z.ZodObject<typeof reachVariables>>

/** What they say. */
export function reachSettings(env: ReachEnvironment, { production }: { readonly production: boolean }) {
  return {
    /** The issuer identifier exactly as clients know it: an origin, without a trailing slash. */
    issuer: env.ISSUER ?? `http://localhost:${env.PORT}`,
    host: env.HOST ?? (production ? '0.0.0.0' : '127.0.0.1'),
    port: env.PORT,
    managementHost: env.MANAGEMENT_HOST,
    managementPort: env.MANAGEMENT_PORT,
    trustedProxies: env.TRUSTED_PROXIES,
    clientCertificateHeader: env.CLIENT_CERTIFICATE_HEADER,
    allowedHosts: env.ALLOWED_HOSTS,
    outboundAllowedHosts: env.OUTBOUND_ALLOWED_HOSTS,
  }
}

/** What is wrong with them. */
export function reachProblems(
  env: ReachEnvironment,
  { production }: { readonly production: boolean },
): string[] {
  const problems = issuerProblems(env.ISSUER, production)
  if (env.PORT !== 0 && env.PORT === env.MANAGEMENT_PORT) {
    problems.push('MANAGEMENT_PORT: must differ from PORT, management is never on the public port')
  }
  if (env.CLIENT_CERTIFICATE_HEADER !== undefined && env.TRUSTED_PROXIES.length === 0) {
    problems.push(
      'CLIENT_CERTIFICATE_HEADER: needs TRUSTED_PROXIES, anybody could write that header otherwise',
    )
  }
  for (const host of env.ALLOWED_HOSTS) {
    const url = URL.parse(`http://${host}`)
    if (url === null || url.href !== `${url.origin}/`) {
      problems.push(`ALLOWED_HOSTS: ${host} must be a host or host:port`)
    }
  }
  return problems
}

/** OpenID Connect Discovery §3: the issuer is a URL without query or fragment; ours is an origin, compared as text. */
function issuerProblems(issuer: string | undefined, production: boolean): string[] {
  if (issuer === undefined) {
    return production ? ['ISSUER: is required, for example https://login.example.com'] : []
  }
  const url = URL.parse(issuer)
  if (url === null) return ['ISSUER: must be a URL such as https://login.example.com']
  const problems: string[] = []
  if (url.origin !== issuer) {
    problems.push(`ISSUER: must be an origin without path, query, fragment or trailing slash: ${url.origin}`)
  }
  if (production && url.protocol !== 'https:') problems.push('ISSUER: must be https in production')
  if (url.protocol !== 'https:' && !['localhost', '127.0.0.1', '[::1]'].includes(url.hostname)) {
    problems.push('ISSUER: plain http is for localhost only')
  }
  return problems
}
