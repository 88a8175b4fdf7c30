import { expect, test } from 'vitest'
import { chooseLanguage } from '../../views/messages/choose-language.ts'

test.each([
  // ui_locales, Accept-Language, the language chosen
  [undefined, undefined, 'en'],
  ['de', undefined, 'de'],
  ['de-CH-1996', 'en', 'de'],
  ['fr de en', 'en', 'de'],
  ['fr it', 'de', 'de'],
  ['DE-at', undefined, 'de'],
  ['den', undefined, 'en'],
  [undefined, 'de', 'de'],
  [undefined, 'de-AT,de;q=0.9,en;q=0.8', 'de'],
  [undefined, 'en;q=0.5, de;q=0.7', 'de'],
  [undefined, 'de;q=0.7, en', 'en'],
  [undefined, 'fr, de;q=0', 'en'],
  [undefined, 'de;q=0, *;q=0.5', 'en'],
  [undefined, 'de;q=2, en;q=0.1', 'en'],
  [undefined, 'de;q=abc', 'en'],
  [undefined, 'de ; q=0.4', 'de'],
  [undefined, '*', 'en'],
  ['', ',,;;q=,', 'en'],
  ['__proto__ constructor', 'toString', 'en'],
  ['de\u0000 <script>', undefined, 'en'],
  ['x '.repeat(100_000), `${'a-b;q=0.1,'.repeat(100_000)}de`, 'en'],
])('ui_locales %j and Accept-Language %j give %s', (uiLocales, acceptLanguage, chosen) => {
  expect(chooseLanguage({ uiLocales, acceptLanguage })).toBe(chosen)
})

test('the installation has the word when nobody asks for a language we have', () => {
  expect(chooseLanguage({ acceptLanguage: 'fr', fallback: 'de' })).toBe('de')
  expect(chooseLanguage({ acceptLanguage: 'en', fallback: 'de' })).toBe('en')
})
