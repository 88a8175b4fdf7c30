/**
 * URLs that are compared as strings. Only a URL that every parser reads the same way is accepted, in the one form
 * that parsers write, so that equal strings mean equal places and different strings never mean the same.
 */

/** What is allowed beyond https without a fragment. */
export interface UrlAllowance {
  /** http to this machine, for development and native apps (RFC 8252 §7.3). */
  readonly loopbackHttp?: boolean
  readonly fragment?: boolean
}

const maximumLength = 2000
const loopbackHosts = new Set(['127.0.0.1', '[::1]', 'localhost'])

// RFC 3986 §2, without `*`, which no URL needs and others read as a pattern; `#` is looked at before.
const uriCharacters = /^(?:[\w.~:/?[\]@!$&'()+,;=-]|%[\dA-Fa-f]{2})*$/
const encodedControl = /%(?:[01][\dA-Fa-f]|7[Ff])/
// What a second decoding turns into other path segments: `%2e`, `%2f`, `%5c`, `%25`.
const encodedPathSyntax = /%(?:2[EeFf5]|5[Cc])/
// `..;/` is a parent folder to some servers, and nothing to the URL parser (T16).
const dotSegment = /(?:^|\/)(?:\.\.|\.(?:;|\/|$))/

/** What is wrong with a URL, as the end of a sentence, or undefined if it may be kept and compared as it stands. */
export function exactUrlProblem(text: string, allowance: UrlAllowance = {}): string | undefined {
  if (text.length > maximumLength) return `is longer than ${maximumLength} characters`
  const [base = '', ...fragments] = text.split('#')
  // RFC 6749 §3.1.2, RFC 8707 §2: the URI MUST NOT include a fragment component.
  if (fragments.length > 0 && allowance.fragment !== true) return 'has a fragment'
  if (base.includes('*')) return 'has a wildcard; list every URL by itself'
  if (![base, ...fragments].every((part) => uriCharacters.test(part))) {
    return 'has a character that has no place in a URL'
  }
  const url = URL.parse(text)
  if (url === null) return 'is not an absolute URL'
  return placeProblem(url, allowance) ?? formProblem(text, url)
}

/** True for the names of this machine that RFC 8252 §7.3 and §8.3 speak of, as `URL.hostname` writes them. */
export function isLoopbackHost(hostname: string): boolean {
  return loopbackHosts.has(hostname)
}

function placeProblem(url: URL, { loopbackHttp }: UrlAllowance): string | undefined {
  const local = url.protocol === 'http:' && isLoopbackHost(url.hostname)
  // RFC 9700 §2.6: no unencrypted redirect but to the loopback interface.
  if (url.protocol !== 'https:' && !(local && loopbackHttp === true)) {
    return loopbackHttp === true
      ? 'must use https, or http to 127.0.0.1, [::1] or localhost'
      : 'must use https'
  }
  if (url.username !== '' || url.password !== '') return 'has a user name or password'
  if (url.hostname.endsWith('.')) return 'has a host that ends with a dot'
  return undefined
}

function formProblem(text: string, url: URL): string | undefined {
  // A URL without a path means the same with `/`, and many are registered that way.
  const bare = url.pathname === '/' && url.search === '' && url.hash === ''
  if (url.href !== text && !(bare && url.href === `${text}/`))
    return `is not in its plain form, which is ${url.href}`
  if (/^[^?#]*\?(?:#|$)/.test(text)) return 'ends with an empty query'
  if (encodedControl.test(text)) return 'has an encoded control character'
  if (encodedPathSyntax.test(url.pathname))
    return 'has an encoded dot, slash, backslash or percent sign in its path'
  if (dotSegment.test(url.pathname)) return 'has a dot segment in its path'
  return undefined
}
