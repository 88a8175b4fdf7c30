import { describe, expect, test } from 'vitest'
import {
  createPermissionQueries,
  parsePermissionQuery,
} from '../../../src/domain/credentials/permission-query.ts'
import { randomsOf } from './support.ts'

const holds = (query: string, scopes: string) =>
  parsePermissionQuery(query)?.isSatisfiedBy(new Set(scopes.split(' ').filter(Boolean)))

describe('what a query means', () => {
  test.each([
    ['a', 'a', true],
    ['a', 'b', false],
    ['a', '', false],
    ['a AND b', 'a b', true],
    ['a AND b', 'a', false],
    ['a OR b', 'b', true],
    ['a OR b', 'c', false],
    // A list as OAuth writes it means all of them.
    ['a b', 'a b', true],
    ['a b', 'a', false],
    ['a b c', 'a c', false],
    ['a b OR c', 'c', true],
    ['a b OR c', 'a', false],
    ['a (b OR c)', 'a c', true],
    ['a (b OR c)', 'b c', false],
    ['(a OR b) (c OR d)', 'a d', true],
    ['(a OR b)(c OR d)', 'a b', false],
    // AND binds closer than OR.
    ['a OR b AND c', 'a', true],
    ['a OR b AND c', 'b', false],
    ['a AND b OR c', 'c', true],
    ['a AND b OR c', 'a', false],
    ['(a OR b) AND c', 'a', false],
    ['(a OR b) AND c', 'b c', true],
    ['a AND b OR c AND d', 'c d', true],
    ['a AND b OR c AND d', 'a d', false],
    ['((a))', 'a', true],
    ['(a)AND(b)', 'a b', true],
    ['  a   AND   b  ', 'a b', true],
    ['invoices:read AND (invoices:write OR admin)', 'invoices:read admin', true],
    ['invoices:read AND (invoices:write OR admin)', 'admin', false],
    // Operators are capital letters alone; anything else is a scope, and letter case counts.
    ['a or b', 'a', false],
    ['a or b', 'a b or', true],
    ['and', 'and', true],
    ['android', 'android', true],
    ['ORDER', 'ORDER', true],
    ['Read', 'read', false],
    ["!#$%&'*+,-./:;<=>?@[]^_`{|}~", "!#$%&'*+,-./:;<=>?@[]^_`{|}~", true],
  ] as const)('"%s" asked of "%s": %s', (query, scopes, expected) => {
    expect(holds(query, scopes)).toBe(expected)
  })

  test('names no scope twice in meaning: the scopes of a query are those it mentions, and no words', () => {
    expect(parsePermissionQuery('a AND (b OR c) d')?.scopes).toEqual(['a', 'b', 'c', 'd'])
  })
})

describe('what is no query', () => {
  test.each([
    '',
    ' ',
    '()',
    '(',
    ')',
    'a)',
    '(a',
    'a AND',
    'AND a',
    'AND',
    'OR',
    'a OR',
    'OR a',
    'a AND OR b',
    'a OR AND b',
    'a AND AND b',
    'a OR OR b',
    'a () b',
    'a AND ()',
    ')a(',
    '(a))(b',
    'a\tb',
    'a\nAND b',
    'a\u0000',
    'é',
    'a\u00a0b',
    '\u202ea',
    'ＡＮＤ',
    '"a"',
    'a\\b',
    '𝒂',
    '\ud800',
  ])('%j', (query) => {
    expect(parsePermissionQuery(query)).toBeUndefined()
  })

  test('a thousand characters are read, one more is not', () => {
    const long = `a ${'b'.repeat(998)}`
    expect(long).toHaveLength(1000)
    expect(parsePermissionQuery(long)?.isSatisfiedBy(new Set(['a', 'b'.repeat(998)]))).toBe(true)
    expect(parsePermissionQuery(`${long}b`)).toBeUndefined()
    expect(createPermissionQueries()(`${long}b`)).toBeUndefined()
  })

  test('twenty brackets inside each other are read, one more is not; beside each other there may be more', () => {
    const nested = (depth: number) => `${'('.repeat(depth)}a${')'.repeat(depth)}`
    expect(holds(nested(20), 'a')).toBe(true)
    expect(parsePermissionQuery(nested(21))).toBeUndefined()
    expect(parsePermissionQuery('('.repeat(1000))).toBeUndefined()
    expect(holds(Array.from({ length: 100 }, () => '(a)').join(' '), 'a')).toBe(true)
  })
})

type Model =
  | { readonly scope: string }
  | { readonly operator: 'AND' | 'OR'; readonly parts: readonly Model[] }

test('a thousand random expressions, written with and without brackets, mean what they were built to mean', () => {
  const random = randomsOf(1)
  const build = (depth: number): Model => {
    if (depth === 0 || random.below(3) === 0) return { scope: 'abcd'.charAt(random.below(4)) }
    const parts = Array.from({ length: 1 + random.below(3) }, () => build(depth - 1))
    return { operator: random.below(2) === 0 ? 'AND' : 'OR', parts }
  }
  const write = (model: Model, inside?: 'AND' | 'OR'): string => {
    if ('scope' in model) return random.below(5) === 0 ? `(${model.scope})` : model.scope
    const { operator, parts } = model
    const [only] = parts
    if (only !== undefined && parts.length === 1) return write(only, inside)
    const by = operator === 'AND' && random.below(2) === 0 ? ' ' : ` ${operator} `
    const text = parts.map((part) => write(part, operator)).join(by)
    const needed = inside === 'AND' && operator === 'OR'
    return needed || random.below(4) === 0 ? `( ${text})` : text
  }
  const means = (model: Model, scopes: ReadonlySet<string>): boolean => {
    if ('scope' in model) return scopes.has(model.scope)
    const answers = model.parts.map((part) => means(part, scopes))
    return model.operator === 'AND' ? answers.every(Boolean) : answers.some(Boolean)
  }
  for (let round = 0; round < 1000; round += 1) {
    const model = build(4)
    const text = write(model)
    if (text.length > 1000) continue
    const query = parsePermissionQuery(text)
    for (let held = 0; held < 16; held += 1) {
      const scopes = new Set('abcd'.split('').filter((_, index) => (held >> index) % 2 === 1))
      expect(query?.isSatisfiedBy(scopes), `${text} of ${[...scopes].join()}`).toBe(means(model, scopes))
    }
  }
})

test('whatever is sent, reading it never throws, and nothing that was not understood is satisfied', () => {
  const random = randomsOf(2)
  const pieces = [
    '(',
    ')',
    ' ',
    'AND',
    'OR',
    'a',
    'b',
    '\u0000',
    '"',
    '\\',
    'é',
    '\ud800',
    '\n',
    '%28',
    '+',
    '-',
  ]
  for (let round = 0; round < 5000; round += 1) {
    const text = Array.from({ length: random.below(40) }, () => pieces[random.below(pieces.length)]).join('')
    const query = parsePermissionQuery(text)
    expect(query?.isSatisfiedBy(new Set()) ?? false, JSON.stringify(text)).toBe(false)
  }
})

test('no shape of a thousand characters takes a millisecond', () => {
  for (const shape of ['(', ')', 'a ', 'a OR ', '(a ', '() ', 'a AND (', ' ', ')(', 'OR ', 'a(', '(a)']) {
    const text = shape.repeat(1000).slice(0, 1000)
    // The fastest of many: what the machine does besides is not meant.
    const milliseconds = Array.from({ length: 100 }, () => {
      const startedAt = performance.now()
      parsePermissionQuery(text)
      return performance.now() - startedAt
    })
    expect(Math.min(...milliseconds), shape).toBeLessThan(1)
  }
})

describe('queries that were read before', () => {
  test('are the same ones, the wrong ones too, and there are never more than was said', () => {
    const parse = createPermissionQueries(10)
    const first = parse('a AND b')
    expect(parse('a AND b')).toBe(first)
    expect(parse('a AND')).toBeUndefined()
    expect(parse('a AND')).toBeUndefined()
    for (let index = 0; index < 25; index += 1) {
      expect(parse(`s${index}`)?.isSatisfiedBy(new Set([`s${index}`]))).toBe(true)
      expect(parse(`s${index}`)?.isSatisfiedBy(new Set(['a', 'b']))).toBe(false)
    }
    expect(parse('a AND b')).not.toBe(first)
    expect(parse('a AND b')?.isSatisfiedBy(new Set(['a']))).toBe(false)
  })
})
