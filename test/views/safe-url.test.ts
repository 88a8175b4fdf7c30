import { expect, test } from 'vitest'
import { isSameOriginPath, safeUrl } from '../../views/safe-url.ts'

test.each([
  'https://app.example',
  'HTTPS://app.example/a?b=c#d',
  'http://localhost:3000/x',
  'mailto:help@app.example',
  '/path?x=1',
  '/',
  '?page=2',
  '#top',
])('%s may be linked to', (url) => {
  expect(safeUrl(url)).toBe(url)
})

test.each([
  'javascript:alert(1)',
  'JaVaScRiPt:alert(1)',
  ' javascript:alert(1)',
  'java\tscript:alert(1)',
  'java\nscript:alert(1)',
  '\u0001javascript:alert(1)',
  '\u00a0javascript:alert(1)',
  '\u2028javascript:alert(1)',
  'javascript&colon;alert(1)',
  'data:text/html,<script>alert(1)</script>',
  'DATA:text/html;base64,PHNjcmlwdD4=',
  'vbscript:msgbox(1)',
  'blob:https://app.example/1',
  'file:///etc/passwd',
  'view-source:https://app.example',
  '//evil.example',
  '/\\evil.example',
  '\\\\evil.example',
  '/\t/evil.example',
  'https:evil.example',
  'https:///evil.example',
  'https://',
  'https://a b.example',
  'https://[::1',
  'mailto:',
  'https://app.example/a\nb',
  'https://app.example\\@evil.example',
  '/a b',
  'evil.example',
  '',
])('%j may not', (url) => {
  expect(safeUrl(url)).toBeUndefined()
})

test('only a path, query or fragment is of this origin', () => {
  expect(isSameOriginPath('/logo.svg')).toBe(true)
  expect(isSameOriginPath('//evil.example/logo.svg')).toBe(false)
  expect(isSameOriginPath('https://app.example/logo.svg')).toBe(false)
})
