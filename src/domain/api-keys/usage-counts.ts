/** Uses added up in memory, by key. Bounded, whatever callers ask for. */
import { isKeyId } from './secret.ts'
import type { Slot } from './secret.ts'

/** One answer about a key. */
export interface KeyUse {
  readonly keyId: string
  /** The secret that was presented; its last use is written down whatever the outcome was. */
  readonly slot: Slot
  /** A code from a closed list, such as `allowed` or `rate_limited`. */
  readonly outcome: string
  /** The scopes that were asked for and granted: those the key exercised. */
  readonly scopes: readonly string[]
  /** Where the end caller came from, as far as it is known. */
  readonly address: string | undefined
  readonly userAgent: string | undefined
  readonly at: Date
}

/** What was counted of one key. */
export interface Counts {
  /** By hour since 1970, then by outcome. */
  readonly hours: Map<number, Map<string, number>>
  readonly lastUses: Map<Slot, LastUse>
  readonly scopes: Map<string, Span>
}

type LastUse = Pick<KeyUse, 'at' | 'address' | 'userAgent'>

/** The first and the last time of something. */
interface Span {
  first: Date
  last: Date
}

const hourMilliseconds = 3_600_000
// Bounds what one key can take up in memory, whatever its callers ask for.
const mostScopesPerKey = 1000
const mostHoursPerKey = 48
/** What is counted of a key, or undefined if there is no room for another. */
export function countsOf(all: Map<string, Counts>, keyId: string, mostKeys: number): Counts | undefined {
  const known = all.get(keyId)
  if (known !== undefined) return known
  // What is no id would keep the whole statement from being accepted.
  if (all.size >= mostKeys || !isKeyId(keyId)) return undefined
  const counts: Counts = { hours: new Map(), lastUses: new Map(), scopes: new Map() }
  all.set(keyId, counts)
  return counts
}

/** Adds one use. */
export function add(counts: Counts, { slot, outcome, scopes, at, address, userAgent }: KeyUse): void {
  addCount(counts, { hour: Math.floor(at.getTime() / hourMilliseconds), outcome, number: 1 })
  addLastUse(counts, slot, { at, address, userAgent })
  for (const scope of scopes) addSpan(counts, scope, { first: at, last: at })
}

function addCount(
  { hours }: Counts,
  { hour, outcome, number }: { readonly hour: number; readonly outcome: string; readonly number: number },
): void {
  let outcomes = hours.get(hour)
  if (outcomes === undefined) {
    if (hours.size >= mostHoursPerKey) return
    outcomes = new Map()
    hours.set(hour, outcomes)
  }
  outcomes.set(outcome, (outcomes.get(outcome) ?? 0) + number)
}

function addLastUse({ lastUses }: Counts, slot: Slot, use: LastUse): void {
  const known = lastUses.get(slot)
  if (known === undefined || use.at >= known.at) lastUses.set(slot, use)
}

function addSpan({ scopes }: Counts, scope: string, { first, last }: Span): void {
  const known = scopes.get(scope)
  if (known === undefined) {
    if (scopes.size < mostScopesPerKey) scopes.set(scope, { first, last })
    return
  }
  if (first < known.first) known.first = first
  if (last > known.last) known.last = last
}

/** Adds counts that could not be written to those counted since, and says how many uses found no room. */
export function putBack(
  all: Map<string, Counts>,
  taken: readonly [string, Counts][],
  mostKeys: number,
): number {
  let dropped = 0
  for (const [keyId, from] of taken) {
    const counts = countsOf(all, keyId, mostKeys)
    for (const [hour, outcomes] of from.hours) {
      for (const [outcome, number] of outcomes) {
        if (counts === undefined) dropped += number
        else addCount(counts, { hour, outcome, number })
      }
    }
    if (counts === undefined) continue
    for (const [slot, use] of from.lastUses) addLastUse(counts, slot, use)
    for (const [scope, span] of from.scopes) addSpan(counts, scope, span)
  }
  return dropped
}
