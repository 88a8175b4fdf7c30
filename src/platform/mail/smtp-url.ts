import type { SmtpServer } from './smtp.ts'

const submissionPort = 587
const implicitTlsPort = 465 // RFC 8314 §3.3

/**
 * Reads `smtp://user:password@host:port` or `smtps://…`. Undefined for anything more: what libraries take from a query could
 * turn off the check of certificates.
 */
export function readSmtpUrl(text: string): SmtpServer | undefined {
  const url = URL.parse(text)
  if (url === null || !['smtp:', 'smtps:'].includes(url.protocol)) return undefined
  if (url.hostname === '' || !['', '/'].includes(url.pathname) || url.search !== '' || url.hash !== '')
    return undefined
  const implicitTls = url.protocol === 'smtps:'
  const [user, password] = [url.username, url.password].map(decoded)
  return {
    host: url.hostname.replace(/^\[(.*)\]$/, '$1'),
    port: url.port === '' ? (implicitTls ? implicitTlsPort : submissionPort) : Number(url.port),
    implicitTls,
    user: user === '' ? undefined : user,
    password: password === '' ? undefined : password,
  }
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text)
  } catch {
    return text
  }
}
