import { describe, expect, test } from 'vitest'
import { createLookup } from '../../src/platform/cache.ts'
import type { Lookup } from '../../src/platform/cache.ts'
import type { Change } from '../../src/platform/db/changes.ts'

interface Row {
  readonly version: number
}

/** Changes that are heard of when the test says so. */
function createChanges() {
  const listeners = new Set<(change: Change) => void>()
  const lossListeners = new Set<() => void>()
  let trusted = true
  const forgetEverything = () => lossListeners.forEach((listener) => listener())
  return {
    subscribe: (listener: (change: Change) => void) => {
      listeners.add(listener)
      return () => void listeners.delete(listener)
    },
    isTrusted: () => trusted,
    onTrustLost: (listener: () => void) => {
      lossListeners.add(listener)
      return () => void lossListeners.delete(listener)
    },
    tell: (change: Change) => listeners.forEach((listener) => listener(change)),
    forgetEverything,
    lose: () => {
      trusted = false
      forgetEverything()
    },
    /** No sign of life for a moment, on a connection that is still there. */
    lapse: () => {
      trusted = false
    },
    regain: () => {
      trusted = true
    },
  }
}

/** A database whose answers arrive when the test says so, in any order. */
function createDatabase() {
  const loads: { id: string; resolve: (row: Row | undefined) => void; reject: (error: Error) => void }[] = []
  return {
    loads,
    load: (id: string) => {
      const { promise, resolve, reject } = Promise.withResolvers<Row | undefined>()
      loads.push({ id, resolve, reject })
      return promise
    },
    answer: (index: number, row: Row | undefined) => loads[index]?.resolve(row),
  }
}

function createWorld(settings: { maxEntries?: number; maxAbsenceMilliseconds?: number } = {}) {
  const changes = createChanges()
  const database = createDatabase()
  const clock = { milliseconds: 0 }
  const lookup = createLookup<Row>({
    kind: 'client',
    changes,
    load: database.load,
    maxEntries: 100,
    maxAgeMilliseconds: 1000,
    maxAbsenceMilliseconds: 100,
    nowMilliseconds: () => clock.milliseconds,
    ...settings,
  })
  const put = async (id: string, row: Row | undefined): Promise<void> => {
    const got = lookup.get(id)
    database.answer(database.loads.length - 1, row)
    await got
  }
  return { changes, database, clock, lookup, put }
}

const one = { version: 1 }
const two = { version: 2 }

describe('what is in memory', () => {
  test('is used until it is too old, counted from the beginning of the load', async () => {
    const { clock, database, lookup } = createWorld()
    const first = lookup.get('a')
    clock.milliseconds = 400
    database.answer(0, one)
    expect(await first).toBe(one)
    clock.milliseconds = 999
    expect(await lookup.get('a')).toBe(one)
    expect(lookup.peek('a')).toBe(one)
    expect(database.loads).toHaveLength(1)
    clock.milliseconds = 1000
    expect(lookup.peek('a')).toBeUndefined()
    void lookup.get('a')
    expect(database.loads).toHaveLength(2)
  })

  test('is bounded, and what was used longest ago goes first', async () => {
    const { lookup, put } = createWorld({ maxEntries: 2 })
    await put('a', one)
    await put('b', one)
    expect(lookup.peek('a')).toBe(one)
    await put('c', one)
    expect([lookup.peek('a'), lookup.peek('b'), lookup.peek('c')]).toEqual([one, undefined, one])
  })

  test('says shortly that a row does not exist, without pushing out rows that do', async () => {
    const { clock, database, lookup, put } = createWorld({ maxEntries: 2 })
    await put('a', one)
    for (const id of ['x', 'y', 'z']) await put(id, undefined)
    expect(lookup.peek('a')).toBe(one)
    expect(await lookup.get('z')).toBeUndefined()
    expect(database.loads).toHaveLength(4)
    clock.milliseconds = 100
    await put('z', two)
    expect(lookup.peek('z')).toBe(two)
  })

  test('never says that a row does not exist if that is not wanted', async () => {
    const { database, put } = createWorld({ maxAbsenceMilliseconds: 0 })
    await put('x', undefined)
    await put('x', undefined)
    expect(database.loads).toHaveLength(2)
  })

  test('is forgotten by name, by kind, or whole', async () => {
    const { changes, lookup, put } = createWorld()
    await put('a', one)
    await put('b', one)
    changes.tell({ kind: 'account', id: 'a' })
    expect(lookup.peek('a')).toBe(one)
    changes.tell({ kind: 'client', id: 'a' })
    expect([lookup.peek('a'), lookup.peek('b')]).toEqual([undefined, one])
    changes.forgetEverything()
    expect(lookup.peek('b')).toBeUndefined()
    await put('a', one)
    lookup.drop('a')
    expect(lookup.peek('a')).toBeUndefined()
    await put('a', one)
    lookup.clear()
    expect(lookup.peek('a')).toBeUndefined()
  })
})

describe('loads', () => {
  test('of one id are shared, and those of another are not', async () => {
    const { database, lookup } = createWorld()
    const got = [lookup.get('a'), lookup.get('a'), lookup.get('aa')]
    expect(database.loads.map(({ id }) => id)).toEqual(['a', 'aa'])
    database.answer(1, two)
    database.answer(0, one)
    expect(await Promise.all(got)).toEqual([one, one, two])
  })

  test('that fail, fail everybody who waits and nobody who comes later', async () => {
    const { database, lookup } = createWorld()
    const got = [lookup.get('a'), lookup.get('a')]
    database.loads[0]?.reject(new Error('the database is down'))
    const outcomes = await Promise.allSettled(got)
    expect(outcomes.map(({ status }) => status)).toEqual(['rejected', 'rejected'])
    const again = lookup.get('a')
    database.answer(1, one)
    expect(await again).toBe(one)
  })

  test('that throw at once fail in the same way', async () => {
    const { changes } = createWorld()
    const lookup = createLookup<Row>({
      kind: 'client',
      changes,
      load: () => {
        throw new Error('not even asked')
      },
      maxEntries: 1,
      maxAgeMilliseconds: 1,
      maxAbsenceMilliseconds: 1,
      nowMilliseconds: () => 0,
    })
    await expect(lookup.get('a')).rejects.toThrow('not even asked')
    await expect(lookup.get('a')).rejects.toThrow('not even asked')
  })
})

const forgettings: readonly [string, (world: ReturnType<typeof createWorld>) => void][] = [
  ['its own change', ({ changes }) => changes.tell({ kind: 'client', id: 'a' })],
  ['changes that may have been missed', ({ changes }) => changes.forgetEverything()],
  ['a drop by hand', ({ lookup }) => lookup.drop('a')],
  ['a clearing by hand', ({ lookup }) => lookup.clear()],
  [
    'a loss and return of trust',
    ({ changes }) => {
      changes.lose()
      changes.regain()
    },
  ],
]

describe.each(forgettings)('after %s', (_, forget) => {
  test('a load that began before is not kept, and nobody who asks afterwards receives it', async () => {
    const world = createWorld()
    const { database, lookup } = world
    const before = lookup.get('a')
    forget(world)
    const afterwards = lookup.get('a')
    expect(database.loads).toHaveLength(2)
    database.answer(0, one)
    expect(await before).toBe(one)
    expect(lookup.peek('a')).toBeUndefined()
    const later = lookup.get('a')
    expect(database.loads).toHaveLength(2)
    database.answer(1, two)
    expect(await Promise.all([afterwards, later])).toEqual([two, two])
    expect(lookup.peek('a')).toBe(two)
  })

  test('a load that began before and answers last does not replace what was loaded since', async () => {
    const world = createWorld()
    const { database, lookup } = world
    const before = lookup.get('a')
    forget(world)
    const afterwards = lookup.get('a')
    database.answer(1, two)
    expect(await afterwards).toBe(two)
    database.answer(0, one)
    await before
    expect(lookup.peek('a')).toBe(two)
  })

  test('a load that began before and fails does not end the one that others wait for', async () => {
    const world = createWorld()
    const { database, lookup } = world
    const before = lookup.get('a')
    forget(world)
    const afterwards = lookup.get('a')
    database.loads[0]?.reject(new Error('the connection was lost'))
    await expect(before).rejects.toThrow('the connection was lost')
    const shared = lookup.get('a')
    expect(database.loads).toHaveLength(2)
    database.answer(1, two)
    expect(await Promise.all([afterwards, shared])).toEqual([two, two])
  })

  test('that a row did not exist is not remembered either', async () => {
    const world = createWorld()
    const { database, lookup, put } = world
    await put('a', undefined)
    forget(world)
    const afterwards = lookup.get('a')
    database.answer(1, one)
    expect(await afterwards).toBe(one)
  })
})

describe('while changes may pass unheard', () => {
  test('every question goes to the database by itself, and nothing is kept', async () => {
    const { changes, database, lookup, put } = createWorld()
    await put('a', one)
    changes.lose()
    expect(lookup.peek('a')).toBeUndefined()
    const got = [lookup.get('a'), lookup.get('a')]
    expect(database.loads).toHaveLength(3)
    database.answer(1, one)
    database.answer(2, two)
    expect(await Promise.all(got)).toEqual([one, two])
    changes.regain()
    expect(lookup.peek('a')).toBeUndefined()
  })

  test('what was kept is not used even before the loss was told, and neither is a load under way kept', async () => {
    const { changes, database, lookup, put } = createWorld()
    await put('a', one)
    const underWay = lookup.get('b')
    changes.lapse()
    expect(lookup.peek('a')).toBeUndefined()
    const asked = lookup.get('a')
    expect(database.loads).toHaveLength(3)
    database.answer(2, two)
    expect(await asked).toBe(two)
    database.answer(1, one)
    expect(await underWay).toBe(one)
    changes.regain()
    expect(lookup.peek('b')).toBeUndefined()
  })

  test('a load that began then is neither kept nor shared once changes are heard again', async () => {
    const { changes, database, lookup } = createWorld()
    changes.lose()
    const before = lookup.get('a')
    changes.regain()
    const afterwards = lookup.get('a')
    expect(database.loads).toHaveLength(2)
    database.answer(0, one)
    await before
    expect(lookup.peek('a')).toBeUndefined()
    database.answer(1, two)
    expect(await afterwards).toBe(two)
  })
})

/** The same numbers for the same seed, so that a failure can be repeated. */
function createRandom(seed: number): (below: number) => number {
  let state = seed
  return (below) => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0
    return Math.floor((state / 2 ** 32) * below)
  }
}

/**
 * A database with two moments that tests otherwise cannot part: when a load reads, and when its answer arrives; and
 * changes that are heard of some time after they commit.
 */
function createSlowWorld(seed: number) {
  const random = createRandom(seed)
  const changes = createChanges()
  const rows = new Map<string, number>()
  const unread: { id: string; resolve: (row: Row | undefined) => void }[] = []
  const unanswered: (() => void)[] = []
  const unheard: { id: string; version: number }[] = []
  // The oldest version of an id that somebody who asks now may be given: the newest one that was heard of.
  const heard = new Map<string, number>()
  const lookup: Lookup<Row> = createLookup({
    kind: 'client',
    changes,
    load: (id) => new Promise((resolve) => unread.push({ id, resolve })),
    maxEntries: 3,
    maxAgeMilliseconds: 50,
    maxAbsenceMilliseconds: 10,
    nowMilliseconds: () => clock,
  })
  let clock = 0
  let trusted = true
  let connected = true
  const wrong: string[] = []
  const waiting: Promise<void>[] = []
  let checked = 0

  const take = <Item>(items: Item[]): Item | undefined => items.splice(random(items.length), 1)[0]
  const id = () => `id${random(5)}`
  const floorOf = (asked: string) => (trusted ? heard : rows).get(asked) ?? 0
  const check = (asked: string, floor: number, row: Row | undefined, how: string) => {
    checked += 1
    if ((row?.version ?? 0) < floor) wrong.push(`${how} of ${asked} gave ${row?.version} after ${floor}`)
  }
  // In the order of the commits.
  const hear = () => {
    const change = unheard.shift()
    if (change === undefined) return
    heard.set(change.id, Math.max(heard.get(change.id) ?? 0, change.version))
    changes.tell({ kind: 'client', id: change.id })
  }
  const steps: readonly (() => void)[] = [
    () => {
      const asked = id()
      const floor = floorOf(asked)
      waiting.push(lookup.get(asked).then((row) => check(asked, floor, row, 'get')))
    },
    () => {
      const asked = id()
      const row = lookup.peek(asked)
      if (row !== undefined) check(asked, floorOf(asked), row, 'peek')
      if (row !== undefined && !trusted) wrong.push(`peek of ${asked} while changes were not heard`)
    },
    () => {
      const changed = id()
      rows.set(changed, (rows.get(changed) ?? 0) + 1)
      if (connected) unheard.push({ id: changed, version: rows.get(changed) ?? 0 })
    },
    () => {
      const load = take(unread)
      if (load === undefined) return
      const version = rows.get(load.id)
      unanswered.push(() => load.resolve(version === undefined ? undefined : { version }))
    },
    () => take(unanswered)?.(),
    () => hear(),
    () => {
      const changed = id()
      heard.set(changed, rows.get(changed) ?? 0)
      lookup.drop(changed)
    },
    () => {
      if (trusted && random(20) === 0) {
        trusted = false
        connected = random(2) === 0
        // What was under way when the connection was lost is never heard of.
        if (!connected) unheard.length = 0
        if (connected) changes.lapse()
        else changes.lose()
      }
    },
    () => {
      if (trusted || random(10) > 0) return
      while (unheard.length > 0) hear()
      for (const [changed, version] of rows) heard.set(changed, version)
      trusted = true
      connected = true
      changes.regain()
    },
    () => {
      clock += random(5)
    },
  ]
  return {
    random,
    step: () => steps[random(steps.length)]?.(),
    finish: async () => {
      while (unread.length + unanswered.length > 0) {
        steps[3]?.()
        steps[4]?.()
      }
      await Promise.all(waiting)
      return { wrong, checked }
    },
  }
}

test('F8: in any order of questions, commits, answers, drops and losses nobody is given what was already known to have changed', async () => {
  let checked = 0
  for (let seed = 1; seed <= 300; seed += 1) {
    const world = createSlowWorld(seed)
    for (let count = 0; count < 400; count += 1) {
      world.step()
      if (world.random(3) === 0) await Promise.resolve()
      if (world.random(20) === 0) await new Promise((resolve) => setImmediate(resolve))
    }
    const outcome = await world.finish()
    expect(outcome.wrong, `seed ${seed}`).toEqual([])
    checked += outcome.checked
  }
  console.log(`cache: ${checked} answers checked, none older than what was known`)
})
