import { Refusal } from '../../platform/errors.ts'

/**
 * Gives out a fixed number of turns; those who come later wait in line, and the line has an end. Those who go `first` wait
 * in another line, just as long, which is served before the common one.
 */
export interface Turns {
  /** Whether somebody who came now would be refused: asked before anything is done for them. */
  readonly isFull: () => boolean
  readonly take: <T>(work: () => Promise<T>, options?: { readonly first?: boolean }) => Promise<T>
}

/** When to come back who finds the line full. */
export const busyRetryAfterSeconds = 2

/**
 * Makes the turns for work that is costly on purpose. A full line refuses at once: whoever waits longer than a person
 * would only keeps memory, and a flood of sign-ins must not slow down everything else.
 */
export function createTurns(bounds: { readonly maxConcurrent: number; readonly maxWaiting: number }): Turns {
  const waiting: (() => void)[] = []
  const first: (() => void)[] = []
  let running = 0

  async function start(line: (() => void)[]): Promise<void> {
    if (running < bounds.maxConcurrent) {
      running += 1
      return
    }
    if (line.length >= bounds.maxWaiting) {
      throw new Refusal('temporarily_unavailable', 'The server is busy. Try again in a moment.', {
        retryAfterSeconds: busyRetryAfterSeconds,
      })
    }
    await new Promise<void>((resolve) => line.push(resolve))
  }

  // The turn is handed to the next in line, so nobody who comes in between can take it.
  function finish(): void {
    const next = first.shift() ?? waiting.shift()
    if (next === undefined) running -= 1
    else next()
  }

  return {
    isFull: () => running >= bounds.maxConcurrent && waiting.length >= bounds.maxWaiting,
    take: async (work, options) => {
      await start(options?.first === true ? first : waiting)
      try {
        return await work()
      } finally {
        finish()
      }
    },
  }
}
