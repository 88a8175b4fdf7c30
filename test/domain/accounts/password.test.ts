import argon2 from 'argon2'
import { expect, test } from 'vitest'
import { checkNewPassword, createPasswordHasher } from '../../../src/domain/accounts/password.ts'
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
  contextWords: ['Latchkey Latchkey'],
}

test.each([
  ['v5.0.0-6.2.1: fourteen code points', 'a'.repeat(14), 'too_short'],
  ['v5.0.0-6.2.1: fifteen code points', 'a'.repeat(15), undefined],
  ['fourteen emoji of two units each', '🦊'.repeat(14), 'too_short'],
  ['fifteen emoji', '🦊'.repeat(15), undefined],
  ['letters that NFC joins are counted once', 'e\u0301'.repeat(14), 'too_short'],
  ['v5.0.0-6.2.9: two hundred code points', '🦊'.repeat(200), undefined],
  ['two hundred and one', 'a'.repeat(201), 'too_long'],
  ['a megabyte', 'a'.repeat(1_000_000), 'too_long'],
  ['v5.0.0-6.2.5: only small letters and spaces', 'only small letters here', undefined],
  ['a NUL', `${'a'.repeat(20)}\u0000`, 'contains_control'],
  ['a line break', 'first line\nsecond line', 'contains_control'],
  ['half a surrogate pair', `${'a'.repeat(20)}\uD800`, 'contains_control'],
  ['the address', 'Ada.Lovelace.Countess@EXAMPLE.com', 'is_your_name_or_address'],
  ['the name in the address', 'ada.lovelace.countess', 'is_your_name_or_address'],
  ['the user name', 'Analytical-Engine', 'is_your_name_or_address'],
  ['the user name within a longer one', 'my Analytical-Engine hums', undefined],
  ['v5.0.0-6.2.11: a context word', 'latchkey latchkey', 'is_a_context_word'],
  ['a context word within a longer one', 'latchkey latchkey and more', undefined],
])('a new password of %s', (_, password, problem) => {
  expect(checkNewPassword(password, context)).toBe(problem)
})
