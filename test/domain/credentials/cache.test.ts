import { describe, expect, test } from 'vitest'
import { createCredentialCache } from '../../../src/domain/credentials/cache.ts'
import type { Resolution } from '../../../src/domain/credentials/principal.ts'
import { createChanges, randomsOf, resolutionOf } from './support.ts'

function open(maxEntries = 100) {
  const changes = createChanges()
  const clock = { milliseconds: 1000 }
  const cache = createCredentialCache({ changes, maxEntries, nowMilliseconds: () => clock.milliseconds })
  /** Begins a resolution that ends when the test says so. */
  const begin = (hash: string) => {
    const { promise, resolve, reject } = Promise.withResolvers<Resolution | undefined>()
    const answered = cache.remember(hash, () => promise)
    return {
      finish: (found: Resolution | undefined) => {
        resolve(found)
        return answered
      },
      fail: (error: Error) => {
        reject(error)
        return answered
      },
    }
  }
  const keep = (hash: string, found = resolutionOf(hash, { tags: [`token:${hash}`] })) =>
    begin(hash).finish(found)
  return { changes, clock, cache, begin, keep }
}

describe('a credential that was resolved a moment ago', () => {
  test('is answered from memory, and no other is', async () => {
    const { cache, keep } = open()
    const kept = await keep('one')
    expect(cache.get('one')).toBe(kept)
    expect(cache.get('two')).toBeUndefined()
    expect(cache.get('')).toBeUndefined()
  })

  test('is not kept if there was no such credential, and an error is passed on', async () => {
    const { cache, begin } = open()
    expect(await begin('one').finish(undefined)).toBeUndefined()
    await expect(begin('one').fail(new Error('away'))).rejects.toThrow('away')
    expect(cache.size()).toBe(0)
    expect(cache.get('one')).toBeUndefined()
  })

  test('is gone at the millisecond it expires', async () => {
    const { cache, clock, keep } = open()
    await keep('one', resolutionOf('one', { validUntilMilliseconds: 2000 }))
    clock.milliseconds = 1999
    expect(cache.get('one')).toBeDefined()
    clock.milliseconds = 2000
    expect(cache.get('one')).toBeUndefined()
    expect(cache.size()).toBe(0)
  })

  test('ends by its own hash without being told its name, kept or under way', async () => {
    const { cache, changes, begin, keep } = open()
    await keep('one', resolutionOf('one', { tags: [] }))
    const other = await keep('two', resolutionOf('two', { tags: [] }))
    const underWay = begin('three')
    changes.tell('token', 'one')
    changes.tell('token', 'three')
    await underWay.finish(resolutionOf('three', { tags: [] }))
    expect(cache.get('one')).toBeUndefined()
    expect(cache.get('two')).toBe(other)
    expect(cache.get('three')).toBeUndefined()
  })

  test('is replaced by what was found later, with its own tags', async () => {
    const { cache, changes, keep } = open()
    await keep('one', resolutionOf('old', { tags: ['client:a'] }))
    const newer = await keep('one', resolutionOf('new', { tags: ['client:b'] }))
    changes.tell('client', 'a')
    expect(cache.get('one')).toBe(newer)
    changes.tell('client', 'b')
    expect(cache.get('one')).toBeUndefined()
  })
})

describe('what ends it', () => {
  const tags = ['token:one', 'client:c', 'account:a', 'grant:g', 'session:s', 'api:https://x/', 'api_key:k']

  test.each(tags)('a change of %s, and no other change', async (tag) => {
    const { cache, changes, keep } = open()
    await keep('one', resolutionOf('one', { tags }))
    await keep('two', resolutionOf('two', { tags: tags.filter((other) => other !== tag) }))
    const [kind = '', ...id] = tag.split(':')
    changes.tell(kind, `${id.join(':')}x`)
    changes.tell(`${kind}x`, id.join(':'))
    expect(cache.get('one')).toBeDefined()
    changes.tell(kind, id.join(':'))
    expect(cache.get('one')).toBeUndefined()
    expect(cache.get('two')).toBeDefined()
  })

  test('one change ends all that hang on it, and a second time it ends nothing else', async () => {
    const { cache, changes, keep } = open()
    for (let index = 0; index < 50; index += 1)
      await keep(`h${index}`, resolutionOf('x', { tags: [`client:${index % 2}`] }))
    changes.tell('client', '0')
    changes.tell('client', '0')
    expect(cache.size()).toBe(25)
    expect(cache.get('h0')).toBeUndefined()
    expect(cache.get('h1')).toBeDefined()
  })

  test('the withdrawal of a signing key ends everything, also what is under way', async () => {
    const { cache, changes, begin, keep } = open()
    await keep('one')
    const load = begin('two')
    changes.tell('signing_keys', 'tokens')
    await load.finish(resolutionOf('two'))
    expect(cache.size()).toBe(0)
  })
})

describe('a resolution under way', () => {
  test('is answered and not kept if something it hangs on changed meanwhile', async () => {
    const { cache, changes, begin } = open()
    const load = begin('one')
    changes.tell('client', 'c')
    const found = resolutionOf('one', { tags: ['account:a', 'client:c'] })
    expect(await load.finish(found)).toBe(found)
    expect(cache.get('one')).toBeUndefined()
    expect(cache.size()).toBe(0)
  })

  test('is kept if something else changed, or the change came before it began', async () => {
    const { cache, changes, begin } = open()
    changes.tell('client', 'c')
    const load = begin('one')
    changes.tell('client', 'other')
    await load.finish(resolutionOf('one', { tags: ['client:c'] }))
    expect(cache.get('one')).toBeDefined()
  })

  test('of two, the one that began before a change does not spoil the one that began after it', async () => {
    const { cache, changes, begin } = open()
    const before = begin('one')
    changes.tell('client', 'c')
    const after = begin('one')
    const fresh = resolutionOf('fresh', { tags: ['client:c'] })
    await after.finish(fresh)
    await before.finish(resolutionOf('stale', { tags: ['client:c'] }))
    expect(cache.get('one')).toBe(fresh)
  })

  test.each(['begin', 'middle', 'end'] as const)(
    'is not kept if changes could not be heard at its %s',
    async (when) => {
      const { cache, changes, begin } = open()
      if (when === 'begin') changes.lapse()
      const load = begin('one')
      if (when === 'begin') changes.regain()
      if (when === 'middle') {
        changes.lose()
        changes.regain()
      }
      if (when === 'end') changes.lapse()
      const found = resolutionOf('one')
      expect(await load.finish(found)).toBe(found)
      changes.regain()
      expect(cache.get('one')).toBeUndefined()
    },
  )

  test('leaves nothing behind when it fails: the next one is kept', async () => {
    const { cache, begin, keep } = open()
    await expect(begin('one').fail(new Error('away'))).rejects.toThrow()
    await keep('one')
    expect(cache.get('one')).toBeDefined()
  })
})

describe('while changes cannot be heard', () => {
  test('nothing is answered from memory; after a lapse it is again, after a loss it is gone', async () => {
    const { cache, changes, keep } = open()
    await keep('one')
    changes.lapse()
    expect(cache.get('one')).toBeUndefined()
    changes.regain()
    expect(cache.get('one')).toBeDefined()
    changes.lose()
    changes.regain()
    expect(cache.get('one')).toBeUndefined()
    expect(cache.size()).toBe(0)
  })
})

describe('its bound', () => {
  test('is never exceeded, the oldest goes first, and what went is not ended a second time', async () => {
    const { cache, changes, keep } = open(10)
    for (let index = 0; index < 25; index += 1) {
      await keep(`h${index}`, resolutionOf('x', { tags: [`client:${index}`] }))
      expect(cache.size()).toBeLessThanOrEqual(10)
    }
    expect(cache.get('h14')).toBeUndefined()
    expect(cache.get('h15')).toBeDefined()
    changes.tell('client', '3')
    expect(cache.size()).toBe(10)
  })

  test('counts a credential that is kept again once', async () => {
    const { cache, keep } = open(10)
    for (let round = 0; round < 5; round += 1)
      for (let index = 0; index < 10; index += 1) await keep(`h${index}`)
    expect(cache.size()).toBe(10)
  })
})

interface Load {
  readonly index: number
  /** The state of the database that this resolution saw; undefined until it has read. */
  read: readonly number[] | undefined
  readonly finish: (found: Resolution | undefined) => Promise<Resolution | undefined>
}

const tokenCount = 1000
const tagsOf = (index: number) => [`token:h${index}`, `client:${index % 37}`, `api:${index % 5}`]

test.each([1, 2, 3, 4])(
  'T43: a thousand tokens interleaved with changes: no token gets the answer of another, nor one older than what was heard (seed %i)',
  async (seed) => {
    const random = randomsOf(seed)
    const { cache, changes, clock, begin } = open(300)
    const committed = new Map<string, number>()
    const heard = new Map<string, number>()
    // NOTIFY tells of changes after they committed, in their order.
    let undelivered: string[] = []
    const loads: Load[] = []
    let hits = 0

    const deliver = (): void => {
      const tag = undelivered.shift()
      if (tag === undefined) return
      heard.set(tag, (heard.get(tag) ?? 0) + 1)
      changes.tell(tag.slice(0, tag.indexOf(':')), tag.slice(tag.indexOf(':') + 1))
    }
    const read = (load: Load): void => {
      load.read ??= tagsOf(load.index).map((tag) => committed.get(tag) ?? 0)
    }
    const finish = async (load: Load): Promise<void> => {
      read(load)
      loads.splice(loads.indexOf(load), 1)
      const validUntilMilliseconds = clock.milliseconds + 50 + random.below(500)
      const tags = tagsOf(load.index)
      await load.finish(
        random.below(20) === 0
          ? undefined
          : resolutionOf(`t${load.index}`, { tags, validUntilMilliseconds, facts: { read: load.read } }),
      )
    }
    const look = (index: number): void => {
      const found = cache.get(`h${index}`)
      if (found === undefined) return
      hits += 1
      expect(changes.isTrusted()).toBe(true)
      expect(found.principal.subject).toBe(`t${index}`)
      expect(found.validUntilMilliseconds).toBeGreaterThan(clock.milliseconds)
      const versions = found.principal.facts['read'] as readonly number[]
      tagsOf(index).forEach((tag, at) => expect(versions[at]).toBeGreaterThanOrEqual(heard.get(tag) ?? 0))
    }
    const lose = (): void => {
      changes.lose()
      undelivered = []
      for (const [tag, version] of committed) heard.set(tag, version)
    }
    const hot = () => (random.below(2) === 0 ? random.below(20) : random.below(tokenCount))

    for (let step = 0; step < 20_000; step += 1) {
      const dice = random.below(100)
      const load = loads[random.below(loads.length)]
      if (dice < 25) {
        const index = hot()
        loads.push({ index, read: undefined, finish: begin(`h${index}`).finish })
      } else if (dice < 35 && load !== undefined) read(load)
      else if (dice < 60 && load !== undefined) await finish(load)
      else if (dice < 90) look(hot())
      else if (dice < 94) {
        const tag = tagsOf(hot())[random.below(10) === 0 ? 1 + random.below(2) : 0] ?? ''
        committed.set(tag, (committed.get(tag) ?? 0) + 1)
        undelivered.push(tag)
      } else if (dice < 98) deliver()
      else if (dice < 99) clock.milliseconds += random.below(50)
      else if (changes.isTrusted() && random.below(10) === 0) lose()
      else changes.regain()
      expect(cache.size()).toBeLessThanOrEqual(300)
    }
    expect(hits).toBeGreaterThan(200)
  },
)
