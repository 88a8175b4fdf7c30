import { afterAll, beforeAll, expect, test } from 'vitest'
import { linkTo } from '../support/mails.ts'
import { openWorld } from '../support/world.ts'
import type { World } from '../support/world.ts'
import { itemsOf, openProgram } from './support.ts'
import type { Call, Program } from './support.ts'

let world: World
let program: Program
let call: Call
beforeAll(async () => {
  world = await openWorld({ env: { SIGN_UP: 'invitation' } })
  program = openProgram(world.databaseUrl)
  call = {
    env: {
      SIGN_UP: 'invitation',
      ISSUER: world.issuer,
      SEALING_KEYS: `test:${Buffer.alloc(32, 1).toString('base64')}`,
      KEY_PEPPERS: `test:${Buffer.alloc(32, 2).toString('base64')}`,
    },
  }
})
afterAll(() => world.close())

test('an invitation is mailed by the running server, listed, and withdrawn; its link is nowhere else', async () => {
  const invited = await program.json(['accounts', 'invite', 'ana@example.com'], call)
  expect(invited).toMatchObject({ email: 'ana@example.com', administrator: false, roles: [] })
  const link = await linkTo(world, 'ana@example.com', '/link/invitation/')
  expect(JSON.stringify(invited)).not.toContain(link.pathname.split('/')[3])
  expect(itemsOf(await program.json(['invitations', 'list'], call))).toEqual([invited])
  const id = String(invited['id'])
  await program.json(['invitations', 'withdraw', id], call)
  expect((await fetch(link)).status).toBe(410)
  expect(await program.refusal(['invitations', 'withdraw', id], call)).toMatchObject({ code: 'not_found' })
})

test('where people are not invited, an address is taken or not one, nothing is made', async () => {
  const closed = { env: { ...call.env, SIGN_UP: 'closed' } }
  expect(await program.refusal(['accounts', 'invite', 'b@example.com'], closed)).toMatchObject({
    code: 'configuration',
  })
  const { email } = await world.makeAccount()
  expect(await program.refusal(['accounts', 'invite', email], call)).toMatchObject({ code: 'conflict' })
  expect(await program.refusal(['accounts', 'invite', 'a@x.example,b@x.example'], call)).toMatchObject({
    code: 'invalid_request',
  })
  const unknownRole = ['accounts', 'invite', 'b@example.com', '--role', 'role_unknown']
  expect(await program.refusal(unknownRole, call)).toMatchObject({ code: 'not_found' })
  expect(itemsOf(await program.json(['invitations', 'list'], call))).toEqual([])
})
