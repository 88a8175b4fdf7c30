/**
 * Rows kept in memory, and forgotten when they change. A look-up is trusted only while changes are heard of: otherwise
 * every question goes to the database and nothing is kept, so that what was revoked elsewhere is never allowed here.
 */
import type { Changes } from './db/changes.ts'
import { oldestOf } from './oldest.ts'

/** What a look-up needs to know of the changes: which there are, and whether all of them are heard. */
export type ChangeSource = Pick<Changes, 'subscribe' | 'isTrusted' | 'onTrustLost'>

/** What a look-up needs. */
export interface LookupOptions<T> {
  /** The kind of change that concerns it. */
  readonly kind: string
  readonly changes: ChangeSource
  /** Reads from the database; undefined if there is no such row. */
  readonly load: (id: string) => Promise<T | undefined>
  readonly maxEntries: number
  readonly maxAgeMilliseconds: number
  /** How long it is remembered that there is no such row. Adding a row is not always heard of, so keep it short; 0 is never. */
  readonly maxAbsenceMilliseconds: number
  /** A clock that only goes forward, such as `performance.now`. */
  readonly nowMilliseconds: () => number
}

/** Rows by id, from memory where that is safe. */
export interface Lookup<T> {
  readonly get: (id: string) => Promise<T | undefined>
  /** The row if it is in memory and may be used; never asks the database. */
  readonly peek: (id: string) => T | undefined
  /** Forgets one row, at once: for the instance that changed it. */
  readonly drop: (id: string) => void
  readonly clear: () => void
}

/** Makes a look-up that forgets what `changes` names, and everything when they can no longer be heard. */
export function createLookup<T>(options: LookupOptions<T>): Lookup<T> {
  const { kind, changes, nowMilliseconds } = options
  // Apart, so that asking for ids that do not exist cannot push out those that do.
  const present = createShelf<T>(options.maxEntries, nowMilliseconds)
  const absent = createShelf<undefined>(options.maxEntries, nowMilliseconds)
  // The loads that newcomers may share and whose results may be kept. Forgetting an id takes its load out of here:
  // those who wait for it already had asked before the change was heard of, and nobody else gets it.
  const loads = new Map<string, Load<T>>()

  const drop = (id: string): void => {
    loads.delete(id)
    present.delete(id)
    absent.delete(id)
  }
  const clear = (): void => {
    loads.clear()
    present.clear()
    absent.clear()
  }
  const begin = (id: string): Load<T> => {
    // Counted from before the load, when what it finds was certainly true.
    const startedAt = nowMilliseconds()
    const end = (): boolean => loads.get(id) === load && loads.delete(id) && changes.isTrusted()
    const result = loadOnce(options, id).then(
      (value) => {
        if (!end()) return value
        if (value === undefined) absent.set(id, undefined, startedAt + options.maxAbsenceMilliseconds)
        else present.set(id, value, startedAt + options.maxAgeMilliseconds)
        return value
      },
      (error: unknown) => {
        end()
        throw error
      },
    )
    const load = { result }
    loads.set(id, load)
    return load
  }

  changes.subscribe((change) => {
    if (change.kind === kind) drop(change.id)
  })
  changes.onTrustLost(clear)
  return {
    get: async (id) => {
      // Not shared either: whoever asks now may know of a change that nobody will tell us about.
      if (!changes.isTrusted()) return options.load(id)
      const kept = present.get(id) ?? absent.get(id)
      return kept === undefined ? (loads.get(id) ?? begin(id)).result : kept.value
    },
    peek: (id) => (changes.isTrusted() ? present.get(id)?.value : undefined),
    drop,
    clear,
  }
}

interface Load<T> {
  readonly result: Promise<T | undefined>
}

interface Kept<T> {
  readonly value: T
  readonly until: number
}

interface Shelf<T> {
  readonly get: (id: string) => Kept<T> | undefined
  readonly set: (id: string, value: T, until: number) => void
  readonly delete: (id: string) => void
  readonly clear: () => void
}

/** A bounded map that gives up what was used longest ago, and shows nothing that is too old. */
function createShelf<T>(maxEntries: number, nowMilliseconds: () => number): Shelf<T> {
  const entries = new Map<string, Kept<T>>()
  const oldestEntry = oldestOf(entries)
  return {
    get: (id) => {
      const kept = entries.get(id)
      if (kept === undefined) return undefined
      if (kept.until <= nowMilliseconds()) {
        entries.delete(id)
        return undefined
      }
      // A map keeps the order of insertion, so what is put back is the last to go: worth it when something may have to.
      if (entries.size * 2 > maxEntries) {
        entries.delete(id)
        entries.set(id, kept)
      }
      return kept
    },
    set: (id, value, until) => {
      entries.delete(id)
      entries.set(id, { value, until })
      const oldest = entries.size > maxEntries ? oldestEntry() : undefined
      if (oldest !== undefined) entries.delete(oldest)
    },
    delete: (id) => entries.delete(id),
    clear: () => entries.clear(),
  }
}

// Async, so that a load that throws at once fails its waiters like any other.
async function loadOnce<T>({ load }: LookupOptions<T>, id: string): Promise<T | undefined> {
  return load(id)
}
