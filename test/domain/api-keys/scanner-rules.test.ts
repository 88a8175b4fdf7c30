import { describe, expect, test } from 'vitest'
import { keyPattern, scannerFormats, scannerRules } from '../../../src/domain/api-keys/scanner-rules.ts'
import type { ScannerFormat } from '../../../src/domain/api-keys/scanner-rules.ts'
import { makeKey, newKeyId } from '../../../src/domain/api-keys/secret.ts'

const installation = { prefix: 'acme', issuer: 'https://login.acme.example' }

// What a scanner reads out of the text it is given.
function regexOf(format: ScannerFormat): RegExp {
  const text = scannerRules(format, installation)
  if (format === 'gitleaks') return new RegExp(/^regex = '''(.*)'''$/m.exec(text)?.[1] ?? '(?!)')
  if (format === 'trufflehog') return new RegExp(/^ {6}key: '(.*)'$/m.exec(text)?.[1] ?? '(?!)')
  const field = (name: string) => new RegExp(`^${name}:\\s+(.*)$`, 'm').exec(text)?.[1] ?? '(?!)'
  // The anchors of Hyperscan, as JavaScript writes them.
  const around = (pattern: string) => pattern.replace('\\A', '^').replace('\\z', '$')
  const [before, after] = [around(field('Before secret')), around(field('After secret'))]
  return new RegExp(`(?:${before})(${field('Secret format')})(?:${after})`)
}

describe.each(scannerFormats)('the rule for %s', (format) => {
  const regex = regexOf(format)

  test('finds every key wherever it stands', () => {
    for (let round = 0; round < 500; round += 1) {
      const { text } = makeKey('acme', newKeyId())
      for (const [before, after] of [
        ['', ''],
        ['key=', '&x=1'],
        ['"', '"'],
        ["'", "',"],
        ['Authorization: Bearer ', '\n'],
        ['https://api.example/?k=', '#'],
        ['\n', '\r\n'],
        ['(', ').'],
      ]) {
        expect(regex.exec(`${before}${text}${after}`)?.[1]).toBe(text)
      }
    }
  })

  test('finds nothing that only looks like one', () => {
    const { text } = makeKey('acme', newKeyId())
    const [, id = '', secret = ''] = text.split('_')
    for (const other of [
      makeKey('other', newKeyId()).text,
      makeKey('xacme', newKeyId()).text,
      `x${text}`,
      `${text}0`,
      `${text}_`,
      text.slice(0, -1),
      `ACME_${id}_${secret}`,
      `acme_${id}${secret}`,
      `acme_${id.slice(1)}_${secret}`,
      `acme_${id}-${secret}`,
      `acme_${id}_${secret.slice(0, 10)}-${secret.slice(11)}`,
      'acme_production_database_password',
      'acme_',
    ]) {
      // A word boundary does not tell "_" from a letter, which is as it should be.
      expect(regex.exec(other)).toBeNull()
    }
  })
})

test('the pattern has nothing in it that scanners read differently', () => {
  expect(keyPattern('lk')).toMatch(/^[\w[\]{}-]+$/)
})
