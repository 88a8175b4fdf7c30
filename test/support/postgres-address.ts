/** Where a PostgreSQL is, for whatever stands between it and a server. */

/** What to connect to for the url, which may name a Unix socket. */
export function targetOf(url: string): { path: string } | { host: string; port: number } {
  const query = new URLSearchParams(url.split('?')[1])
  const host = query.get('host')
  if (host?.startsWith('/') === true) return { path: `${host}/.s.PGSQL.${query.get('port') ?? '5432'}` }
  const { hostname, port } = new URL(url)
  return { host: hostname, port: Number(port === '' ? 5432 : port) }
}

/** The same database and role by way of a port of this machine. */
export function throughPort(url: string, port: number): string {
  return url.replace(/^(postgres(?:ql)?:\/\/[^@]*@)[^/]*(\/[^?]*).*$/, `$1127.0.0.1:${port}$2`)
}
