/**
 * Credentials that were resolved a moment ago, by the hash of the whole credential. Trusted only while changes are heard
 * of; every entry carries the names of all changes that end it, and a resolution that was under way when one of them
 * happened is answered and not kept. Bounded in entries.
 */
import type { ChangeSource } from '../../platform/cache.ts'
import { oldestOf } from '../../platform/oldest.ts'
import type { Resolution } from './principal.ts'

/** What a cache needs. */
export interface CredentialCacheOptions {
  readonly changes: ChangeSource
  readonly maxEntries: number
  /** Milliseconds since the epoch, as expiry times are. */
  readonly nowMilliseconds: () => number
}

/** Resolved credentials in memory. */
export interface CredentialCache {
  readonly get: (credentialHash: string) => Resolution | undefined
  /** Runs a resolution and keeps what it found, unless something happened to it meanwhile. */
  readonly remember: (
    credentialHash: string,
    resolve: () => Promise<Resolution | undefined>,
  ) => Promise<Resolution | undefined>
  readonly clear: () => void
  readonly size: () => number
}

interface UnderWay {
  readonly ended: Set<string>
  isDoubtful: boolean
}

/** Opens the cache. Entries end by tag (`client:…`, `grant:…`), and `token:<hash>` ends the credential itself, untold. */
export function createCredentialCache(options: CredentialCacheOptions): CredentialCache {
  const { changes, nowMilliseconds } = options
  const shelf = createTaggedShelf(options.maxEntries)
  const underWay = new Set<UnderWay>()
  const clear = (): void => {
    shelf.clear()
    for (const load of underWay) load.isDoubtful = true
  }
  const end = (tag: string): void => {
    if (tag.startsWith(ownTagStart)) shelf.remove(tag.slice(ownTagStart.length))
    shelf.endTag(tag)
    for (const load of underWay) load.ended.add(tag)
  }
  changes.onTrustLost(clear)
  changes.subscribe(({ kind, id }) => {
    // A key that was withdrawn verifies nothing any more, and a JWT does not say here which key signed it.
    if (kind === 'signing_keys') clear()
    else end(`${kind}:${id}`)
  })
  return {
    get: (hash) => {
      const resolution = shelf.get(hash)
      if (resolution === undefined || !changes.isTrusted()) return undefined
      if (resolution.validUntilMilliseconds > nowMilliseconds()) return resolution
      shelf.remove(hash)
      return undefined
    },
    remember: async (hash, resolve) => {
      const load: UnderWay = { ended: new Set(), isDoubtful: !changes.isTrusted() }
      underWay.add(load)
      try {
        const resolution = await resolve()
        if (resolution === undefined || load.isDoubtful || !changes.isTrusted()) return resolution
        const isEnded =
          load.ended.has(ownTagStart + hash) || resolution.tags.some((tag) => load.ended.has(tag))
        if (!isEnded) shelf.set(hash, resolution)
        return resolution
      } finally {
        underWay.delete(load)
      }
    },
    clear,
    size: shelf.size,
  }
}

const ownTagStart = 'token:'

interface TaggedShelf {
  readonly get: (hash: string) => Resolution | undefined
  readonly set: (hash: string, resolution: Resolution) => void
  readonly remove: (hash: string) => void
  readonly endTag: (tag: string) => void
  readonly clear: () => void
  readonly size: () => number
}

/** Entries by hash, and the hashes by tag. The oldest entry goes when it is full: a Map remembers who came first. */
function createTaggedShelf(maxEntries: number): TaggedShelf {
  const entries = new Map<string, Resolution>()
  const oldestHash = oldestOf(entries)
  const hashesByTag = new Map<string, Set<string>>()
  const remove = (hash: string): void => {
    for (const tag of entries.get(hash)?.tags ?? []) {
      const hashes = hashesByTag.get(tag)
      hashes?.delete(hash)
      if (hashes?.size === 0) hashesByTag.delete(tag)
    }
    entries.delete(hash)
  }
  return {
    get: (hash) => entries.get(hash),
    set: (hash, resolution) => {
      remove(hash)
      const oldest = entries.size >= maxEntries ? oldestHash() : undefined
      if (oldest !== undefined) remove(oldest)
      entries.set(hash, resolution)
      for (const tag of resolution.tags) {
        const hashes = hashesByTag.get(tag)
        if (hashes === undefined) hashesByTag.set(tag, new Set([hash]))
        else hashes.add(hash)
      }
    },
    remove,
    endTag: (tag) => {
      for (const hash of Array.from(hashesByTag.get(tag) ?? [])) remove(hash)
    },
    clear: () => {
      entries.clear()
      hashesByTag.clear()
    },
    size: () => entries.size,
  }
}
