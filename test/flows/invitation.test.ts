import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { findAccountByLogin } from '../../src/domain/accounts/account.ts'
import {
  invite,
  listInvitations,
  newInvitation,
  withdrawInvitation,
} from '../../src/domain/accounts/invitations.ts'
import type { InviteOutcome } from '../../src/domain/accounts/invitations.ts'
import { newRole } from '../../src/domain/apis/input.ts'
import { createRole } from '../../src/domain/apis/roles.ts'
import { operatorAct } from '../../src/domain/audit/act.ts'
import { createSeal } from '../../src/platform/crypto/seal.ts'
import { openBrowser } from '../support/browser.ts'
import { linkTo, mailsOf, mailsTo } from '../support/mails.ts'
import { openWorld } from '../support/world.ts'
import type { World } from '../support/world.ts'

let world: World
beforeAll(async () => {
  world = await openWorld({ env: { SIGN_UP: 'invitation' } })
})
afterAll(() => world.close())
beforeEach(async () => {
  await world.db.deleteFrom('limitBuckets').execute()
})

const path = '/link/invitation/'
const password = 'a sentence nobody else has'
let number = 0
const newAddress = () => `guest.${(number += 1)}@example.com`

function inviteTo(email: string, gifts: Record<string, unknown> = {}, locale = 'en'): Promise<InviteOutcome> {
  const mailing = { seal: createSeal(world.config.sealingKeys), issuer: world.issuer }
  return invite(world.db, mailing, newInvitation.parse({ email, locale, gifts }), operatorAct(new Date()))
}

async function accept(link: URL, fields: Record<string, string> = { name: 'Gus Guest', password }) {
  const browser = openBrowser(world)
  return browser.submit(await browser.visit(link), { action: link.pathname, fields })
}

async function invitations() {
  return (await listInvitations(world.db, { limit: 100 }, new Date())).items
}

test('an invitation makes an account of what its reader chooses, once', async () => {
  const email = newAddress()
  expect(await inviteTo(email)).toMatchObject({ outcome: 'invited', invitation: { email } })
  const link = await linkTo(world, email, path)
  expect((await accept(link)).html).toContain('Your account is ready')
  expect(await findAccountByLogin(world.db, email)).toMatchObject({
    email,
    claims: { name: 'Gus Guest' },
    administrator: false,
  })
  expect((await openBrowser(world).visit(link)).status).toBe(410)
  expect(await invitations()).toEqual([])
})

test('it brings along what was decided when it was made, and never what is sent with the form', async () => {
  const api = await world.makeApi()
  const role = newRole.parse({ id: 'role_guests', apiId: api.id, name: 'guests', scopes: ['read'] })
  await createRole(world.db, role, operatorAct(new Date()))
  const email = newAddress()
  await inviteTo(email, { administrator: true, roles: ['role_guests', 'role_that_is_gone'] })
  await accept(await linkTo(world, email, path))
  const account = await findAccountByLogin(world.db, email)
  expect(account?.administrator).toBe(true)
  const memberships = await world.db
    .selectFrom('roleMembers')
    .select('roleId')
    .where('ownerId', '=', account?.id ?? '')
    .execute()
  expect(memberships.map(({ roleId }) => roleId)).toContain('role_guests')
})

test('v5.0.0-6.4.1: a newer invitation ends the older, a withdrawn or expired one makes nobody', async () => {
  const email = newAddress()
  await inviteTo(email)
  const first = await linkTo(world, email, path)
  const second = await inviteTo(email)
  const link = await linkTo(world, email, path)
  expect((await openBrowser(world).visit(first)).status).toBe(410)
  const id = second.outcome === 'invited' ? second.invitation.id : ''
  expect((await invitations()).map((invitation) => invitation.id)).toEqual([id])
  expect(await withdrawInvitation(world.db, { id }, operatorAct(new Date()))).toBe('withdrawn')
  expect(await withdrawInvitation(world.db, { id }, operatorAct(new Date()))).toBe('not_found')
  expect((await openBrowser(world).visit(link)).status).toBe(410)
  await inviteTo(email)
  const third = await linkTo(world, email, path)
  const past = new Date(Date.now() - 1)
  await world.db.updateTable('oneTimeLinks').set({ expiresAt: past }).where('email', '=', email).execute()
  expect((await openBrowser(world).visit(third)).status).toBe(410)
  expect(await findAccountByLogin(world.db, email)).toBeUndefined()
})

test('20 parallel acceptances make one account', async () => {
  const email = newAddress()
  await inviteTo(email)
  const link = await linkTo(world, email, path)
  const browser = openBrowser(world)
  const page = await browser.visit(link)
  const places = await Promise.all(
    Array.from({ length: 20 }, () =>
      browser.submit(page, { action: link.pathname, fields: { name: 'One', password } }),
    ),
  )
  expect(places.filter(({ status }) => status === 200)).toHaveLength(1)
})

test('an address that has an account is not invited; one that gets an account meanwhile keeps it as it is', async () => {
  const { email: taken } = await world.makeAccount()
  const before = (await mailsOf(world)).length
  expect(await inviteTo(taken.toUpperCase())).toEqual({ outcome: 'email_taken' })
  expect(await mailsOf(world)).toHaveLength(before)
  const email = newAddress()
  await inviteTo(email, { administrator: true })
  const link = await linkTo(world, email, path)
  const account = await world.makeAccount({ email })
  const place = await accept(link)
  expect(place.html).toContain('There is an account with this address already')
  expect(await findAccountByLogin(world.db, email)).toMatchObject({ id: account.id, administrator: false })
})

test('T32: an invitation is for exactly one address', () => {
  for (const email of [
    'a@x.example,b@x.example',
    'a＠x.example',
    'a@x.example\r\nCc: b@x.example',
    '"a"@x.example',
  ])
    expect(newInvitation.safeParse({ email }).success, email).toBe(false)
})

test('it is written in the language asked for', async () => {
  const email = newAddress()
  await inviteTo(email, {}, 'de-AT')
  expect((await mailsTo(world, email)).map(({ subject }) => subject)).toEqual(['Einladung zu Latchkey'])
})
