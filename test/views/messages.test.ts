import { expect, test } from 'vitest'
import { html, renderHtml } from '../../views/html.ts'
import { fill, fillText, languages, messagesFor, waitingTime } from '../../views/messages/messages.ts'

test('every catalogue has the same keys, no empty text, and the same marks to fill in', () => {
  const [first, ...others] = languages.map(textsOf)
  for (const other of others) {
    expect([...other.keys()]).toEqual([...(first?.keys() ?? [])])
    for (const [key, text] of other) expect(marks(text), key).toEqual(marks(first?.get(key) ?? ''))
  }
  for (const texts of [first, ...others]) {
    for (const [key, text] of texts ?? []) expect(text.trim(), key).not.toBe('')
  }
})

test('fill escapes what it is given and keeps Html', () => {
  const filled = fill('{a} and {b} but not {c}', { a: '<', b: html`<b>x</b>` })
  expect(renderHtml(filled)).toBe('&lt; and <b>x</b> but not ')
})

test('a value that looks like a mark is not filled in again', () => {
  expect(fillText('{a}', { a: '{b}', b: 'no' })).toBe('{b}')
  expect(renderHtml(fill('{a}', { a: '{b}', b: 'no' }))).toBe('{b}')
})

test.each([
  [undefined, 'in a moment', 'gleich'],
  [0, 'in a moment', 'gleich'],
  [Number.NaN, 'in a moment', 'gleich'],
  [1, 'in 1 second', 'in 1 Sekunde'],
  [29.2, 'in 30 seconds', 'in 30 Sekunden'],
  [60, 'in 1 minute', 'in 1 Minute'],
  [61, 'in 2 minutes', 'in 2 Minuten'],
  [7200, 'in 2 hours', 'in 2 Stunden'],
])('waiting %s seconds is said as %j', (seconds, english, german) => {
  expect(waitingTime(messagesFor('en'), seconds)).toBe(english)
  expect(waitingTime(messagesFor('de'), seconds)).toBe(german)
})

function textsOf(language: (typeof languages)[number]): ReadonlyMap<string, string> {
  const { language: _, ...rooms } = messagesFor(language)
  return new Map(
    Object.entries(rooms).flatMap(([room, texts]) =>
      Object.entries(texts).map(([key, text]) => [`${room}.${key}`, text] as const),
    ),
  )
}

function marks(text: string): readonly string[] {
  return (text.match(/\{[^}]*\}/g) ?? []).toSorted()
}
