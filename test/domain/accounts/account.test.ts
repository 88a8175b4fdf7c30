import { afterAll, beforeAll, expect, test } from 'vitest'
import { attemptKey, findAccount, findAccountByLogin } from '../../../src/domain/accounts/account.ts'
import { changeAccount, accountChange } from '../../../src/domain/accounts/change.ts'
import { createAccount, newAccount } from '../../../src/domain/accounts/create.ts'
import { accountListQuery, listAccounts } from '../../../src/domain/accounts/list.ts'
import { setPassword } from '../../../src/domain/accounts/set-password.ts'
import { randomId } from '../../../src/platform/crypto/random.ts'
import { openRoom } from '../../support/room.ts'
import type { Room } from '../../support/room.ts'
import { act, countEvents, digestOfOthers, eventsAbout, makeAccount, now } from './support.ts'

let database: Room
beforeAll(async () => {
  database = await openRoom()
})
afterAll(() => database.close())

const later = { ...act, now: new Date(now.getTime() + 60_000) }

test('an account is found as it was made, by its id and by every spelling of its names', async () => {
  const { db } = database
  const claims = {
    given_name: 'Ada',
    address: { street_address: '12 Row\nLondon' },
    phone_number_verified: false,
  }
  const made = await makeAccount(db, { email: 'Ada@Example.com', username: 'AdaL', claims })
  expect(made).toMatchObject({
    email: 'Ada@Example.com',
    emailVerifiedAt: undefined,
    username: 'AdaL',
    hasPassword: false,
    passwordTemporary: false,
    claims,
    administrator: false,
    disabledAt: undefined,
    createdAt: now,
    version: 1,
  })
  expect(await findAccount(db, made.id)).toEqual(made)
  for (const login of ['ada@example.com', ' ADA@EXAMPLE.COM', 'adal', 'ＡＤＡＬ']) {
    expect(await findAccountByLogin(db, login)).toEqual(made)
    expect(await attemptKey(db, login)).toBe(made.id)
  }
  expect(await db.transaction().execute((transaction) => findAccount(transaction, made.id))).toEqual(made)
  expect(JSON.stringify(made)).not.toContain('hash')
  expect(await eventsAbout(db, made.id)).toEqual([
    ['account.created', { email_verified: false, has_password: false }],
  ])
})

test('T29: attempts at a login that nobody has are counted under one key for all its spellings', async () => {
  const { db } = database
  const keys = await Promise.all(
    ['Nobody@x.example', 'nobody@X.EXAMPLE', 'nobody＠x.example'].map((login) => attemptKey(db, login)),
  )
  expect(new Set(keys).size).toBe(1)
})

const hostile = [
  '',
  '\u0000',
  "' or 1=1 --",
  '\uD800',
  '%',
  '_',
  'acc_\u0000',
  '\u202E',
  '@',
  '@@@@',
  '\\',
  'a'.repeat(100_000),
  '\uFDFA'.repeat(320),
]

test.each(hostile.map((text) => [JSON.stringify(text).slice(0, 40), text]))(
  'hostile text %s finds nobody and breaks nothing',
  async (_, text) => {
    const { db } = database
    expect(await findAccount(db, text)).toBeUndefined()
    expect(await findAccountByLogin(db, text)).toBeUndefined()
    expect(await attemptKey(db, text)).toMatch(/^login:/)
    const query = accountListQuery.safeParse({ search: text })
    if (query.success)
      expect((await listAccounts(db, query.data)).items).toEqual(text === '@' ? expect.anything() : [])
  },
)

test('an address or user name belongs to one account, in every spelling, and a refusal writes nothing', async () => {
  const { db } = database
  await makeAccount(db, { email: 'owner@example.com', username: 'Straße' })
  const before = await countEvents(db)
  const attempt = (input: unknown) =>
    createAccount(db, { id: randomId('acc'), account: newAccount.parse(input) }, act)
  expect(await attempt({ email: 'OWNER@example.com' })).toEqual({ outcome: 'email_taken' })
  expect(await attempt({ email: 'o@example.com', username: 'strasse' })).toEqual({
    outcome: 'username_taken',
  })
  expect(await countEvents(db)).toBe(before)
  expect(await findAccountByLogin(db, 'o@example.com')).toBeUndefined()
})

test('of twenty who take one address at once on two instances, one gets it', async () => {
  const { db, other } = database
  const outcomes = await Promise.all(
    Array.from({ length: 20 }, (_, index) =>
      createAccount(
        index % 2 === 0 ? db : other,
        {
          id: randomId('acc'),
          account: newAccount.parse({ email: 'Race@example.com', username: `racer${index}` }),
        },
        act,
      ),
    ),
  )
  expect(outcomes.filter(({ outcome }) => outcome === 'created')).toHaveLength(1)
  expect(outcomes.filter(({ outcome }) => outcome === 'email_taken')).toHaveLength(19)
})

test('a taken name leaves the transaction of the caller usable, and a rolled-back one leaves nothing', async () => {
  const { db } = database
  await makeAccount(db, { email: 'kept@example.com' })
  const before = await countEvents(db)
  const failed = db.transaction().execute(async (transaction) => {
    const taken = { id: randomId('acc'), account: newAccount.parse({ email: 'kept@example.com' }) }
    expect(await createAccount(transaction, taken, act)).toEqual({ outcome: 'email_taken' })
    await makeAccount(transaction, { email: 'undone@example.com' })
    throw new Error('undone')
  })
  await expect(failed).rejects.toThrow('undone')
  expect(await findAccountByLogin(db, 'undone@example.com')).toBeUndefined()
  expect(await countEvents(db)).toBe(before)
})

test.each([
  [{ email: 'x@example.com', administrator: true }],
  [{ email: 'x@example.com', id: 'acc_1' }],
  [{ email: 'x@example.com', password_hash: 'x' }],
  [{ email: ['x@example.com'] }],
  [{ email: 'x@example.com', claims: { sub: 'acc_1' } }],
  [{ email: 'x@example.com', claims: { email_verified: true } }],
  [{ email: 'x@example.com', claims: { __proto__: null, admin: true } }],
])('T35: a new account with a member nobody asked for is refused: %j', (input) => {
  expect(newAccount.safeParse(input).success).toBe(false)
})

test('T39: a change names the version it was made from, changes one account alone and tells which fields', async () => {
  const { db } = database
  const { id } = await makeAccount(db, {
    email: 'change@example.com',
    emailVerified: true,
    username: 'changer',
  })
  const digest = await digestOfOthers(db, id)
  const change = accountChange.parse({ username: null, claims: { name: 'C. Hange' } })
  const changed = await changeAccount(db, { id, version: 1, change }, later)
  expect(changed).toMatchObject({
    outcome: 'changed',
    account: {
      username: undefined,
      claims: { name: 'C. Hange' },
      version: 2,
      updatedAt: later.now,
      emailVerifiedAt: now,
    },
  })
  expect(await changeAccount(db, { id, version: 1, change }, later)).toEqual({ outcome: 'version_conflict' })
  expect(await changeAccount(db, { id: 'acc_none', version: 1, change }, later)).toEqual({
    outcome: 'not_found',
  })
  expect(await eventsAbout(db, id)).toEqual([
    ['account.created', { email_verified: true, has_password: false }],
    ['account.changed', { fields: ['username', 'claims'] }],
    ['account.username_changed', {}],
  ])
  expect(await digestOfOthers(db, id)).toBe(digest)
})

test('of ten changes of one version at once, one is made', async () => {
  const { db, other } = database
  const { id } = await makeAccount(db, { email: 'versions@example.com' })
  const outcomes = await Promise.all(
    Array.from({ length: 10 }, (_, index) =>
      changeAccount(
        index % 2 === 0 ? db : other,
        { id, version: 1, change: { claims: { name: `n${index}` } } },
        later,
      ),
    ),
  )
  expect(outcomes.filter(({ outcome }) => outcome === 'changed')).toHaveLength(1)
  expect(outcomes.filter(({ outcome }) => outcome === 'version_conflict')).toHaveLength(9)
})

test('T34: another address is unverified, another spelling of the same one stays verified', async () => {
  const { db } = database
  const { id } = await makeAccount(db, { email: 'verified@example.com', emailVerified: true })
  const change = async (version: number, input: unknown) => {
    const changed = await changeAccount(db, { id, version, change: accountChange.parse(input) }, later)
    if (changed.outcome !== 'changed') throw new Error(changed.outcome)
    return changed.account.emailVerifiedAt
  }
  expect(await change(1, { email: 'Verified@example.com' })).toEqual(now)
  expect(await change(2, { email: 'other@example.com' })).toBeUndefined()
  expect(await change(3, { emailVerified: true })).toEqual(later.now)
  expect(await change(4, { email: 'third@example.com', emailVerified: true })).toEqual(later.now)
  expect(await change(5, { emailVerified: false })).toBeUndefined()
})

test('a change to a taken name is refused, and of two that reach for one name at once, one gets it', async () => {
  const { db, other } = database
  const first = await makeAccount(db, { email: 'first@example.com', username: 'first' })
  const second = await makeAccount(db, { email: 'second@example.com' })
  const attempt = { id: second.id, version: 1 }
  const toEmail = accountChange.parse({ email: 'FIRST@example.com' })
  expect(await changeAccount(db, { ...attempt, change: toEmail }, later)).toEqual({ outcome: 'email_taken' })
  const toName = accountChange.parse({ username: 'FIRST' })
  expect(await changeAccount(db, { ...attempt, change: toName }, later)).toEqual({
    outcome: 'username_taken',
  })
  const both = accountChange.parse({ username: 'wanted' })
  const answers = await Promise.allSettled([
    changeAccount(db, { ...attempt, change: both }, later),
    changeAccount(other, { id: first.id, version: 1, change: both }, later),
  ])
  const won = answers.filter((answer) => answer.status === 'fulfilled' && answer.value.outcome === 'changed')
  expect(won).toHaveLength(1)
  for (const answer of answers) {
    if (answer.status === 'rejected') expect(answer.reason).toMatchObject({ code: 'conflict' })
  }
})

test('a change must change something', () => {
  expect(accountChange.safeParse({}).success).toBe(false)
  expect(accountChange.safeParse({ email: undefined }).success).toBe(false)
  expect(accountChange.safeParse({ administrator: true }).success).toBe(false)
})

test('a password that is set is told in the log without its hash', async () => {
  const { db } = database
  const { id } = await makeAccount(db, { email: 'password@example.com' })
  const digest = await digestOfOthers(db, id)
  expect(await setPassword(db, { id, passwordHash: '$argon2id$secret' }, later)).toBe('changed')
  expect(await setPassword(db, { id: 'acc_none', passwordHash: 'x' }, later)).toBe('not_found')
  expect(await findAccount(db, id)).toMatchObject({
    hasPassword: true,
    passwordTemporary: false,
    passwordChangedAt: later.now,
    version: 2,
  })
  expect((await eventsAbout(db, id)).at(-1)).toEqual(['account.password_changed', {}])
  expect(await digestOfOthers(db, id)).toBe(digest)
})

test('a list read page by page has every account once, the newest first', async () => {
  const { db } = database
  const made: string[] = []
  for (let index = 0; index < 12; index += 1) {
    // Three of a moment: the id decides among them.
    const at = new Date(now.getTime() + Math.floor(index / 3) * 1000)
    made.push(
      (
        await makeAccount(
          db,
          { email: `page${index}@list.example`, username: `100%_${index}`.replace('%', '.') },
          { at },
        )
      ).id,
    )
  }
  const read: string[] = []
  let after: string | undefined
  do {
    const page = await listAccounts(db, accountListQuery.parse({ limit: 5, search: '@LIST.example', after }))
    read.push(...page.items.map(({ id }) => id))
    after = page.next
    // One that is made meanwhile is newer than every page that follows.
    await makeAccount(
      db,
      { email: `late${read.length}@list.example` },
      { at: new Date(now.getTime() + 60_000) },
    )
  } while (after !== undefined)
  expect(read).toHaveLength(12)
  expect(new Set(read)).toEqual(new Set(made))
  expect((await listAccounts(db, accountListQuery.parse({ search: '%' }))).items).toEqual([])
  expect(
    (await listAccounts(db, accountListQuery.parse({ search: made[0] }))).items.map(({ id }) => id),
  ).toEqual([made[0]])
})
