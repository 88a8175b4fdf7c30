import type { Middleware } from 'koa'

// Nothing inline, nothing from elsewhere, never in a frame. `form-action` is left out here: browsers apply it to every
// redirect after a form, and would block the way back to the client; pages that never leave add it themselves.
const contentSecurityPolicy = [
  "default-src 'none'",
  "style-src 'self'",
  "script-src 'self'",
  "img-src 'self' data:",
  "font-src 'self'",
  "base-uri 'none'",
  "frame-ancestors 'none'",
].join('; ')

/** Headers of every answer, errors included (F8). */
export function securityHeaders(issuer: URL): Middleware {
  const headers = securityHeaderList(issuer)
  return (ctx, next) => {
    for (const [name, value] of headers) ctx.res.setHeader(name, value)
    return next()
  }
}

/** The same headers for those who answer without Koa. */
export function securityHeaderList(issuer: URL): readonly (readonly [string, string])[] {
  const headers: [string, string][] = [
    ['Content-Security-Policy', contentSecurityPolicy],
    ['X-Content-Type-Options', 'nosniff'],
    // Pages carry one-time links and interaction ids in their address: nobody else is told it. (Not `no-referrer`: browsers
    // then hide the origin from our own forms too.)
    ['Referrer-Policy', 'same-origin'],
    ['X-Frame-Options', 'DENY'],
    ['Cross-Origin-Opener-Policy', 'same-origin'],
    ['Permissions-Policy', 'camera=(), geolocation=(), microphone=()'],
  ]
  if (issuer.protocol === 'https:') {
    headers.push(['Strict-Transport-Security', 'max-age=63072000; includeSubDomains'])
  }
  return headers
}
