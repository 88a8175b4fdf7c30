import { describe, expect, test } from 'vitest'
import { isDatabaseUnavailable } from '../../../src/platform/db/failures.ts'
import { createBatcher } from '../../../src/platform/db/batch.ts'

interface Load {
  readonly keys: readonly string[]
  readonly resolve: (values: readonly (string | undefined)[]) => void
  readonly reject: (error: Error) => void
}

/** A loader whose answers arrive when the test says so. */
function open(options = { maxBatch: 3, maxUnderWay: 2 }) {
  const loads: Load[] = []
  const get = createBatcher<string, string>((keys) => {
    const { promise, resolve, reject } = Promise.withResolvers<readonly (string | undefined)[]>()
    loads.push({ keys, resolve, reject })
    return promise
  }, options)
  const answer = (index: number) => loads[index]?.resolve(loads[index].keys.map((key) => key.toUpperCase()))
  return { loads, get, answer }
}

/** Lets everything that is ready run. */
async function settle(): Promise<void> {
  for (let turn = 0; turn < 3; turn += 1) await new Promise((resolve) => setImmediate(resolve))
}

describe('look-ups of one moment', () => {
  test('travel together, in the order they came, and each gets its own answer', async () => {
    const { loads, get, answer } = open()
    const answers = ['a', 'b', 'a'].map(get)
    expect(loads).toHaveLength(0)
    await settle()
    expect(loads.map(({ keys }) => keys)).toEqual([['a', 'b', 'a']])
    answer(0)
    expect(await Promise.all(answers)).toEqual(['A', 'B', 'A'])
  })

  test('that are more than a batch are split, and never more batches are under way than was said', async () => {
    const { loads, get, answer } = open()
    const answers = 'abcdefghij'.split('').map(get)
    await settle()
    expect(loads.map(({ keys }) => keys.join(''))).toEqual(['abc', 'def'])
    answer(1)
    await settle()
    expect(loads.map(({ keys }) => keys.join(''))).toEqual(['abc', 'def', 'ghi'])
    answer(0)
    answer(2)
    await settle()
    answer(3)
    expect((await Promise.all(answers)).join('')).toBe('ABCDEFGHIJ')
  })

  test('that come while batches are under way wait, and make the next one larger', async () => {
    const { loads, get, answer } = open({ maxBatch: 10, maxUnderWay: 1 })
    const first = get('a')
    await settle()
    const later = [get('b')]
    await settle()
    later.push(get('c'))
    await settle()
    expect(loads).toHaveLength(1)
    answer(0)
    await settle()
    expect(loads[1]?.keys).toEqual(['b', 'c'])
    answer(1)
    expect(await Promise.all([first, ...later])).toEqual(['A', 'B', 'C'])
  })
})

test('who asks while a load of the same key is under way gets the answer of a later one', async () => {
  const { loads, get } = open()
  const before = get('a')
  await settle()
  const after = get('a')
  await settle()
  loads[1]?.resolve(['new'])
  expect(await after).toBe('new')
  loads[0]?.resolve(['old'])
  expect(await before).toBe('old')
})

test('what was not found is undefined, also where the loader answered too few', async () => {
  const { loads, get } = open()
  const answers = ['a', 'b', 'c'].map(get)
  await settle()
  loads[0]?.resolve(['A', undefined])
  expect(await Promise.all(answers)).toEqual(['A', undefined, undefined])
})

describe('a load that fails', () => {
  test('fails those who waited for it and nobody else, and the next ones are served', async () => {
    const { loads, get, answer } = open({ maxBatch: 2, maxUnderWay: 1 })
    const answers = 'abcd'.split('').map((key) => get(key).catch((error: Error) => error.message))
    await settle()
    loads[0]?.reject(new Error('away'))
    await settle()
    answer(1)
    expect(await Promise.all(answers)).toEqual(['away', 'away', 'C', 'D'])
  })

  test('at once, without a promise, is the same', async () => {
    let calls = 0
    const get = createBatcher<string, string>(
      (keys) => {
        calls += 1
        if (calls === 1) throw new Error('broken')
        return Promise.resolve(keys)
      },
      { maxBatch: 1, maxUnderWay: 1 },
    )
    await expect(get('a')).rejects.toThrow('broken')
    expect(await get('b')).toBe('b')
  })
})

test('ten thousand look-ups with answers in any order: everybody gets its own, of a load that began after it asked', async () => {
  let loadsBegun = 0
  const get = createBatcher<string, readonly [string, number]>(
    async (keys) => {
      const begun = loadsBegun
      loadsBegun += 1
      for (let turn = begun % 4; turn > 0; turn -= 1) await new Promise((resolve) => setImmediate(resolve))
      return keys.map((key) => [key, begun] as const)
    },
    { maxBatch: 7, maxUnderWay: 3 },
  )
  const asked: Promise<void>[] = []
  for (let round = 0; round < 200; round += 1) {
    for (let index = 0; index < 50; index += 1) {
      const key = String((round * 31 + index * 17) % 400)
      const notBefore = loadsBegun
      asked.push(
        get(key).then((found) => {
          if (found?.[0] !== key) throw new Error(`asked ${key}, got ${found?.[0]}`)
          if (found[1] < notBefore) throw new Error('the answer of a load that had begun before')
        }),
      )
    }
    if (round % 3 === 0) await new Promise((resolve) => setImmediate(resolve))
  }
  await Promise.all(asked)
  expect(asked).toHaveLength(10_000)
})

test('a loader that hangs is not waited for by everybody: who comes after very many is refused, and may try later', async () => {
  const { get } = open()
  const waiting = Array.from({ length: 20_000 }, (_, index) => get(String(index)).catch(() => undefined))
  const refusal = await get('one more').catch((error: unknown) => error)
  expect(isDatabaseUnavailable(refusal)).toBe(true)
  expect(waiting).toHaveLength(20_000)
})
