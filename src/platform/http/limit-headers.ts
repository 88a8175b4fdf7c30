/** How a limit stands, as those whom it limits may be told. */
export interface LimitStand {
  readonly name: string
  readonly requests: number
  readonly windowSeconds: number
  /** How much of it may be used in one go, if that is not all. */
  readonly burst?: number | undefined
  readonly remaining: number
  readonly resetSeconds: number
}

/** The policy, as draft-ietf-httpapi-ratelimit-headers writes it. */
export function limitPolicy({ name, requests, windowSeconds, burst }: LimitStand): string {
  return `"${name}";q=${requests};w=${windowSeconds}${burst === undefined ? '' : `;burst=${burst}`}`
}

/** What is left of it, and until it is whole again, or until there is something again. */
export function limitState({ name, remaining, resetSeconds }: LimitStand): string {
  return `"${name}";r=${remaining};t=${resetSeconds}`
}

/** Both fields, name before value; nothing if nothing was taken. */
export function limitHeaders(limit: LimitStand | undefined): readonly string[] {
  return limit === undefined ? [] : ['RateLimit-Policy', limitPolicy(limit), 'RateLimit', limitState(limit)]
}
