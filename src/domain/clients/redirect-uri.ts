import { exactUrlProblem } from '../../platform/exact-url.ts'

// What an authorization response puts there itself (RFC 6749 §4.1.2, RFC 9207 §2, JARM §2.3).
const responseParameters = new Set([
  'code',
  'state',
  'iss',
  'error',
  'error_description',
  'error_uri',
  'response',
  'session_state',
])

/**
 * What is wrong with a redirect URI, or undefined. It is kept exactly as given and compared as a string
 * (RFC 9700 §2.1), so only a URL in its plain form is accepted (P1, P3).
 */
export function redirectUriProblem(text: string): string | undefined {
  const problem = exactUrlProblem(text, { loopbackHttp: true })
  if (problem !== undefined) return problem
  const names = [...new URL(text).searchParams.keys()]
  const taken = names.find((name) => responseParameters.has(name))
  return taken === undefined ? undefined : `has the query parameter ${taken}, which is part of the response`
}
