/** How many outbound requests may be under way at once, altogether and to one origin. */
export interface Places {
  /** Takes a place, or says that there is none. Nobody waits: a queue would let one slow host hold up the others. */
  readonly take: (origin: string) => boolean
  readonly giveBack: (origin: string) => void
}

/** Counts places; the count for an origin disappears with its last request, so the table stays as small as the traffic. */
export function createPlaces(limits: { readonly total: number; readonly perOrigin: number }): Places {
  const takenByOrigin = new Map<string, number>()
  let taken = 0
  return {
    take: (origin) => {
      const here = takenByOrigin.get(origin) ?? 0
      if (taken >= limits.total || here >= limits.perOrigin) return false
      taken += 1
      takenByOrigin.set(origin, here + 1)
      return true
    },
    giveBack: (origin) => {
      const left = (takenByOrigin.get(origin) ?? 1) - 1
      taken -= 1
      if (left === 0) takenByOrigin.delete(origin)
      else takenByOrigin.set(origin, left)
    },
  }
}
