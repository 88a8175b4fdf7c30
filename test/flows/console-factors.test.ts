/** Second factors that somebody lost: an administrator takes one of them, and what was reached with it ends or stays. */
import { afterAll, beforeAll, expect, test } from 'vitest'
import { systemAct } from '../../src/domain/audit/act.ts'
import { enrolledFactors } from '../../src/domain/second-factors/second-factors.ts'
import { takeFactor } from '../../src/oidc/taken-factors.ts'
import { inTransaction } from '../../src/platform/db/transaction.ts'
import { waitingCount } from '../race/support.ts'
import type { Browser } from '../support/browser.ts'
import { postFields } from '../support/console-forms.ts'
import { makeAdministrator, openConsole, withoutSecondFactor } from '../support/console.ts'
import { mailsTo } from '../support/mails.ts'
import { call, personToken } from '../support/management-api.ts'
import { givePasskey } from '../support/passkeys.ts'
import { enrol } from '../support/totp.ts'
import { until } from '../support/until.ts'
import { openWorld } from '../support/world.ts'
import type { TestAccount, World } from '../support/world.ts'

let world: World
let owner: Browser

beforeAll(async () => {
  world = await openWorld({ env: withoutSecondFactor })
  owner = (await openConsole(world)).browser
})
afterAll(() => world.close())

const pageOf = ({ id }: TestAccount) => `/admin/accounts/${id}`

test('one passkey is taken by its name: the log has the reason, the person is told, the other factors stay (v5.0.0-6.3.7)', async () => {
  const ana = await world.makeAccount()
  const verified = { emailVerifiedAt: new Date() }
  await world.db.updateTable('accounts').set(verified).where('id', '=', ana.id).execute()
  await enrol(world, ana.id)
  const lost = await givePasskey(world, ana.id, 'Lost <phone>')
  const kept = await givePasskey(world, ana.id, 'Desk')
  const page = await owner.visit(pageOf(ana))
  const url = `${pageOf(ana)}/factors/${lost}/remove`
  expect(page.html).toContain(`href="${url}"`)
  const asked = await owner.visit(url)
  expect(asked.html).toContain('Lost &lt;phone&gt;')
  const fields = { reason: 'Left on the train', ends_sessions: 'yes' }
  const done = await owner.submit(asked, { action: '/remove', fields })
  expect(done.html).not.toContain('Lost &lt;phone&gt;')
  expect(await enrolledFactors(world.db, ana.id)).toEqual({ totp: true, passkeys: 1, recoveryCodesLeft: 10 })
  expect(done.html).toContain(`/factors/${kept}/remove`)
  expect(await lastEvent(ana, 'passkey.removed')).toEqual({
    passkey: lost,
    name: 'Lost <phone>',
    reason: 'Left on the train',
  })
  const subjects = (await mailsTo(world, ana.email)).map(({ subject }) => subject)
  expect(subjects.filter((subject) => subject.includes('A passkey was removed'))).toHaveLength(1)
})

test('the app and the recovery codes are taken alone too; the codes do not outlive the last factor', async () => {
  const ana = await world.makeAccount()
  await enrol(world, ana.id)
  await take(ana, 'recovery-codes')
  expect(await enrolledFactors(world.db, ana.id)).toEqual({ totp: true, passkeys: 0, recoveryCodesLeft: 0 })
  const bea = await world.makeAccount()
  await enrol(world, bea.id)
  await take(bea, 'authenticator-app')
  expect(await enrolledFactors(world.db, bea.id)).toEqual({ totp: false, passkeys: 0, recoveryCodesLeft: 0 })
  expect(await lastEvent(bea, 'recovery_codes.removed')).toBeDefined()
  expect((await owner.visit(pageOf(bea))).html).not.toContain('/factors/')
})

test('sessions end with it unless it is said that they stay; without any factor left they end in any case', async () => {
  for (const [ends, isLast, stays] of [
    [true, false, false],
    [false, false, true],
    [false, true, false],
  ] as const) {
    const ana = await openConsole(world, { account: await makeAdministrator(world, 'read-only') })
    const lost = await givePasskey(world, ana.account.id)
    if (!isLast) await givePasskey(world, ana.account.id)
    await take(ana.account, lost, ends ? { ends_sessions: 'yes' } : {})
    const { url } = await ana.browser.visit('/admin')
    expect(url.pathname === '/admin', JSON.stringify({ ends, isLast })).toBe(stays)
  }
})

test('of two who take the last two at the same moment, one sees that nothing is left and ends the sessions', async () => {
  const { account, browser } = await openConsole(world, {
    account: await makeAdministrator(world, 'read-only'),
  })
  const [first, second] = [await givePasskey(world, account.id), await givePasskey(world, account.id)]
  const act = systemAct(new Date())
  const taken = (factor: string) => ({ accountId: account.id, factor, keepsSessions: true })
  const later = await inTransaction(world.db, async (trx) => {
    expect(await takeFactor(trx, taken(first), act)).toBe('removed')
    const other = takeFactor(world.db, taken(second), act)
    // The other one has begun, and what was done here is not there yet for it.
    await Promise.race([other, until(async () => (await waitingCount(world)) > 0)])
    return { other }
  })
  expect(await later.other).toBe('removed')
  expect((await browser.visit('/admin')).url.pathname).not.toBe('/admin')
})

test('API5: support takes nothing of an owner; API1: nobody takes what is another account’s, or what is not there', async () => {
  const boss = await makeAdministrator(world)
  const [hers, foreign] = [
    await givePasskey(world, boss.id),
    await givePasskey(world, (await world.makeAccount()).id),
  ]
  const support = await openConsole(world, { account: await makeAdministrator(world, 'support') })
  const list = await support.browser.visit('/admin/accounts')
  const url = `${pageOf(boss)}/factors/${hers}/remove`
  expect((await support.browser.visit(pageOf(boss))).html).not.toContain('/factors/')
  expect((await support.browser.visit(url)).status).toBe(403)
  expect((await postFields(support.browser, list, url, { confirmed: 'yes' })).status).toBe(403)
  for (const factor of [foreign, 'authenticator-app', 'recovery-codes', 'pk_%00', "'--", 'x'.repeat(300)]) {
    const path = `${pageOf(boss)}/factors/${encodeURIComponent(factor)}/remove`
    expect([400, 404], factor).toContain((await owner.visit(path)).status)
    const { status } = await postFields(owner, await owner.visit('/admin'), path, { confirmed: 'yes' })
    expect([400, 404], factor).toContain(status)
  }
  expect((await enrolledFactors(world.db, boss.id)).passkeys).toBe(1)
})

test('without the confirmation nothing is taken', async () => {
  const ana = await world.makeAccount()
  const id = await givePasskey(world, ana.id)
  const path = `${pageOf(ana)}/factors/${id}/remove`
  const sent = await postFields(owner, await owner.visit(path), path, { ends_sessions: 'yes' })
  expect([sent.status, sent.headers.get('location')]).toEqual([303, path])
  expect((await enrolledFactors(world.db, ana.id)).passkeys).toBe(1)
})

test('the management API lists them without their secrets, and takes one or all, once', async () => {
  const { token } = await personToken(world, { role: 'role_owner' })
  const ana = await world.makeAccount()
  const { seed, recoveryCodes } = await enrol(world, ana.id)
  const passkey = await givePasskey(world, ana.id, 'Phone')
  const path = `/accounts/${ana.id}/second-factors`
  const { body } = await call(world, `GET ${path}`, { token })
  expect(body).toMatchObject({ passkeys: [{ id: passkey, name: 'Phone' }], recovery_codes_left: 10 })
  for (const secret of [seed, ...recoveryCodes]) expect(JSON.stringify(body)).not.toContain(secret)
  expect((await call(world, `DELETE ${path}/${passkey}?keep_sessions=true`, { token })).status).toBe(204)
  expect((await call(world, `DELETE ${path}/${passkey}`, { token })).status).toBe(404)
  expect((await call(world, `DELETE ${path}`, { token })).status).toBe(204)
  expect((await call(world, `GET ${path}`, { token })).body).toEqual({
    authenticator_app: null,
    passkeys: [],
    recovery_codes_left: 0,
  })
})

test('API5: with the API, too, support takes nothing of an owner', async () => {
  const { token } = await personToken(world, { role: 'role_support' })
  const boss = await makeAdministrator(world)
  const passkey = await givePasskey(world, boss.id)
  const path = `/accounts/${boss.id}/second-factors`
  for (const each of [path, `${path}/${passkey}`])
    expect((await call(world, `DELETE ${each}`, { token })).status, each).toBe(403)
  expect((await enrolledFactors(world.db, boss.id)).passkeys).toBe(1)
})

/** Takes a factor as the owner, with the form as it stands but for these fields. */
async function take(
  account: TestAccount,
  factor: string,
  fields: Record<string, string> = {},
): Promise<void> {
  const path = `${pageOf(account)}/factors/${factor}/remove`
  const { status } = await postFields(owner, await owner.visit(path), path, { confirmed: 'yes', ...fields })
  expect(status).toBe(303)
}

async function lastEvent({ id }: TestAccount, type: string): Promise<unknown> {
  const row = await world.db
    .selectFrom('auditEvents')
    .select('details')
    .where('type', '=', type)
    .where('targetId', '=', id)
    .orderBy('id', 'desc')
    .executeTakeFirst()
  return row?.details
}
