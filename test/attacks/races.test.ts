/** Two at the same moment, where one of them must lose. */
import { sql } from 'kysely'
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { confirmEmailChange, requestEmailChange } from '../../src/domain/accounts/email-change.ts'
import { grantAdministrator, withdrawAdministrator } from '../../src/domain/accounts/lifecycle.ts'
import { systemAct } from '../../src/domain/audit/act.ts'
import { beginTotpEnrolment, confirmTotpEnrolment } from '../../src/domain/second-factors/totp-enrolment.ts'
import { deleteDueAccounts, requestAccountDeletion } from '../../src/oidc/account-deletion.ts'
import { createSeal } from '../../src/platform/crypto/seal.ts'
import { ownForm } from '../support/account-page.ts'
import { openBrowser } from '../support/browser.ts'
import { linkTo } from '../support/mails.ts'
import { openRelyingParty } from '../support/relying-party.ts'
import type { RelyingParty } from '../support/relying-party.ts'
import { after, codeAt } from '../support/totp.ts'
import { openWorld } from '../support/world.ts'
import type { TestAccount, World } from '../support/world.ts'

let world: World
let app: RelyingParty
let ana: TestAccount

beforeAll(async () => {
  world = await openWorld()
  app = await openRelyingParty(world, { settings: { firstParty: true } })
})
afterAll(async () => {
  await app.close()
  await world.close()
})
beforeEach(async () => {
  await world.db.deleteFrom('limitBuckets').execute()
  ana = await world.makeAccount()
})

const now = () => systemAct(new Date())
const seal = () => createSeal(world.config.sealingKeys)
const times = <T>(count: number, work: (index: number) => Promise<T>): Promise<T[]> =>
  Promise.all(Array.from({ length: count }, (_, index) => work(index)))

test('T26: of twenty apps that are set up at once where none is allowed beside another, one is bound', async () => {
  const begun = await times(20, (index) =>
    beginTotpEnrolment(
      world.db,
      seal(),
      { accountId: ana.id, issuer: 'Test', accountName: 'ana', enrolmentId: `enr_${ana.id}_${index}` },
      now(),
    ),
  )
  const outcomes = await Promise.all(
    begun.map(({ enrolmentId, secretBase32 }) =>
      confirmTotpEnrolment(
        world.db,
        seal(),
        { accountId: ana.id, enrolmentId, code: codeAt(secretBase32, new Date()), onlyIfNone: true },
        now(),
      ),
    ),
  )
  expect(outcomes.filter((outcome) => outcome === 'confirmed')).toHaveLength(1)
})

test('of ten accounts that change to one address at once, one has it, and the others keep theirs', async () => {
  const email = `wanted.${ana.id.slice(-8).toLowerCase().replaceAll(/\W|_/g, 'x')}@example.com`
  const mailing = { seal: seal(), issuer: world.issuer }
  const tokens: string[] = []
  for (let index = 0; index < 10; index += 1) {
    const { id } = await world.makeAccount()
    await requestEmailChange(world.db, mailing, { accountId: id, email, locale: 'en' }, now())
    const link = await linkTo(world, email, '/link/change-email/')
    tokens.push(link.pathname.split('/').at(-1) ?? '')
  }
  const outcomes = await Promise.all(tokens.map((token) => confirmEmailChange(world.db, token, now())))
  expect(outcomes.filter((outcome) => outcome === 'changed')).toHaveLength(1)
  expect(outcomes.filter((outcome) => outcome === 'email_taken')).toHaveLength(9)
  const owners = await world.db.selectFrom('accounts').select('id').where('email', '=', email).execute()
  expect(owners).toHaveLength(1)
})

test('I1: owners who remove each other, and who all go at once, leave one behind', async () => {
  const bosses = await times(4, async () => {
    const { id } = await world.makeAccount()
    await grantAdministrator(world.db, { id }, now())
    return id
  })
  const owners = async (): Promise<number> => {
    const { rows } = await sql`select 1 from accounts where owner and disabled_at is null`.execute(world.db)
    return rows.length
  }
  await Promise.all(bosses.slice(0, 2).map((id) => withdrawAdministrator(world.db, { id }, now())))
  await Promise.all(bosses.map((accountId) => requestAccountDeletion(world.db, { accountId }, now())))
  const later = systemAct(after(new Date(), 15 * 86_400))
  await Promise.all([deleteDueAccounts(world.db, later), deleteDueAccounts(world.db, later)])
  await Promise.all(bosses.map((id) => withdrawAdministrator(world.db, { id }, now()).catch(() => undefined)))
  expect(await owners()).toBe(1)
})

test('7.4.2: a sign-in at the very moment of a deletion leaves no session of somebody who is gone', async () => {
  const later = systemAct(after(new Date(), 15 * 86_400))
  for (let round = 0; round < 5; round += 1) {
    const account = await world.makeAccount()
    await requestAccountDeletion(world.db, { accountId: account.id }, now())
    const browser = openBrowser(world)
    const page = await browser.visit((await app.begin()).url)
    const fields = { login: account.email, password: account.password }
    const [answer] = await Promise.all([
      browser.send(`${page.url.pathname}/login`, ownForm(world, fields)),
      deleteDueAccounts(world.db, later),
    ])
    const next = answer.headers.get('location')
    const place = next === null ? undefined : await browser.visit(next)
    expect(place?.leavingTo?.searchParams.get('code') ?? undefined).toBeUndefined()
    const silent = await browser.visit((await app.begin({ prompt: 'none' })).url)
    expect(silent.leavingTo?.searchParams.get('error')).toBe('login_required')
    expect((await browser.visit('/account')).url.pathname).toMatch(/^\/sign-in\//)
  }
})
