import { Refusal } from '../../platform/errors.ts'

/** Gives out a fixed number of turns; those who come later wait in line, and the line has an end. */
export interface Turns {
  readonly take: <T>(work: () => Promise<T>) => Promise<T>
}

const retryAfterSeconds = 2

/**
 * Makes the turns for work that is costly on purpose. A full line refuses at once: whoever waits longer than a person
 * would only keeps memory, and a flood of sign-ins must not slow down everything else.
 */
export function createTurns(bounds: { readonly maxConcurrent: number; readonly maxWaiting: number }): Turns {
  const waiting: (() => void)[] = []
  let running = 0

  async function start(): Promise<void> {
    if (running < bounds.maxConcurrent) {
      running += 1
      return
    }
    if (waiting.length >= bounds.maxWaiting) {
      throw new Refusal('temporarily_unavailable', 'The server is busy. Try again in a moment.', {
        retryAfterSeconds,
      })
    }
    await new Promise<void>((resolve) => waiting.push(resolve))
  }

  // The turn is handed to the next in line, so nobody who comes in between can take it.
  function finish(): void {
    const next = waiting.shift()
    if (next === undefined) running -= 1
    else next()
  }

  return {
    take: async (work) => {
      await start()
      try {
        return await work()
      } finally {
        finish()
      }
    },
  }
}
