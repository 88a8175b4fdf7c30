/** What is searched for, as text that the database takes. */
export function searchOf(query: URLSearchParams, name = 'search'): string {
  return (query.get(name) ?? '')
    .toWellFormed()
    .replaceAll(/\p{Cc}/gu, ' ')
    .trim()
    .slice(0, 200)
}

/** Addresses of the first and the next page of a list: its filters stay in them. Undefined where there is no such page. */
export function placesOf(
  path: string,
  filters: Readonly<Record<string, string>>,
  { after, next }: { readonly after: string | undefined; readonly next: string | undefined },
): { readonly firstUrl: string | undefined; readonly nextUrl: string | undefined } {
  const urlOf = (place: string | undefined): string => {
    const query = new URLSearchParams(Object.entries(filters).filter(([, value]) => value !== ''))
    if (place !== undefined) query.set('after', place)
    return query.size === 0 ? path : `${path}?${query.toString()}`
  }
  return {
    firstUrl: after === undefined ? undefined : urlOf(undefined),
    nextUrl: next === undefined ? undefined : urlOf(next),
  }
}
