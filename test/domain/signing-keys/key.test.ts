import { expect, test } from 'vitest'
import { currentOf, nextTransitionAt, publishedKeys, stateOf } from '../../../src/domain/signing-keys/key.ts'
import type { KeyTimes } from '../../../src/domain/signing-keys/key.ts'
import { after, noon } from './support.ts'

function key(id: string, activatesAfter: number, retiresAfter?: number): KeyTimes {
  return {
    id,
    purpose: 'ES256',
    createdAt: noon,
    activatesAt: after(activatesAfter),
    retiresAt: retiresAfter === undefined ? undefined : after(retiresAfter),
  }
}

function states(keys: readonly KeyTimes[], seconds: number): string[] {
  return keys.map((each) => stateOf(each, keys, after(seconds)))
}

test('a key is next, current, retired and gone as time passes, and there is always exactly one current', () => {
  const keys = [key('a', 0, 200), key('b', 100, 300), key('c', 200)]
  expect(states(keys, 0)).toEqual(['current', 'next', 'next'])
  expect(states(keys, 99)).toEqual(['current', 'next', 'next'])
  expect(states(keys, 100)).toEqual(['retired', 'current', 'next'])
  expect(states(keys, 200)).toEqual(['gone', 'retired', 'current'])
  expect(states(keys, 300)).toEqual(['gone', 'gone', 'current'])
  for (let second = -10; second < 400; second += 1) {
    expect(states(keys, second).filter((state) => state === 'current')).toHaveLength(1)
  }
})

test('of two keys that activate together every instance chooses the same', () => {
  const [a, b] = [key('a', 0), key('b', 0)]
  expect(currentOf([a, b], noon)?.id).toBe('b')
  expect(currentOf([b, a], noon)?.id).toBe('b')
})

test('a key that activates later signs at once if there is no other', () => {
  expect(states([key('a', 60), key('b', 120)], 0)).toEqual(['current', 'next'])
  expect(states([key('gone', -60, 0), key('a', 2)], 0)).toEqual(['gone', 'current'])
})

test('published are the current key first and then the others, without those that are gone', () => {
  const keys = [
    key('old', 0, 500),
    key('older', -100, 400),
    key('gone', -200, 50),
    key('now', 50),
    key('next', 900),
  ]
  expect(publishedKeys(keys, after(60)).map(({ id }) => id)).toEqual(['now', 'next', 'old', 'older'])
  expect(publishedKeys([key('gone', -200, 50)], after(60))).toEqual([])
})

test('the next transition is the nearest activation or retirement still to come', () => {
  const keys = [key('a', 0, 200), key('b', 100)]
  expect(nextTransitionAt(keys, noon)).toEqual(after(100))
  expect(nextTransitionAt(keys, after(100))).toEqual(after(200))
  expect(nextTransitionAt(keys, after(200))).toBeUndefined()
  expect(nextTransitionAt([], noon)).toBeUndefined()
})
