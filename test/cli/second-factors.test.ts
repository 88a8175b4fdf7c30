import { afterAll, beforeAll, expect, test } from 'vitest'
import { openBrowser } from '../support/browser.ts'
import { signIn, submitSignIn } from '../support/browser-like.ts'
import { openRelyingParty } from '../support/relying-party.ts'
import type { RelyingParty } from '../support/relying-party.ts'
import { givePasskey } from '../support/passkeys.ts'
import { codeAt, enrol } from '../support/totp.ts'
import { openWorld } from '../support/world.ts'
import type { World } from '../support/world.ts'
import { itemsOf, openProgram } from './support.ts'
import type { Program } from './support.ts'

let world: World
let app: RelyingParty
let program: Program

beforeAll(async () => {
  world = await openWorld()
  app = await openRelyingParty(world, { settings: { firstParty: true } })
  program = openProgram(world.databaseUrl)
})
afterAll(async () => {
  await app.close()
  await world.close()
})

test('an operator sees what second factors an account has, and no secret of them', async () => {
  const { id } = await world.makeAccount()
  const { seed, recoveryCodes } = await enrol(world, id)
  const { stdout } = await program.run(['accounts', 'second-factors', id, '--json'])
  expect(JSON.parse(stdout)).toMatchObject({
    account_id: id,
    authenticator_app: { disabled_at: null },
    passkeys: [],
    recovery_codes_left: 10,
  })
  for (const secret of [seed, ...recoveryCodes]) expect(stdout).not.toContain(secret)
  expect((await program.run(['accounts', 'second-factors', id])).stdout).toContain('recovery codes left')
})

test('when all is lost an operator takes them away: sessions and remembered devices end, and it is an event (v5.0.0-6.4.4, v5.0.0-6.5.6)', async () => {
  const ana = await world.makeAccount()
  const now = new Date()
  const { seed } = await enrol(world, ana.id, now)
  const browser = openBrowser(world)
  const page = await submitSignIn(browser, await browser.visit((await app.begin()).url), ana)
  const fields = { code: codeAt(seed, now), remember: 'yes' }
  expect((await browser.submit(page, { action: '/second-factor', fields })).leavingTo).toBeDefined()
  expect(await program.refusal(['accounts', 'remove-second-factors', ana.id])).toMatchObject({ exitCode: 2 })
  expect(await program.json(['accounts', 'remove-second-factors', ana.id, '--yes'])).toMatchObject({
    authenticator_app: null,
    recovery_codes_left: 0,
  })
  const silent = await browser.visit((await app.begin({ prompt: 'none' })).url)
  expect(silent.leavingTo?.searchParams.get('error')).toBe('login_required')
  const devices = await world.db.selectFrom('devices').select('id').where('accountId', '=', ana.id).execute()
  expect(devices).toEqual([])
  const { callback } = await signIn(world, { account: ana, authorizeUrl: (await app.begin()).url, browser })
  expect(callback.searchParams.has('code')).toBe(true)
  const events = itemsOf(await program.json(['audit', 'list', '--target', `account:${ana.id}`]))
  expect(events).toContainEqual(
    expect.objectContaining({
      type: 'second_factors.reset',
      actor: { type: 'operator', id: null },
      details: { totp: true, passkeys: 0, recovery_codes: 10 },
    }),
  )
})

test('one of them is taken by its name; an app that is not there is not found (v5.0.0-6.5.6)', async () => {
  const { id } = await world.makeAccount()
  await enrol(world, id)
  const passkey = await givePasskey(world, id, 'Phone')
  const words = (factor: string) => ['accounts', 'remove-second-factor', id, factor]
  expect(await program.refusal(words(passkey))).toMatchObject({ exitCode: 2 })
  expect(await program.json([...words(passkey), '--keep-sessions', '--yes'])).toMatchObject({ passkeys: [] })
  expect((await program.run([...words('authenticator-app'), '--yes'])).stdout).toContain(
    'Removed the authenticator app.',
  )
  for (const factor of [passkey, 'authenticator-app', 'recovery-codes', 'nothing'])
    expect(await program.refusal([...words(factor), '--yes'])).toMatchObject({
      code: 'not_found',
      exitCode: 1,
    })
})

test('an account that is not there is refused', async () => {
  for (const command of ['second-factors', 'remove-second-factors']) {
    expect(
      await program.refusal([
        'accounts',
        command,
        'acc_nobody',
        ...(command.startsWith('remove') ? ['--yes'] : []),
      ]),
    ).toMatchObject({
      code: 'not_found',
      exitCode: 1,
    })
  }
})
