/** What only the console could do once: incidents, sessions, resets, proposals, explaining and exporting. */
import { afterAll, beforeAll, expect, test } from 'vitest'
import { requireApiKey } from '../../src/domain/api-keys/find.ts'
import { makeApiKey } from '../support/api-keys.ts'
import { makeAdministrator, openConsole, withoutSecondFactor } from '../support/console.ts'
import { linkTo } from '../support/mails.ts'
import { openWorld } from '../support/world.ts'
import type { World } from '../support/world.ts'
import { itemsOf, openProgram, textOf } from './support.ts'
import type { Program } from './support.ts'

let world: World
let program: Program

beforeAll(async () => {
  world = await openWorld({ env: { ...withoutSecondFactor, SIGN_UP: 'invitation' } })
  const plain = openProgram(world.databaseUrl)
  const env = {
    ISSUER: world.issuer,
    SIGN_UP: 'invitation',
    SEALING_KEYS: `test:${Buffer.alloc(32, 1).toString('base64')}`,
    KEY_PEPPERS: `test:${Buffer.alloc(32, 2).toString('base64')}`,
  }
  program = {
    run: (args, call) => plain.run(args, { ...call, env }),
    json: (args, call) => plain.json(args, { ...call, env }),
    refusal: (args, call) => plain.refusal(args, { ...call, env }),
  }
})
afterAll(() => world.close())

async function keyOfService(scopes: readonly string[] = ['read']) {
  const client = await world.makeClient({ metadata: { grant_types: ['client_credentials'] } })
  const api = await world.makeApi({ scopes: ['read', 'write'], introspectors: [client] })
  const owner = { type: 'client', id: client.id } as const
  await world.permit(owner, api, scopes)
  const { id, text } = await makeApiKey(world, { owner, api, scopes })
  return { api, client, id, text }
}

const signedIn = async () => openConsole(world, { account: await makeAdministrator(world, 'read-only') })

test('T35: everything of an account ends in one confirmed step, and what was ended and who heard is told and kept', async () => {
  const { account, browser } = await signedIn()
  const line = ['accounts', 'end-everything', account.email, '--reason', 'Laptop was stolen']
  expect(await program.refusal(line)).toMatchObject({ code: 'not_confirmed', exitCode: 2 })
  expect((await browser.visit('/admin')).status).toBe(200)
  const ended = await program.json([...line, '--disable', '--yes'])
  expect(ended).toMatchObject({
    sessions: 1,
    keys: 0,
    keys_left: 0,
    instances: { listening: 1, heard: 1 },
  })
  expect((await browser.visit('/admin')).trail[0]).toBe('303 /admin')
  expect(await program.json(['accounts', 'show', account.id])).not.toMatchObject({ disabled_at: null })
  const events = itemsOf(await program.json(['audit', 'list', '--target', `account:${account.id}`]))
  expect(events).toContainEqual(
    expect.objectContaining({
      type: 'incident.everything_ended',
      actor: { type: 'operator', id: null },
      details: expect.objectContaining({ reason: 'Laptop was stolen', disabled: true }) as unknown,
    }),
  )
  expect(events.map(({ type }) => type)).toContain('incident.heard')
})

test('a client, an API and a key end with their keys; the other keys of an owner only if it is wished', async () => {
  for (const kind of ['clients', 'apis', 'api-keys'] as const) {
    const made = await keyOfService()
    const other = await makeApiKey(world, {
      owner: { type: 'client', id: made.client.id },
      api: made.api,
      scopes: ['read'],
    })
    const named = { clients: made.client.id, apis: made.api.identifier, 'api-keys': made.id }[kind]
    const ended = await program.json([kind, 'end-everything', named, '--yes'])
    expect(ended, kind).toMatchObject({ keys: kind === 'api-keys' ? 1 : 2, keys_left: 0 })
    expect((await requireApiKey(world.db, made.id)).revokedAt, kind).toBeInstanceOf(Date)
    const left = (await requireApiKey(world.db, other.id)).revokedAt
    if (kind !== 'api-keys') continue
    expect(left).toBeUndefined()
    await program.json([kind, 'end-everything', named, '--all-of-owner', '--yes'])
    expect((await requireApiKey(world.db, other.id)).revokedAt).toBeInstanceOf(Date)
  }
})

test('sessions and grants are listed and ended, one and all', async () => {
  const first = await signedIn()
  const { id, email } = first.account
  const [session] = itemsOf(await program.json(['sessions', 'list', '--account', email]))
  expect(session).toMatchObject({ account_id: id })
  const [grant] = itemsOf(await program.json(['grants', 'list', '--account', id]))
  expect(grant).toMatchObject({ account_id: id, client_id: 'latchkey-console' })
  await program.json(['grants', 'end', textOf(grant ?? {}, 'id'), '--yes'])
  expect(itemsOf(await program.json(['grants', 'list', '--account', id]))).toEqual([])
  await program.json(['sessions', 'end', textOf(session ?? {}, 'id'), '--yes'])
  expect((await first.browser.visit('/admin')).trail[0]).toBe('303 /admin')
  expect(await program.refusal(['sessions', 'end', textOf(session ?? {}, 'id'), '--yes'])).toMatchObject({
    code: 'not_found',
  })
  const second = await signedIn()
  const all = ['accounts', 'end-sessions', second.account.email, '--yes']
  expect(await program.json(all)).toMatchObject({ ended: second.account.id, sessions: 1 })
  expect((await second.browser.visit('/admin')).trail[0]).toBe('303 /admin')
})

test('v5.0.0-6.4.6: a password is reset by whoever reads the mail, and an invitation is mailed again with another link', async () => {
  const { id, email } = await world.makeAccount()
  expect(await program.json(['accounts', 'reset-password', email])).toEqual({ mailed: id })
  expect((await linkTo(world, email, '/')).pathname).toContain('reset')
  await program.json(['accounts', 'disable', id, '--yes'])
  expect(await program.refusal(['accounts', 'reset-password', id])).toMatchObject({ code: 'conflict' })

  const invited = await program.json(['accounts', 'invite', 'again@example.com', '--administrator'])
  const first = await linkTo(world, 'again@example.com', '/link/invitation/')
  const again = await program.json(['invitations', 'resend', textOf(invited, 'id')])
  expect(again).toMatchObject({ email: 'again@example.com', administrator: true })
  await expect.poll(async () => (await fetch(first)).status).toBe(410)
  expect(await program.refusal(['invitations', 'resend', 'inv_unknown'])).toMatchObject({ code: 'not_found' })
})

test('what hygiene proposes is done for the keys that are named, and undone while nobody changed them', async () => {
  const { id } = await keyOfService()
  const line = ['api-keys', 'apply-proposal', 'expire', '--key', id]
  expect(await program.refusal(line)).toMatchObject({ code: 'not_confirmed' })
  expect((await requireApiKey(world.db, id)).expiresAt).toBeUndefined()
  const [done] = itemsOf(await program.json([...line, '--yes']))
  expect((await requireApiKey(world.db, id)).expiresAt).toBeInstanceOf(Date)
  const undo = textOf(done ?? {}, 'undo').split(' ')
  expect(await program.json(undo)).toEqual({ undone: id })
  expect((await requireApiKey(world.db, id)).expiresAt).toBeUndefined()
  expect(await program.refusal(undo)).toMatchObject({ code: 'conflict' })
  const [revoked] = itemsOf(
    await program.json(['api-keys', 'apply-proposal', 'revoke', '--key', id, '--yes']),
  )
  expect(revoked).toMatchObject({ id, outcome: 'revoked', undo: null })
  expect(await program.refusal(['api-keys', 'apply-proposal', 'revoke', '--yes'])).toMatchObject({
    code: 'usage',
  })
})

test('a credential on standard input is explained as the console does it, and is nowhere in what is printed', async () => {
  const { id, text, api } = await keyOfService()
  const explain = (...options: string[]) => program.json(['explain', ...options], { input: `${text}\n` })
  const good = await explain('--scope', 'read')
  expect(good).toMatchObject({ accepted: true, key_id: id, answer: { active: true, aud: api.identifier } })
  expect(JSON.stringify(good)).not.toContain(text)
  const lacking = await explain('--scope', 'write')
  expect(lacking).toMatchObject({ accepted: false })
  expect(lacking['steps']).toContainEqual(
    expect.objectContaining({
      step: 'permission',
      outcome: 'failed',
      sentence: 'write is not satisfied by what it has: read.',
      reason: expect.objectContaining({ code: 'permission_lacking' }) as unknown,
    }),
  )
  await program.json(['api-keys', 'revoke', id, '--reason', 'Found in a log', '--yes'])
  const { stdout } = await program.run(['explain'], { input: text })
  expect(stdout).toContain('It would be refused.')
  expect(stdout).toMatch(/Credential +Failed: The key \w+ was revoked\.$/m)
  expect(stdout).toMatch(/^ +When: .* UTC · By: an operator at the command line · Reason: Found in a log$/m)
  expect(stdout).toMatch(/Limits +Not reached: A step before it failed\.$/m)
  expect((await requireApiKey(world.db, id)).secrets[0]?.lastUsedAt).toBeUndefined()
  expect(await program.refusal(['explain', '--cost', 'many'], { input: text })).toMatchObject({
    code: 'usage',
  })
  expect(await program.refusal(['explain'])).toMatchObject({ code: 'usage' })
})

test('explain takes whatever stands on standard input, says what it is worth, and never shows it', async () => {
  const explain = (input: string | Buffer) => program.run(['explain', '--json'], { input })
  const secret = 'lk_AAAAAAAAAAAA_this_would_be_a_secret_of_forty_characters_x'
  for (const [input, outcome] of [
    [`${secret}${'x'.repeat(10 * 1024 * 1024)}`, 'payload_too_large'],
    [Buffer.concat([Buffer.from(secret), Buffer.from([0xff, 0xfe])]), 'input_unreadable'],
    ['', 'usage'],
    ['\n', 'usage'],
    ['   \n', 'usage'],
    [`${secret}\u0000${secret}`, 'refused'],
    [`${secret}\n${secret}`, 'refused'],
    [`${secret}\u001B[2J`, 'refused'],
    [`eyJhbGciOiJub25lIn0.${Buffer.from(`{"sub":"${secret}"}`).toString('base64url')}.`, 'refused'],
    [secret.repeat(15_000), 'refused'],
    [secret, 'refused'],
  ] as const) {
    const { exitCode, stdout, stderr } = await explain(input)
    const answer: unknown = JSON.parse(stdout)
    if (outcome === 'refused') expect([exitCode, answer]).toMatchObject([0, { accepted: false }])
    else expect([exitCode, answer]).toMatchObject([outcome === 'usage' ? 2 : 1, { error: { code: outcome } }])
    expect(`${stdout}${stderr}`).not.toContain('this_would_be_a_secret')
    for (const control of ['\u0000', '\u001B', '\u0007']) expect(`${stdout}${stderr}`).not.toContain(control)
    expect(stderr).not.toContain('    at ')
  }
})

test('the log is exported as lines for programs and for spreadsheets, and that it was exported is in it', async () => {
  const account = await world.makeAccount()
  await program.json(['accounts', 'disable', account.id, '--yes'])
  const filter = ['--target', `account:${account.id}`]
  const { stdout, exitCode } = await program.run(['audit', 'export', ...filter])
  expect(exitCode).toBe(0)
  const events = stdout
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line) as unknown)
  expect(events).toContainEqual(
    expect.objectContaining({ type: 'account.disabled', target: { type: 'account', id: account.id } }),
  )
  expect((await program.run(['audit', 'export', ...filter, '--format', 'csv'])).stdout).toMatch(
    /^id,occurred_at,type,.*\r\n\d+,[^\r\n]*,account\.disabled,operator/,
  )
  expect(itemsOf(await program.json(['audit', 'list', '--type', 'audit.exported']))[0]).toMatchObject({
    details: { format: 'csv', filters: [`target=account:${account.id}`] },
  })
})
