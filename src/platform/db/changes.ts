/**
 * What other instances changed, told by PostgreSQL's LISTEN/NOTIFY as each change commits. Caches live by it, so the
 * question is always whether silence means that nothing changed. It is answered by a heartbeat on the same connection:
 * an answer proves that everything committed before the question was asked has been heard. Without a recent answer
 * there is no trust, and caches are not used.
 */
import { setImmediate as nextTurn, setTimeout as delay } from 'node:timers/promises'
import { z } from 'zod'
import type { Connection } from './open.ts'
import { openConnection } from './open.ts'
import { listenerName } from './listeners.ts'

/** Something of this kind, with this id, is no longer what it was. */
export type Change = z.infer<typeof change>

/** The changes of all instances, and whether they can be relied on right now. */
export interface Changes {
  /** Calls the listener with every change; the returned function ends that. */
  readonly subscribe: (listener: (change: Change) => void) => () => void
  /** True if every change committed until a moment ago has been heard. Cheap: ask before each use of a cache. */
  readonly isTrusted: () => boolean
  /** Calls the listener whenever changes may have been missed: forget everything. Also just before trust returns. */
  readonly onTrustLost: (listener: () => void) => () => void
  readonly close: () => Promise<void>
}

/** Where to listen, and how closely. */
export interface ChangesOptions {
  readonly url: string
  readonly channel?: string
  readonly heartbeatMilliseconds?: number
  /** Told each time the connection is lost or refused. */
  readonly onError: (error: Error) => void
}

const change = z.object({ kind: z.string().min(1), id: z.string() })

const connectTimeoutMilliseconds = 1000
const answerMilliseconds = 400
// One interval, one answer, and a little for the scheduler.
const trustMilliseconds = 700
const shortestBackoffMilliseconds = 100
const longestBackoffMilliseconds = 1000

/** Starts listening at once and for good; trust comes with the first answer. */
export function openChanges(options: ChangesOptions): Changes {
  const { url, channel = 'latchkey_changes', heartbeatMilliseconds = 250, onError } = options
  const closing = new AbortController()
  const listeners = new Set<(change: Change) => void>()
  const lossListeners = new Set<() => void>()
  let heard: Moment | undefined

  const forgetEverything = () => lossListeners.forEach((listener) => listener())
  const loseTrust = () => {
    if (heard === undefined) return
    heard = undefined
    forgetEverything()
  }
  const onNotification = (payload: string) => {
    const parsed = parseChange(payload)
    if (parsed === undefined) forgetEverything()
    else listeners.forEach((listener) => listener(parsed))
  }
  const listen = async () => {
    const lost = new AbortController()
    const onEnd = () => {
      lost.abort()
      loseTrust()
    }
    const connection = await openConnection({
      url,
      applicationName: listenerName,
      connectTimeoutMilliseconds,
      onNotification,
      onEnd,
    })
    try {
      await connection.query(`listen "${channel}"`)
      while (!closing.signal.aborted) {
        const asked = now()
        await answered(connection, channel, lost.signal)
        // Whatever was kept before listening began may be out of date.
        if (heard === undefined) forgetEverything()
        heard = asked
        await delay(heartbeatMilliseconds, undefined, {
          signal: AbortSignal.any([closing.signal, lost.signal]),
        })
      }
    } finally {
      loseTrust()
      if (closing.signal.aborted && !lost.signal.aborted) await connection.close()
      else connection.destroy()
    }
  }
  const maintained = maintain(listen, closing.signal, onError)

  return {
    subscribe: (listener) => registered(listeners, listener),
    onTrustLost: (listener) => registered(lossListeners, listener),
    isTrusted: () => heard !== undefined && isRecent(heard),
    close: async () => {
      closing.abort()
      await maintained
    },
  }
}

/** Listens again and again until it is closed. */
async function maintain(
  listen: () => Promise<void>,
  closing: AbortSignal,
  onError: (error: Error) => void,
): Promise<void> {
  let backoffMilliseconds = shortestBackoffMilliseconds
  while (!closing.aborted) {
    const began = performance.now()
    await listen().catch((error: unknown) => {
      if (!closing.aborted) onError(error instanceof Error ? error : new Error(String(error)))
    })
    if (performance.now() - began > 2 * longestBackoffMilliseconds)
      backoffMilliseconds = shortestBackoffMilliseconds
    await delay(backoffMilliseconds, undefined, { signal: closing }).catch(() => {})
    backoffMilliseconds = Math.min(backoffMilliseconds * 2, longestBackoffMilliseconds)
  }
}

/**
 * Asks the server for a sign of life. A half-open connection gives none, and no error either. The question is whether this
 * session still listens: a pooler that hands each statement to another session would answer for one that does not.
 */
async function answered(connection: Connection, channel: string, lost: AbortSignal): Promise<void> {
  const question = new AbortController()
  const answer = connection
    .query<{ channel: string }>('select pg_listening_channels() as channel')
    .finally(() => question.abort())
  const silence = delay(answerMilliseconds, undefined, { signal: AbortSignal.any([question.signal, lost]) })
    // If this process was held up, the answer may be waiting to be read: look once before giving up.
    .then(() => nextTurn())
    .catch(() => {})
  await Promise.race([answer, silence])
  if (!question.signal.aborted) {
    answer.catch(() => {})
    throw new Error('the change listener lost its connection to the database')
  }
  if (!(await answer).some((listening) => listening.channel === channel)) {
    throw new Error('the session that answers for the change listener does not listen')
  }
}

interface Moment {
  readonly monotonicMilliseconds: number
  readonly wallMilliseconds: number
}

function now(): Moment {
  return { monotonicMilliseconds: performance.now(), wallMilliseconds: Date.now() }
}

/** By both clocks: the monotonic one stands still while a machine sleeps, the other may be set back. */
function isRecent({ monotonicMilliseconds, wallMilliseconds }: Moment): boolean {
  return (
    performance.now() - monotonicMilliseconds < trustMilliseconds &&
    Math.abs(Date.now() - wallMilliseconds) < trustMilliseconds
  )
}

function parseChange(payload: string): Change | undefined {
  try {
    return change.safeParse(JSON.parse(payload)).data
  } catch {
    return undefined
  }
}

function registered<T>(set: Set<T>, listener: T): () => void {
  set.add(listener)
  return () => void set.delete(listener)
}
