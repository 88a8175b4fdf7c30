import { readFileSync } from 'node:fs'
import { gunzipSync } from 'node:zlib'
import argon2 from 'argon2'
import { expect, test } from 'vitest'
import { isCommonPassword } from '../../../src/domain/accounts/blocklist.ts'
import {
  checkNewPassword,
  createPasswordHasher,
  minimumPasswordLengthFor,
} from '../../../src/domain/accounts/password.ts'
import { createTurns } from '../../../src/domain/accounts/turns.ts'
import { Refusal } from '../../../src/platform/errors.ts'
import { cheapHashing } from './support.ts'

const hasher = createPasswordHasher(cheapHashing)
const right = { matches: true, needsRehash: false }
const wrong = { matches: false, needsRehash: false }

test('a password is kept as argon2id with the parameters asked for and a salt of its own', async () => {
  const [first, second] = await Promise.all([
    hasher.hash('correct horse battery'),
    hasher.hash('correct horse battery'),
  ])
  expect(first).toMatch(/^\$argon2id\$v=19\$m=1024,p=1,t=2\$/)
  expect(first).not.toBe(second)
  expect(await hasher.verify(first, 'correct horse battery')).toEqual(right)
  expect(await hasher.verify(first, 'Correct horse battery')).toEqual(wrong)
})

test('v5.0.0-6.2.8: nothing is cut off, folded or trimmed: the 73rd byte and the last of 200 code points matter', async () => {
  for (const password of ['a'.repeat(73), `${'🦊'.repeat(199)}b`, ' spaces at both ends ']) {
    const hash = await hasher.hash(password)
    expect(await hasher.verify(hash, password)).toEqual(right)
    expect(await hasher.verify(hash, password.slice(0, -1))).toEqual(wrong)
    expect(await hasher.verify(hash, `${password.slice(0, -1)}c`)).toEqual(wrong)
    expect(await hasher.verify(hash, `${password} `)).toEqual(wrong)
  }
})

test('two ways to type one letter are one password (NFC), look-alikes are not', async () => {
  const hash = await hasher.hash('caf\u00E9 au lait, s il te plait')
  expect(await hasher.verify(hash, 'cafe\u0301 au lait, s il te plait')).toEqual(right)
  expect(await hasher.verify(hash, 'cafe au lait, s il te plait')).toEqual(wrong)
  const ligature = await hasher.hash('o\uFB03ce hours are over')
  expect(await hasher.verify(ligature, 'office hours are over')).toEqual(wrong)
})

test('a hash with other parameters still opens and asks to be made anew', async () => {
  const old = await argon2.hash('an old password here', { memoryCost: 512, timeCost: 2, parallelism: 1 })
  expect(await hasher.verify(old, 'an old password here')).toEqual({ matches: true, needsRehash: true })
  expect(await hasher.verify(old, 'another password here')).toEqual(wrong)
})

test('no password matches where there is no hash', async () => {
  for (const password of ['', 'decoy', 'correct horse battery']) {
    expect(await hasher.verify(undefined, password)).toEqual(wrong)
  }
})

test('a password too long or not text is refused before any hashing', async () => {
  const hash = await hasher.hash('\uFFFD'.repeat(15))
  const full = createPasswordHasher({ ...cheapHashing, maxConcurrent: 0, maxWaiting: 0 })
  for (const password of ['a'.repeat(201), '🦊'.repeat(201), 'a'.repeat(1_000_000), '\uD800'.repeat(15)]) {
    // This one has no turn to give: an answer shows that none was wanted.
    expect(await full.verify(hash, password)).toEqual(wrong)
    await expect(full.hash(password)).rejects.toMatchObject({ code: 'weak_password' })
  }
  await expect(full.verify(hash, 'a')).rejects.toMatchObject({ code: 'temporarily_unavailable' })
})

test('R10: over the bounds a password is refused at once, and those in line are served', async () => {
  const small = createPasswordHasher({ ...cheapHashing, maxConcurrent: 1, maxWaiting: 2 })
  const answers = await Promise.allSettled(Array.from({ length: 10 }, () => small.verify(undefined, 'x')))
  expect(answers.filter(({ status }) => status === 'fulfilled')).toHaveLength(3)
  for (const answer of answers) {
    if (answer.status === 'fulfilled') continue
    expect(answer.reason).toBeInstanceOf(Refusal)
    expect(answer.reason).toMatchObject({
      code: 'temporarily_unavailable',
      status: 503,
      retryAfterSeconds: 2,
    })
  }
  expect(await small.verify(undefined, 'x')).toEqual(wrong)
})

test('turns are never more at once than there are, in order, and one that fails gives its turn back', async () => {
  const turns = createTurns({ maxConcurrent: 2, maxWaiting: 100 })
  const order: number[] = []
  let [running, most] = [0, 0]
  const work = (index: number) => async () => {
    running += 1
    most = Math.max(most, running)
    order.push(index)
    await new Promise((resolve) => setImmediate(resolve))
    running -= 1
    if (index % 3 === 0) throw new Error('failed')
  }
  // Some come while others are handed their turn.
  const all = Array.from({ length: 50 }, async (_, index) => {
    for (let wait = 0; wait < Math.floor(index / 5); wait += 1)
      await new Promise((resolve) => setImmediate(resolve))
    return turns.take(work(index))
  })
  const settled = await Promise.allSettled(all)
  expect(most).toBe(2)
  expect(order).toEqual(Array.from({ length: 50 }, (_, index) => index))
  expect(settled.filter(({ status }) => status === 'rejected')).toHaveLength(17)
})

const context = {
  email: 'ada.lovelace.countess@example.com',
  username: 'analytical-engine',
  name: 'Augusta Ada King',
  contextWords: ['Latchkey', 'login.example.org', 'password', 'Über Uns GmbH'],
}
/** Of no word and no pattern, so that only the length is judged. */
const letters = Array.from({ length: 300 }, (_, index) =>
  String.fromCodePoint(0x61 + ((index * index * 7 + index * 3) % 25)),
).join('')
const emoji = Array.from({ length: 300 }, (_, index) =>
  String.fromCodePoint(0x1f400 + ((index * index * 5 + index) % 61)),
).join('')
const take = (text: string, count: number) => Array.from(text).slice(0, count).join('')
const accented = Array.from(take(letters, 15)).map((letter) => `${letter}\u0301`)

test.each([
  ['v5.0.0-6.2.1: fourteen code points', take(letters, 14), 'too_short'],
  ['v5.0.0-6.2.1: fifteen code points', take(letters, 15), undefined],
  ['fourteen emoji of two units each', take(emoji, 14), 'too_short'],
  ['fifteen emoji', take(emoji, 15), undefined],
  ['letters that NFC joins are counted once', 'e\u0301a\u0301'.repeat(7), 'too_short'],
  ['letters that NFC cannot join are counted as they are', accented.slice(0, 7).join('q\u0301'), undefined],
  ['v5.0.0-6.2.9: sixty-four code points', take(letters, 64), undefined],
  ['v5.0.0-6.2.9: two hundred code points', take(emoji, 200), undefined],
  ['two hundred and one', take(letters, 201), 'too_long'],
  ['a megabyte', 'a'.repeat(1_000_000), 'too_long'],
  ['v5.0.0-6.2.5: only small letters and spaces', 'only small letters here', undefined],
  ['v5.0.0-6.2.5: only digits', '402958117360254', undefined],
  ['a NUL', `${take(letters, 20)}\u0000`, 'contains_control'],
  ['a line break', 'first line\nsecond line', 'contains_control'],
  ['half a surrogate pair', `${take(letters, 20)}\uD800`, 'contains_control'],
  ['the address', 'Ada.Lovelace.Countess@EXAMPLE.com', 'is_your_name_or_address'],
  ['the name in the address', 'ada.lovelace.countess', 'is_your_name_or_address'],
  ['the user name', 'Analytical-Engine', 'is_your_name_or_address'],
  ['parts of the name with digits to reach the length', 'Lovelace1815-1852', 'is_your_name_or_address'],
  ['the own name twice', 'augustaking AUGUSTAKING', 'is_your_name_or_address'],
  ['a name and a context word', 'latchkey lovelace!', 'is_your_name_or_address'],
  ['the user name within a longer one', 'my Analytical-Engine hums', undefined],
  ['v5.0.0-6.2.11: a context word twice', 'latchkey latchkey', 'is_a_context_word'],
  ['v5.0.0-6.2.11: a context word with digits', 'L\uFF41tchkey20262026', 'is_a_context_word'],
  ['v5.0.0-6.2.11: the host', 'login.example.org', 'is_a_context_word'],
  ['v5.0.0-6.2.11: what the field is called', 'Password!2026!!!', 'is_a_context_word'],
  ['v5.0.0-6.2.11: a context word that is not ASCII', 'U\u0308BER UNS GMBH 2026', 'is_a_context_word'],
  ['a context word within a longer one', 'latchkey latchkey and more', undefined],
  ['a context word with eleven digits of one’s own', 'latchkey 40295811736', undefined],
  ['v5.0.0-6.2.4: the most common with fifteen characters', '123456789012345', 'is_predictable'],
  ['v5.0.0-6.2.4: a common one, in another case', 'PolniyPizdec0211', 'is_common'],
  ['v5.0.0-6.2.4: a common short one twice', 'sunshine1sunshine1', 'is_common'],
  ['one letter', 'a'.repeat(15), 'is_predictable'],
  ['one emoji', '🦊'.repeat(15), 'is_predictable'],
  ['three times the same, the last cut short', 'xk7qpxk7qpxk7qpxk7', 'is_predictable'],
  ['twice something long of one’s own', 'tuvohira qeltuvohira qel', undefined],
  ['the alphabet', 'abcdefghijklmnop', 'is_predictable'],
  ['the alphabet backwards', 'ponmlkjihgfedcba', 'is_predictable'],
  ['a row of keys', 'QWERTYUIOPasdfgh', 'is_predictable'],
  ['a row of German keys', 'qwertzuiopasdfghjkl', 'is_predictable'],
  ['keys up and down', '1qaz2wsx3edc4rfv', 'is_predictable'],
])('a new password of %s', (_, password, problem) => {
  expect(checkNewPassword(password, context)).toBe(problem)
})

test('v5.0.0-6.2.1: eight characters are enough where a second factor is always asked for', () => {
  const minimumLength = minimumPasswordLengthFor({ secondFactorEnforced: true })
  expect(minimumLength).toBe(8)
  expect(minimumPasswordLengthFor({ secondFactorEnforced: false })).toBe(15)
  expect(checkNewPassword('vq3 zkf', { ...context, minimumLength })).toBe('too_short')
  expect(checkNewPassword('vq3 zkfd', { ...context, minimumLength })).toBeUndefined()
  expect(checkNewPassword('vq3 zkfd', context)).toBe('too_short')
  expect(checkNewPassword('iloveyou', { ...context, minimumLength })).toBe('is_common')
  expect(checkNewPassword('latchkey', { ...context, minimumLength })).toBe('is_a_context_word')
})

test('v5.0.0-6.2.4: every password of the list is refused, with far more than 3,000 of the length asked for', () => {
  const file = new URL('../../../src/domain/accounts/common-passwords.txt.gz', import.meta.url)
  const listed = gunzipSync(readFileSync(file)).toString().trimEnd().split('\n')
  const nobody = { email: 'x@y.example', contextWords: [] }
  const ofLength = listed.filter((password) => Array.from(password).length >= 15)
  console.log(`${listed.length} common passwords, ${ofLength.length} with at least 15 characters`)
  expect(ofLength.length).toBeGreaterThan(9000)
  expect(listed.filter((password) => !isCommonPassword(password))).toEqual([])
  expect(ofLength.filter((password) => checkNewPassword(password, nobody) === undefined)).toEqual([])
  // Neighbours of what is listed are not.
  expect(listed.filter((password) => isCommonPassword(`${password}\u0001`))).toEqual([])
})
