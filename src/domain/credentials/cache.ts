/**
 * Credentials that were resolved a moment ago, by the hash of the whole credential. Trusted only while changes are heard
 * of; every entry carries the names of all changes that end it, and a resolution that was under way when one of them
 * happened is answered and not kept. Bounded in entries.
 */
import type { ChangeSource } from '../../platform/cache.ts'
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

/** Opens the cache. Entries end by tag (`client:…`, `grant:…`), and `token:<hash>` ends the credential itself. */
export function createCredentialCache({
  changes,
  maxEntries,
  nowMilliseconds,
}: CredentialCacheOptions): CredentialCache {
  const entries = new Map<string, Resolution>()
  const hashesByTag = new Map<string, Set<string>>()
  const underWay = new Set<UnderWay>()

  const remove = (hash: string, resolution: Resolution): void => {
    entries.delete(hash)
    for (const tag of resolution.tags) {
      const hashes = hashesByTag.get(tag)
      hashes?.delete(hash)
      if (hashes?.size === 0) hashesByTag.delete(tag)
    }
  }
  const end = (tag: string): void => {
    for (const load of underWay) load.ended.add(tag)
    for (const hash of [...(hashesByTag.get(tag) ?? [])]) {
      const resolution = entries.get(hash)
      if (resolution !== undefined) remove(hash, resolution)
    }
  }
  const clear = (): void => {
    entries.clear()
    hashesByTag.clear()
    for (const load of underWay) load.isDoubtful = true
  }
  const keep = (hash: string, resolution: Resolution): void => {
    const known = entries.get(hash)
    if (known !== undefined) remove(hash, known)
    // The oldest go first; a Map remembers the order in which they came.
    const oldest = entries.size >= maxEntries ? entries.entries().next().value : undefined
    if (oldest !== undefined) remove(...oldest)
    entries.set(hash, resolution)
    for (const tag of resolution.tags) {
      const hashes = hashesByTag.get(tag)
      if (hashes === undefined) hashesByTag.set(tag, new Set([hash]))
      else hashes.add(hash)
    }
  }

  changes.onTrustLost(clear)
  changes.subscribe((change) => {
    if (change.kind === 'signing_keys') clear()
    else end(`${change.kind}:${change.id}`)
  })
  return {
    get: (hash) => {
      const resolution = entries.get(hash)
      if (resolution === undefined || !changes.isTrusted()) return undefined
      if (resolution.validUntilMilliseconds > nowMilliseconds()) return resolution
      remove(hash, resolution)
      return undefined
    },
    remember: async (hash, resolve) => {
      const load: UnderWay = { ended: new Set(), isDoubtful: !changes.isTrusted() }
      underWay.add(load)
      try {
        const resolution = await resolve()
        const mayKeep =
          resolution !== undefined &&
          !load.isDoubtful &&
          changes.isTrusted() &&
          !resolution.tags.some((tag) => load.ended.has(tag))
        if (mayKeep) keep(hash, resolution)
        return resolution
      } finally {
        underWay.delete(load)
      }
    },
    clear,
    size: () => entries.size,
  }
}
