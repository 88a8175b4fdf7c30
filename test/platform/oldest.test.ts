import { expect, test } from 'vitest'
import { oldestOf } from '../../src/platform/oldest.ts'

/** The same numbers in each run, from 0 up to `below`. */
function numbers(seed: number): (below: number) => number {
  let state = seed
  return (below) => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0
    return Math.floor((state / 2 ** 32) * below)
  }
}

test('whatever is added, deleted, put back or cleared, the next to go is the one that came first', () => {
  for (let seed = 0; seed < 50; seed += 1) {
    const next = numbers(seed)
    const entries = new Map<number, number>()
    const oldest = oldestOf(entries)
    for (let step = 0; step < 2000; step += 1) {
      const key = next(40)
      const deed = next(100)
      if (deed < 45) entries.set(key, step)
      else if (deed < 60) entries.delete(key)
      else if (deed < 75) {
        entries.delete(key)
        entries.set(key, step)
      } else if (deed === 99) entries.clear()
      else {
        const [first] = entries.keys()
        expect(oldest()).toBe(first)
        if (first !== undefined) entries.delete(first)
      }
    }
  }
})
