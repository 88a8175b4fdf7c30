/** Look-ups that are asked for in the same moment travel together in one statement. */

import { tooManyWaiting } from './failures.ts'

/** Answers many keys at once, in the order they were asked for; undefined for what was not found. */
export type LoadMany<Key, Value> = (keys: readonly Key[]) => Promise<readonly (Value | undefined)[]>

/** How far a batcher goes. */
export interface BatchOptions {
  readonly maxBatch: number
  /** Batches under way at once; what comes meanwhile waits for the next and makes it larger. */
  readonly maxUnderWay: number
}

interface Waiting<Key, Value> {
  readonly key: Key
  readonly resolve: (value: Value | undefined) => void
  readonly reject: (error: unknown) => void
}

// A database that hangs must not be waited for by everybody there is: who comes after these is told at once.
const mostWaiting = 20_000

/** A look-up of single keys over a loader of many. Every caller gets the answer of a load that began after it asked. */
export function createBatcher<Key, Value>(
  load: LoadMany<Key, Value>,
  { maxBatch, maxUnderWay }: BatchOptions,
): (key: Key) => Promise<Value | undefined> {
  let queue: Waiting<Key, Value>[] = []
  let underWay = 0
  let scheduled = false

  const run = async (): Promise<void> => {
    const batch = queue.slice(0, maxBatch)
    queue = queue.slice(maxBatch)
    underWay += 1
    try {
      const values = await load(batch.map(({ key }) => key))
      batch.forEach(({ resolve }, index) => resolve(values[index]))
    } catch (error) {
      for (const { reject } of batch) reject(error)
    } finally {
      underWay -= 1
      start()
    }
  }
  const start = (): void => {
    const batches = Math.ceil(queue.length / maxBatch)
    for (let batch = Math.min(batches, maxUnderWay - underWay); batch > 0; batch -= 1) void run()
  }
  const schedule = (): void => {
    if (scheduled) return
    scheduled = true
    // After the input that is ready now has been read: requests that arrived together are asked for together.
    setImmediate(() => {
      scheduled = false
      start()
    })
  }
  return (key) =>
    new Promise((resolve, reject) => {
      if (queue.length >= mostWaiting) return reject(new Error(tooManyWaiting))
      queue.push({ key, resolve, reject })
      schedule()
    })
}
