/** How our own pages speak to the server they run in: requests that never leave the process, on behalf of a person. */
import type { RequestListener } from 'node:http'
import inject from 'light-my-request'
import type { CustomFetch } from 'openid-client'

/** The server itself. */
export interface OwnServer {
  readonly issuer: URL
  readonly dispatch: RequestListener
}

/** On whose behalf a request is sent, so that limits and the log see the person and not the server. */
export interface Visitor {
  readonly address: string | undefined
  readonly userAgent: string | undefined
}

/** A `fetch` that knows one server, this one, and hands the request to it as if it had been received. */
export function inProcessFetch(
  { issuer, dispatch }: OwnServer,
  { address, userAgent }: Visitor,
): CustomFetch {
  return async (target, { method, headers, body }) => {
    const url = new URL(target)
    if (url.origin !== issuer.origin) throw new Error('our own pages speak to their own server alone')
    const answer = await inject(dispatch, {
      method,
      url: `${url.pathname}${url.search}`,
      headers: { ...headers, host: issuer.host, 'user-agent': userAgent ?? 'latchkey' },
      ...(address !== undefined && { remoteAddress: address }),
      ...(body instanceof URLSearchParams && { payload: body.toString() }),
    })
    const type = answer.headers['content-type']
    return new Response(new Uint8Array(answer.rawPayload), {
      status: answer.statusCode,
      headers: typeof type === 'string' ? { 'content-type': type } : {},
    })
  }
}

/** Where the browser goes next, and the cookies it is to forget. */
export interface SignedOut {
  readonly location: string
  readonly setCookies: readonly string[]
}

/**
 * RP-Initiated Logout §2: the provider asks the person before it ends a session, because any site may send a browser there.
 * Our own form, with its token, is that answer already: so the question is answered here, with the browser's own cookies.
 * If it is not the question we know, the browser is sent to see for itself.
 */
export async function confirmSignOut(
  { issuer, dispatch, url }: OwnServer & { readonly url: URL },
  { address, userAgent, cookies }: Visitor & { readonly cookies: string },
): Promise<SignedOut> {
  const shared = { host: issuer.host, 'user-agent': userAgent ?? 'latchkey', accept: 'text/html' }
  const from = { ...(address !== undefined && { remoteAddress: address }) }
  const headers = { ...shared, cookie: cookies }
  const asked = await inject(dispatch, {
    ...from,
    method: 'GET',
    url: `${url.pathname}${url.search}`,
    headers,
  })
  const xsrf = /name="xsrf" value="([\w-]+)"/.exec(asked.payload)?.[1]
  if (xsrf === undefined) return { location: url.href, setCookies: [] }
  const given = asked.cookies.map(({ name, value }) => `${name}=${value}`)
  const confirmed = await inject(dispatch, {
    ...from,
    method: 'POST',
    url: '/oauth/logout/confirm',
    headers: {
      ...shared,
      cookie: [cookies, ...given].join('; '),
      origin: issuer.origin,
      'sec-fetch-site': 'same-origin',
      'content-type': 'application/x-www-form-urlencoded',
    },
    payload: new URLSearchParams({ xsrf, logout: 'yes' }).toString(),
  })
  const { location } = confirmed.headers
  if (confirmed.statusCode !== 303 || typeof location !== 'string')
    return { location: url.href, setCookies: [] }
  return { location, setCookies: [confirmed.headers['set-cookie'] ?? []].flat() }
}
