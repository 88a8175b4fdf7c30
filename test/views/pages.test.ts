import { describe, expect, test } from 'vitest'
import { assets } from '../../views/assets.ts'
import { languages, messagesFor } from '../../views/messages/messages.ts'
import { harmless, renderAllPages, tagsOf } from './pages.ts'
import type { Tag } from './pages.ts'

const hostileTexts = [
  '<script>alert(1)</script>',
  '</title><script>alert(1)</script>',
  '"><img src=x onerror=alert(1)>',
  `' onfocus='alert(1)' autofocus='`,
  '" onfocus="alert(1)" autofocus="',
  '`onload=alert(1)`',
  '<svg/onload=alert(1)>',
  '<!--',
  '--><b>',
  ']]><b>',
  '&lt;script&gt;',
  '&#60;b&#62;',
  'javascript:alert(1)',
  '{client}{brand}{when}',
  '\u0000<b>\u0008',
  '\ud800<b>',
  '\u202e<b>gnp.exe',
  '<'.repeat(2000),
]

const hostileUrls = [
  'javascript:alert(1)',
  ' JAVASCRIPT:alert(1)',
  'java\tscript:x',
  'data:text/html,x',
  '//evil.example',
]

describe.each(languages)('in %s', (language) => {
  const messages = messagesFor(language)
  const pages = renderAllPages(messages, harmless)

  test.each(hostileTexts)('T46: %j in every text changes no element and no attribute of any page', (text) => {
    for (const [name, page] of renderAllPages(messages, { ...harmless, text })) {
      expect(shape(page), name).toEqual(shape(pages.get(name) ?? ''))
    }
  })

  test.each(hostileUrls)('T46: %j in every URL leads nowhere', (url) => {
    for (const [name, page] of renderAllPages(messages, { ...harmless, url })) {
      for (const tag of tagsOf(page)) {
        for (const attribute of ['href', 'src', 'srcset', 'action', 'formaction']) {
          const value = tag.attributes.get(attribute)
          if (value !== undefined) expect(value, name).toMatch(/^(?:\/[a-z]|about:invalid$)/)
        }
      }
    }
  })

  test.each([...pages.keys()])('%s: one h1, one main, the language, a title and no inline code', (name) => {
    const page = pages.get(name) ?? ''
    const tags = tagsOf(page)
    expect(named(tags, 'h1')).toHaveLength(1)
    expect(named(tags, 'main')).toHaveLength(1)
    expect(named(tags, 'html')[0]?.attributes.get('lang')).toBe(language)
    expect(page).toMatch(/<title>[^<]*\S[^<]*<\/title>/)
    expect(page).toMatch(/^<!doctype html>/)
    expect(page).not.toMatch(/\{[a-z]+\}/)
    for (const { attributes } of tags) {
      expect([...attributes.keys()].filter((key) => key === 'style' || key.startsWith('on'))).toEqual([])
    }
  })

  test.each([...pages.keys()])(
    '%s: every field has a label, and every id that is referred to exists once',
    (name) => {
      const tags = tagsOf(pages.get(name) ?? '')
      const ids = tags.flatMap((tag) => tag.attributes.get('id') ?? [])
      expect(new Set(ids).size).toBe(ids.length)
      const labelled = named(tags, 'label').map((label) => label.attributes.get('for'))
      for (const input of named(tags, 'input').filter((tag) => tag.attributes.get('type') !== 'hidden')) {
        expect(labelled).toContain(input.attributes.get('id'))
        expect(input.attributes.get('autocomplete')).toBeTruthy()
      }
      for (const attribute of [
        'aria-describedby',
        'aria-labelledby',
        'aria-controls',
        'data-reveals',
        'for',
      ]) {
        const referred = tags.flatMap((tag) => tag.attributes.get(attribute)?.split(' ') ?? [])
        for (const id of referred) expect(ids, attribute).toContain(id)
      }
    },
  )

  test.each([...pages.keys()])('%s: every file it loads is one of ours and exists', (name) => {
    const tags = tagsOf(pages.get(name) ?? '')
    const loaded = [...named(tags, 'link'), ...named(tags, 'script')]
    expect(loaded.length).toBeGreaterThan(0)
    for (const { attributes } of loaded) {
      const path = attributes.get('href') ?? attributes.get('src') ?? ''
      expect(path in assets || /^\/assets\/brand\.[0-9a-f]{16}\.css$/.test(path), path).toBe(true)
    }
  })
})

const english = renderAllPages(messagesFor('en'), harmless)

test('v5.0.0-6.2.6, v5.0.0-6.2.7: passwords are hidden, unlimited, and open to password managers', () => {
  const passwords = [...english.values()]
    .flatMap((page) => named(tagsOf(page), 'input'))
    .filter((tag) => tag.attributes.get('name') === 'password')
  expect(passwords.length).toBeGreaterThan(5)
  for (const { attributes } of passwords) {
    expect(attributes.get('type')).toBe('password')
    expect(attributes.get('autocomplete')).toMatch(/^(?:current|new)-password$/)
    expect(attributes.has('maxlength') || attributes.has('value')).toBe(false)
  }
})

test('after wrong credentials the login is kept, both fields are marked and tied to the alert', () => {
  const tags = tagsOf(english.get('sign-in wrong_credentials') ?? '')
  const [login, password] = named(tags, 'input')
  expect(login?.attributes.get('value')).toBe(harmless.text)
  expect(password?.attributes.has('autofocus')).toBe(true)
  for (const field of [login, password]) {
    expect(field?.attributes.get('aria-invalid')).toBe('true')
    expect(field?.attributes.get('aria-describedby')).toBe('problem')
  }
  expect(tags.find((tag) => tag.attributes.get('id') === 'problem')?.attributes.get('role')).toBe('alert')
})

test('consent answers allow, deny or switch', () => {
  const buttons = named(tagsOf(english.get('consent') ?? ''), 'button')
  expect(buttons.every((button) => button.attributes.get('name') === 'decision')).toBe(true)
  const values = buttons.map((button) => button.attributes.get('value'))
  expect(new Set(values)).toEqual(new Set(['allow', 'deny', 'switch']))
})

test('signing out posts xsrf, with logout=yes from one button and without it from the other', () => {
  const tags = tagsOf(english.get('sign-out') ?? '')
  expect(
    named(tags, 'input').map((tag) => [tag.attributes.get('name'), tag.attributes.get('value')]),
  ).toEqual([['xsrf', harmless.text]])
  const answers = named(tags, 'button').map((tag) => [
    tag.attributes.get('name'),
    tag.attributes.get('value'),
  ])
  expect(answers).toEqual([
    ['logout', 'yes'],
    [undefined, undefined],
  ])
})

test('a logo of another origin is not loaded', () => {
  for (const page of english.values()) {
    for (const { attributes } of named(tagsOf(page), 'img')) expect(attributes.get('src')).toBe('/logo.svg')
  }
})

function named(tags: readonly Tag[], name: string): readonly Tag[] {
  return tags.filter((tag) => tag.name === name)
}

function shape(page: string): readonly string[] {
  return tagsOf(page).map((tag) => `${tag.name} ${[...tag.attributes.keys()].join(' ')}`)
}
