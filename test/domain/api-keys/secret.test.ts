import { describe, expect, test } from 'vitest'
import type { ApiKey, ApiKeySecret } from '../../../src/domain/api-keys/find.ts'
import {
  createPeppers,
  hashSecret,
  makeKey,
  newKeyId,
  parseKey,
  secretMatches,
} from '../../../src/domain/api-keys/secret.ts'
import type { Slot } from '../../../src/domain/api-keys/secret.ts'
import { now } from '../clients/support.ts'

const digits = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz'
const first = { id: 'p1', key: Buffer.alloc(32, 1) }
const second = { id: 'p2', key: Buffer.alloc(32, 2) }
const peppers = createPeppers([first, second])

describe('the text of a key', () => {
  test.each(['lk', 'a', 'acmelive', 'abcdefghijklmno'])('with the prefix %s reads back', (prefix) => {
    for (let round = 0; round < 200; round += 1) {
      const keyId = newKeyId()
      const { text, secret } = makeKey(prefix, keyId)
      expect(text).toMatch(new RegExp(`^${prefix}_[0-9A-Za-z]{12}_[0-9A-Za-z]{38}$`))
      expect(parseKey(text, prefix)).toEqual({ keyId, secret })
      expect(parseKey(text, `${prefix}x`)).toBeUndefined()
    }
  })

  test('T09: with any one character changed, dropped, doubled or two swapped it is refused, without a question', () => {
    const { text } = makeKey('lk', newKeyId())
    const others = `${digits}_-+/=. \u0000\n\u00e9\u{1f511}`
    for (let at = 0; at < text.length; at += 1) {
      const [before, here, after] = [text.slice(0, at), text[at] ?? '', text.slice(at + 1)]
      for (const other of others) {
        if (other !== here) expect(parseKey(before + other + after, 'lk')).toBeUndefined()
      }
      expect(parseKey(before + after, 'lk')).toBeUndefined()
      expect(parseKey(before + here + here + after, 'lk')).toBeUndefined()
      if (after !== '' && after[0] !== here) {
        expect(parseKey(before + after[0] + here + after.slice(1), 'lk')).toBeUndefined()
      }
    }
  })

  test.each([
    '',
    'lk',
    'lk_',
    'lk__',
    ' '.repeat(54),
    'x'.repeat(10_000_000),
    `lk_${'0'.repeat(12)}_${'0'.repeat(38)}`,
    `lk_${'\u0000'.repeat(12)}_${'0'.repeat(38)}`,
    `lk_${'Ａ'.repeat(12)}_${'0'.repeat(38)}`,
    `LK_${'0'.repeat(12)}_${'0'.repeat(38)}`,
  ])('is never read out of other text (%#)', (text) => {
    expect(parseKey(text, 'lk')).toBeUndefined()
  })

  test('of another prefix with the same length is refused, though its own checksum is right', () => {
    expect(parseKey(makeKey('kl', newKeyId()).text, 'lk')).toBeUndefined()
  })
})

describe('a secret', () => {
  test('matches in the place that holds it, by the pepper it was hashed with, while it works', () => {
    const [one, two] = [makeKey('lk', 'a'.repeat(12)).secret, makeKey('lk', 'a'.repeat(12)).secret]
    const later = new Date(now.getTime() + 1000)
    const key = keyWith({ slot: 1, secret: one, expiresAt: later }, { slot: 2, secret: two, pepper: second })
    expect(secretMatches(peppers, key, one, now)).toBe(1)
    expect(secretMatches(peppers, key, two, now)).toBe(2)
    expect(secretMatches(peppers, key, one, later)).toBeUndefined()
    expect(secretMatches(peppers, key, two, later)).toBe(2)
    expect(secretMatches(peppers, key, `${one.slice(0, -1)}-`, now)).toBeUndefined()
    expect(secretMatches(peppers, key, '', now)).toBeUndefined()
  })

  test('a leaked database verifies nothing: without the pepper that made it, the hash matches no secret', () => {
    const { secret } = makeKey('lk', 'a'.repeat(12))
    const guesses = [
      createPeppers([{ id: 'p1', key: Buffer.alloc(32) }]),
      createPeppers([{ id: 'p1', key: second.key }]),
      createPeppers([second]),
      // Not even the right bytes, as long as they have another name.
      createPeppers([{ id: 'p3', key: first.key }]),
    ]
    for (const guess of guesses) {
      for (const slot of [1, 2] as const) {
        expect(secretMatches(guess, keyWith({ slot, secret }), secret, now)).toBeUndefined()
      }
    }
  })

  test('a leaked pepper mints nothing: what it hashes matches only if the database already holds that hash', () => {
    const minted = makeKey('lk', 'a'.repeat(12))
    expect(parseKey(minted.text, 'lk')).toBeDefined()
    const key = keyWith({ slot: 1, secret: makeKey('lk', 'a'.repeat(12)).secret })
    expect(secretMatches(peppers, key, minted.secret, now)).toBeUndefined()
    expect(secretMatches(peppers, keyWith(), minted.secret, now)).toBeUndefined()
  })

  test('of another key is worth nothing, even if its hash was moved over in the database', () => {
    const { secret } = makeKey('lk', 'a'.repeat(12))
    const moved = { ...keyWith({ slot: 1, secret }), id: 'b'.repeat(12) }
    expect(secretMatches(peppers, moved, secret, now)).toBeUndefined()
  })

  test('an empty place matches nothing, not even a hash of zeros', () => {
    expect(secretMatches(peppers, keyWith(), '', now)).toBeUndefined()
  })
})

test('there is no room without a pepper', () => {
  expect(() => createPeppers([])).toThrow()
})

interface Kept {
  readonly slot: Slot
  readonly secret: string
  readonly pepper?: typeof first
  readonly expiresAt?: Date
}

function keyWith(...kept: Kept[]): ApiKey {
  const id = 'a'.repeat(12)
  const secrets = kept.map(({ slot, secret, pepper = first, expiresAt }): ApiKeySecret => ({
    slot,
    ...hashSecret(createPeppers([pepper]), { keyId: id, secret }),
    createdAt: now,
    expiresAt,
    lastUsedAt: undefined,
    lastUsedAddress: undefined,
    lastUsedUserAgent: undefined,
  }))
  return {
    id,
    name: 'Key',
    owner: { type: 'client', id: 'client' },
    apiId: 'api',
    apiIdentifier: 'https://api.example',
    scopes: [],
    expiresAt: undefined,
    allowedAddresses: [],
    rateLimit: undefined,
    quota: undefined,
    disabledAt: undefined,
    revokedAt: undefined,
    revocationReason: undefined,
    createdAt: now,
    updatedAt: now,
    version: 1,
    secrets,
  }
}
