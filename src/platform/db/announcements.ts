import type { Change, Changes } from './changes.ts'

/** Changes of all instances, and at once those that this instance made itself. */
export interface Announcements extends Pick<Changes, 'subscribe' | 'isTrusted' | 'onTrustLost'> {
  /** Tells this instance's caches of a change that has committed, without waiting for the database to say so. */
  readonly announce: (change: Change) => void
}

/** Adds what this instance says to what it hears. */
export function withAnnouncements(changes: Changes): Announcements {
  const listeners = new Set<(change: Change) => void>()
  return {
    isTrusted: changes.isTrusted,
    onTrustLost: changes.onTrustLost,
    announce: (change) => {
      for (const tell of listeners) tell(change)
    },
    subscribe: (listener) => {
      listeners.add(listener)
      const stop = changes.subscribe(listener)
      return () => {
        listeners.delete(listener)
        stop()
      }
    },
  }
}
