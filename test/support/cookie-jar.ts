/** The cookies of one browser at one origin (RFC 6265, as far as this server uses it). */
export interface CookieJar {
  readonly take: (url: URL, setCookies: readonly string[]) => void
  readonly headerFor: (url: URL) => string
  /** Name and value of every living cookie. */
  readonly all: () => ReadonlyMap<string, string>
  /** Every value that was ever set, also those that are gone. */
  readonly everSet: () => ReadonlySet<string>
  readonly remove: (name: string) => void
  readonly clear: () => void
}

interface Cookie {
  readonly name: string
  readonly value: string
  readonly path: string
}

/** An empty jar. */
export function createCookieJar(): CookieJar {
  const cookies = new Map<string, Cookie>()
  const values = new Set<string>()
  return {
    take: (url, setCookies) => {
      for (const text of setCookies) {
        const cookie = parseCookie(text, url)
        const key = `${cookie.path} ${cookie.name}`
        if (cookie.value === '' || cookie.expired) cookies.delete(key)
        else cookies.set(key, cookie)
        if (cookie.value !== '') values.add(cookie.value)
      }
    },
    headerFor: ({ pathname }) =>
      [...cookies.values()]
        .filter(({ path }) => isUnder(pathname, path))
        .map(({ name, value }) => `${name}=${value}`)
        .join('; '),
    all: () => new Map([...cookies.values()].map(({ name, value }) => [name, value])),
    everSet: () => values,
    remove: (name) => {
      for (const [key, cookie] of cookies) if (cookie.name === name) cookies.delete(key)
    },
    clear: () => cookies.clear(),
  }
}

function parseCookie(text: string, url: URL): Cookie & { readonly expired: boolean } {
  const [pair = '', ...attributes] = text.split(';').map((part) => part.trim())
  const equals = pair.indexOf('=')
  const named = new Map(
    attributes.map((attribute) => {
      const [name = '', ...value] = attribute.split('=')
      return [name.toLowerCase(), value.join('=')]
    }),
  )
  const expires = named.get('expires')
  return {
    name: pair.slice(0, equals),
    value: pair.slice(equals + 1),
    path: named.get('path') ?? defaultPath(url.pathname),
    expired: expires !== undefined && Date.parse(expires) <= Date.now(),
  }
}

/** RFC 6265 §5.1.4. */
function defaultPath(pathname: string): string {
  return pathname.slice(0, Math.max(1, pathname.lastIndexOf('/')))
}

/** RFC 6265 §5.1.4: a cookie's path covers itself and what is below it. */
function isUnder(pathname: string, path: string): boolean {
  return pathname === path || pathname.startsWith(path.endsWith('/') ? path : `${path}/`)
}
