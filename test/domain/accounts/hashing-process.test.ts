/** The process that hashes passwords: it gives way, it may die, and it takes nothing with it. */
import { once } from 'node:events'
import { fork } from 'node:child_process'
import { getPriority } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { hashesHere } from '../../../src/domain/accounts/hashes.ts'
import { createHashingProcess } from '../../../src/domain/accounts/hashing-process.ts'
import type { HashingProcess } from '../../../src/domain/accounts/hashing-process.ts'

const cheap = { memoryKibibytes: 64, iterations: 2, parallelism: 1 }
/** Takes long enough to be in the middle of it. */
const costly = { memoryKibibytes: 256 * 1024, iterations: 20, parallelism: 1 }
const busy = { code: 'temporarily_unavailable', retryAfterSeconds: 2 }

let hashes: HashingProcess
let lost: string[]

beforeEach(() => {
  lost = []
  hashes = createHashingProcess({ onLost: (how) => lost.push(how) })
})
afterEach(() => hashes.close())

test('what it hashes is compared here, and the other way round, several at once', async () => {
  expect(hashes.processId()).toBeUndefined()
  const passwords = Array.from({ length: 20 }, (_, index) => `pässword ${index} "\n\u{1f511}`)
  const made = await Promise.all(passwords.map((password) => hashes.hash(password, cheap)))
  for (const [index, password] of passwords.entries()) {
    expect(made[index]).toMatch(/^\$argon2id\$v=19\$m=64,p=1,t=2\$/)
    expect(await hashesHere.verify(made[index] ?? '', password)).toBe(true)
    expect(await hashes.verify(await hashesHere.hash(password, cheap), password)).toBe(true)
    expect(await hashes.verify(made[index] ?? '', `${password}.`)).toBe(false)
  }
})

test('R10: everything else comes before it', async () => {
  await hashes.hash('a password', cheap)
  expect(getPriority(hashes.processId())).toBe(19)
  expect(getPriority()).toBeLessThan(19)
})

test('what cannot be compared is an error without the password or the hash in it, and the next is answered', async () => {
  const failure: unknown = await hashes
    .verify('$argon2id$nonsense', 'hunter2')
    .catch((error: unknown) => error)
  expect(failure).toBeInstanceOf(Error)
  expect(String(failure)).not.toMatch(/hunter2|nonsense/)
  expect(await hashes.hash('a password', cheap)).toMatch(/^\$argon2id\$/)
  expect(lost).toEqual([])
})

test('killed in the middle: whoever waited is told to come back, and the next one has another process', async () => {
  await hashes.hash('a password', cheap)
  const first = hashes.processId() ?? 0
  const waiting = [1, 2, 3].map((number) => hashes.hash(`password ${number}`, costly))
  process.kill(first, 'SIGKILL')
  for (const outcome of await Promise.allSettled(waiting)) {
    expect(outcome).toMatchObject({ status: 'rejected', reason: busy })
  }
  expect(lost).toEqual(['SIGKILL'])
  expect(await hashes.verify(await hashes.hash('a password', cheap), 'a password')).toBe(true)
  expect(hashes.processId()).not.toBe(first)
})

test('where none can be started whoever asks is told to come back, and is served when one can', async () => {
  const { execPath } = process
  process.execPath = '/nowhere/node'
  try {
    for (let time = 0; time < 3; time += 1) {
      await expect(hashes.hash('a password', cheap)).rejects.toMatchObject(busy)
    }
  } finally {
    process.execPath = execPath
  }
  expect(lost).toHaveLength(3)
  expect(await hashes.hash('a password', cheap)).toMatch(/^\$argon2id\$/)
})

test('Ctrl-C and a polite end are the server’s to decide; closing ends it', async () => {
  await hashes.hash('a password', cheap)
  const processId = hashes.processId() ?? 0
  process.kill(processId, 'SIGINT')
  process.kill(processId, 'SIGTERM')
  expect(await hashes.hash('a password', cheap)).toMatch(/^\$argon2id\$/)
  expect(hashes.processId()).toBe(processId)
  hashes.close()
  await vi.waitFor(() => expect(isAlive(processId)).toBe(false), { timeout: 20_000 })
  expect(lost).toEqual([])
})

test('it ends with its server, however that ends', async () => {
  const server = fork(join(import.meta.dirname, '../../support/hashing-server.ts'))
  const [processId] = (await once(server, 'message')) as [number]
  expect(isAlive(processId)).toBe(true)
  server.kill('SIGKILL')
  await vi.waitFor(() => expect(isAlive(processId)).toBe(false), { timeout: 20_000 })
})

function isAlive(processId: number): boolean {
  try {
    return process.kill(processId, 0)
  } catch {
    return false
  }
}
