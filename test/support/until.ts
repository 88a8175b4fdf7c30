/** Waiting for something to become true. */
import { setTimeout as delay } from 'node:timers/promises'

/**
 * Nothing that is waited for takes this long, on whatever machine. How long it may take is another statement, which the
 * test that makes it says itself.
 */
export const patienceMilliseconds = 120_000

const askAgainMilliseconds = 10

/** Waits until the condition holds. */
export async function until(holds: () => Promise<boolean> | boolean): Promise<void> {
  const deadline = performance.now() + patienceMilliseconds
  while (!(await holds())) {
    if (performance.now() > deadline) throw new Error(`it did not happen in time: ${holds.toString()}`)
    await delay(askAgainMilliseconds)
  }
}

/**
 * Waits for what must be so a given time after it was done. Whatever is asked later than that must be answered with yes;
 * how long the answering takes depends on the machine and is nobody's promise.
 */
export async function within(
  milliseconds: number,
  holds: () => Promise<boolean> | boolean,
  since = performance.now(),
): Promise<void> {
  for (;;) {
    const askedAt = performance.now()
    if (await holds()) return
    if (askedAt - since > milliseconds)
      throw new Error(`not so ${milliseconds} ms later: ${holds.toString()}`)
    await delay(askAgainMilliseconds)
  }
}
