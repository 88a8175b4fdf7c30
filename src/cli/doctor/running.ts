/** How a running server answers from outside, through whatever stands before it. */
import { z } from 'zod'
import { ask } from './ask.ts'
import type { Answered } from './ask.ts'
import { findingOf } from '../../composition/doctor/finding.ts'
import type { Check, Finding } from '../../composition/doctor/finding.ts'
import { metadataChecks, metadataSchema } from './metadata.ts'

const discovery = '/.well-known/openid-configuration'
const authorizationServer = '/.well-known/oauth-authorization-server'
const keySetSchema = z.object({
  keys: z.array(z.looseObject({ kty: z.string(), n: z.string().optional() })).min(1),
})
const privateMembers = ['d', 'p', 'q', 'dp', 'dq', 'qi', 'k']
const certificateDays = 14

/** Judges the server that answers at the issuer, as a stranger with a hostile mind would see it. */
export async function checkRunning(issuer: string, now: () => Date): Promise<readonly Finding[]> {
  const at = (path: string) => new URL(path, issuer)
  const document = await ask(at(discovery)).catch((error: unknown) => error)
  if (document instanceof Error || !isAnswer(document)) return [unreachable(issuer, document)]
  const parsed = metadataSchema.safeParse(jsonOf(document.body))
  if (document.status !== 200 || !parsed.success) return [noDiscovery(issuer, document.status)]
  const metadata = parsed.data
  const [other, poisoned, forwarded, keys, authorize, trace, metrics, ready] = await Promise.all([
    ask(at(authorizationServer)),
    ask(at(discovery), { headers: { host: 'evil.example' } }).catch(() => undefined),
    ask(at(discovery), {
      headers: {
        'x-forwarded-host': 'evil.example',
        'x-forwarded-proto': 'http',
        forwarded: 'host=evil.example',
      },
    }),
    ask(at(new URL(metadata.jwks_uri).pathname)),
    ask(at(new URL(metadata.authorization_endpoint).pathname), {
      headers: { origin: 'https://evil.example' },
    }),
    ask(at('/'), { method: 'TRACE' }).catch(() => undefined),
    ask(at('/metrics')),
    ask(at('/readyz')),
  ])
  return [
    ...metadataChecks(issuer, { metadata, document, other }),
    ...spoofChecks({ poisoned, forwarded }),
    ...keySetChecks(keys),
    ...headerChecks(issuer, authorize),
    ...surfaceChecks({ trace, metrics, ready }),
    ...transportChecks(document, now()),
  ].map(findingOf)
}

function spoofChecks(answers: { poisoned: Answered | undefined; forwarded: Answered }): readonly Check[] {
  return [
    {
      code: 'host_pinned',
      holds: answers.poisoned === undefined || !answers.poisoned.body.includes('evil.example'),
      otherwise: 'problem',
      good: 'A foreign Host header poisons nothing.',
      bad: 'A request with a foreign Host header is answered with that host in discovery.',
      mend: 'Let only the name of the issuer through the proxy.',
      source: 'F3',
    },
    {
      code: 'forwarded_pinned',
      holds: !answers.forwarded.body.includes('evil.example'),
      otherwise: 'problem',
      good: 'Forged forwarding headers poison nothing.',
      bad: 'X-Forwarded-Host or Forwarded of a stranger is believed.',
      mend: 'Let the proxy set X-Forwarded-* itself and drop what came from outside.',
      source: 'RFC 9700 §4.13',
    },
  ]
}

function keySetChecks({ status, body }: Answered): readonly Check[] {
  const parsed = keySetSchema.safeParse(jsonOf(body))
  const keys = status === 200 && parsed.success ? parsed.data.keys : []
  const leaking = keys.filter((key) => privateMembers.some((member) => member in key))
  const weak = keys.filter(({ n }) => n !== undefined && Buffer.from(n, 'base64url').length < 256)
  return [
    {
      code: 'key_set',
      holds: keys.length > 0 && leaking.length === 0 && weak.length === 0,
      otherwise: 'problem',
      good: 'The key set has strong public keys and nothing else.',
      bad:
        leaking.length > 0 ? 'The key set has private keys in it.' : 'The key set is empty, broken or weak.',
      mend:
        leaking.length > 0 ? 'Run now: latchkey keys rotate --compromised' : 'Look at the log of the server.',
      source: 'ASVS 11.2.3',
    },
  ]
}

function headerChecks(issuer: string, { headers }: Answered): readonly Check[] {
  const policy = String(headers['content-security-policy'] ?? '')
  const isTls = issuer.startsWith('https:')
  return [
    {
      code: 'pages_protected',
      holds:
        policy.includes("frame-ancestors 'none'") &&
        !policy.includes('unsafe-') &&
        headers['x-content-type-options'] === 'nosniff',
      otherwise: 'problem',
      good: 'Pages cannot be framed and run no foreign script.',
      bad: 'The headers that protect pages are missing or were weakened on the way.',
      mend: 'Let the proxy pass Content-Security-Policy and X-Content-Type-Options on.',
      source: 'RFC 9700 §4.16',
    },
    {
      code: 'hsts',
      holds: !isTls || headers['strict-transport-security'] !== undefined,
      otherwise: 'problem',
      good: isTls ? 'Browsers are told to come by https alone.' : 'Plain http on this machine needs no HSTS.',
      bad: 'Strict-Transport-Security is missing.',
      mend: 'Let the proxy pass it on.',
      source: 'ASVS 3.4.1',
    },
    {
      code: 'no_cors_on_authorize',
      holds: headers['access-control-allow-origin'] === undefined,
      otherwise: 'problem',
      good: 'No other origin may read the authorization endpoint.',
      bad: 'The authorization endpoint allows other origins to read it.',
      mend: 'Remove what adds Access-Control-Allow-Origin in the proxy.',
      source: 'RFC 9700 §2.6',
    },
    {
      code: 'no_version',
      holds: !/\d/.test(String(headers.server ?? '')) && headers['x-powered-by'] === undefined,
      otherwise: 'advice',
      good: 'No answer tells what software answers.',
      bad: `Answers tell what software answers: ${String(headers.server ?? headers['x-powered-by'])}.`,
      mend: 'Turn the Server header of the proxy off.',
      source: 'ASVS 13.4.6',
    },
  ]
}

function surfaceChecks(answers: {
  trace: Answered | undefined
  metrics: Answered
  ready: Answered
}): readonly Check[] {
  const { trace, metrics, ready } = answers
  return [
    {
      code: 'trace_refused',
      holds: trace === undefined || trace.status >= 400,
      otherwise: 'problem',
      good: 'TRACE is refused.',
      bad: 'TRACE is answered.',
      mend: 'Refuse the method in the proxy.',
      source: 'ASVS 13.4.4',
    },
    {
      code: 'management_not_public',
      holds: metrics.status >= 400 && ready.status >= 400,
      otherwise: 'problem',
      good: 'Health and metrics are not on the public address.',
      bad: 'Health or metrics are answered on the public address.',
      mend: 'Let the proxy pass only the public port on.',
      source: 'ASVS 13.4.5',
    },
  ]
}

function transportChecks({ tls, headers }: Answered, now: Date): readonly Check[] {
  const date = new Date(headers.date ?? '')
  const skewSeconds = Math.abs(date.getTime() - now.getTime()) / 1000
  const clock: Check = {
    code: 'server_clock',
    holds: Number.isNaN(skewSeconds) || skewSeconds < 30,
    otherwise: 'advice',
    good: 'The clock of the server agrees with that of this machine.',
    bad: `The clocks of the server and of this machine are ${Math.round(skewSeconds)} seconds apart.`,
    mend: 'Keep both in time with NTP.',
  }
  if (tls === undefined) return [clock]
  const daysLeft = Math.floor((tls.endsAt.getTime() - now.getTime()) / 86_400_000)
  return [
    clock,
    {
      code: 'tls_version',
      holds: ['TLSv1.2', 'TLSv1.3'].includes(tls.protocol),
      otherwise: 'problem',
      good: `${tls.protocol} is spoken.`,
      bad: `${tls.protocol} is spoken, which is broken.`,
      mend: 'Allow only TLS 1.2 and 1.3 in the proxy.',
      source: 'ASVS 12.1.1',
    },
    {
      code: 'certificate',
      holds: daysLeft >= certificateDays,
      otherwise: daysLeft < 3 ? 'problem' : 'advice',
      good: `The certificate is good for ${daysLeft} more days.`,
      bad: `The certificate ends in ${daysLeft} days.`,
      mend: 'Renew it, and see why that did not happen by itself.',
    },
  ]
}

function unreachable(issuer: string, error: unknown): Finding {
  const reason = error instanceof Error ? error.message : 'no answer'
  return {
    code: 'server_reachable',
    level: 'problem',
    sentence: `${issuer} does not answer (${reason}).`,
    mend: 'Start the server, or name another address with --url; --offline leaves this part out.',
  }
}

function noDiscovery(issuer: string, status: number): Finding {
  return {
    code: 'discovery',
    level: 'problem',
    sentence: `${issuer}${discovery} is no discovery document (status ${status}).`,
    mend: 'See that the address leads to this server and that the proxy passes the path on.',
  }
}

function isAnswer(value: unknown): value is Answered {
  return typeof value === 'object' && value !== null && 'status' in value
}

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}
