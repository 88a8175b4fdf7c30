import { execFileSync } from 'node:child_process'
import { sign, X509Certificate } from 'node:crypto'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import {
  beginPasskeyAssertion,
  finishPasskeyAssertion,
} from '../../../src/domain/second-factors/passkey-assertion.ts'
import type {
  AssertionBinding,
  AssertionOutcome,
} from '../../../src/domain/second-factors/passkey-assertion.ts'
import {
  beginPasskeyRegistration,
  finishPasskeyRegistration,
} from '../../../src/domain/second-factors/passkey-registration.ts'
import { relyingPartyOf } from '../../../src/domain/second-factors/passkey-relying-party.ts'
import {
  countPasskeys,
  listPasskeys,
  maxPasskeys,
  removePasskey,
  renamePasskey,
} from '../../../src/domain/second-factors/passkeys.ts'
import type { Database } from '../../../src/platform/db/open.ts'
import { array, bytes, createKey, integer, map, text, useKey } from '../../support/authenticator.ts'
import type { Mischief, SoftKey } from '../../support/authenticator.ts'
import { act, eventsAbout, makeAccount, now } from '../accounts/support.ts'
import { openRoom } from '../../support/room.ts'
import type { Room } from '../../support/room.ts'

const relyingParty = { id: 'login.example.com', origin: 'https://login.example.com', name: 'Example' }
const at = { origin: relyingParty.origin, rpId: relyingParty.id }
const alone: AssertionBinding = { purpose: 'sign_in', place: 'sign-in 1' }

let database: Room
let db: Database
let ana: string
let ben: string

beforeAll(async () => {
  database = await openRoom()
  db = database.db
})
afterAll(() => database.close())
beforeEach(async () => {
  const name = String(Math.random()).slice(2)
  ana = (await makeAccount(db, { email: `ana${name}@example.com` })).id
  ben = (await makeAccount(db, { email: `ben${name}@example.com` })).id
})

function begin(accountId: string, place = 'settings') {
  const owner = { accountId, place, name: 'ana@example.com', displayName: 'Ana' }
  return beginPasskeyRegistration(db, relyingParty, owner, act)
}

/** A passkey of an account. */
async function enrol(accountId: string, mischief: Mischief = {}): Promise<SoftKey & { readonly id: string }> {
  const made = createKey(await begin(accountId), at, mischief)
  const outcome = await finishPasskeyRegistration(
    db,
    relyingParty,
    { accountId, place: 'settings', response: made.response },
    act,
  )
  if (outcome.outcome !== 'registered') throw new Error(outcome.outcome)
  return { ...made.key, id: outcome.passkey.id }
}

function ask(binding: AssertionBinding) {
  return beginPasskeyAssertion(db, relyingParty, binding, act)
}

function answer(
  binding: AssertionBinding,
  response: string,
  options: { readonly mayUse?: boolean; readonly when?: Date } = {},
): Promise<AssertionOutcome> {
  const tools = { db, relyingParty, mayUse: async () => options.mayUse ?? true }
  return finishPasskeyAssertion(tools, { ...binding, response }, { ...act, now: options.when ?? now })
}

/** What comes of using a key once with some mischief. */
async function use(
  key: SoftKey,
  binding: AssertionBinding,
  mischief: Mischief = {},
): Promise<AssertionOutcome> {
  return answer(binding, useKey(key, await ask(binding), at, mischief))
}

async function reasonsOf(accountId: string): Promise<unknown[]> {
  const events = await eventsAbout(db, accountId)
  return events
    .filter(([type]) => type === 'sign_in.failed' || type === 'passkey.refused')
    .map(([, details]) => (details as { reason?: unknown }).reason)
}

/** A maker of authenticators: its key, and its certificate as DER. */
function keyWithCertificate(): { readonly key: string; readonly certificate: Buffer } | undefined {
  const folder = mkdtempSync(join(tmpdir(), 'passkeys-'))
  const [keyFile, file] = [join(folder, 'key.pem'), join(folder, 'cert.pem')]
  const curve = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes', '-days', '2']
  const args = ['req', '-x509', ...curve, '-subj', '/CN=maker', '-keyout', keyFile, '-out', file]
  try {
    execFileSync('openssl', args, { stdio: 'pipe' })
    return { key: readFileSync(keyFile, 'utf8'), certificate: new X509Certificate(readFileSync(file)).raw }
  } catch {
    return undefined
  } finally {
    rmSync(folder, { recursive: true })
  }
}

describe('the relying party', () => {
  test.each([
    ['https://login.example.com', 'login.example.com'],
    ['http://localhost:3000', 'localhost'],
    ['https://login.example.com:8443', 'login.example.com'],
  ])('%s is known to authenticators as %s', (issuer, id) => {
    expect(relyingPartyOf(issuer, 'Example')).toEqual({ id, origin: issuer, name: 'Example' })
  })
  test.each(['http://127.0.0.1:3000', 'http://[::1]:3000', 'https://192.0.2.7'])(
    '%s is an address and no domain: no passkeys',
    (issuer) => expect(relyingPartyOf(issuer, 'Example')).toBeUndefined(),
  )
})

describe('adding a passkey', () => {
  test('keeps it with what the authenticator said, and records it in the same transaction', async () => {
    const key = await enrol(ana)
    expect(await listPasskeys(db, ana)).toEqual([
      { id: key.id, name: 'Passkey', createdAt: now, lastUsedAt: undefined, kind: 'synchronised' },
    ])
    expect(await countPasskeys(db, ana)).toBe(1)
    expect(await eventsAbout(db, ana)).toContainEqual([
      'passkey.added',
      {
        passkey: key.id,
        name: 'Passkey',
        kind: 'synchronised',
        aaguid: '00000000-0000-0000-0000-000000000000',
      },
    ])
  })

  test('the authenticator is told 32 random bytes of the account, the same every time, and never its id', async () => {
    const [first, again, other] = [await begin(ana), await begin(ana), await begin(ben)]
    expect(Buffer.from(first.user.id, 'base64url')).toHaveLength(32)
    expect(again.user.id).toBe(first.user.id)
    expect(other.user.id).not.toBe(first.user.id)
    expect(JSON.stringify(first)).not.toContain(ana)
  })

  test('the options name what there is already, and ask for no attestation', async () => {
    const key = await enrol(ana)
    const options = await begin(ana)
    expect(options.excludeCredentials).toEqual([
      { id: key.credentialId, type: 'public-key', transports: ['internal', 'hybrid'] },
    ])
    expect(options).toMatchObject({ attestation: 'none', rp: { id: relyingParty.id, name: 'Example' } })
    expect((await begin(ben)).excludeCredentials).toEqual([])
  })

  test('v5.0.0-6.7.2: every challenge has 256 random bits, and the database holds its hash alone', async () => {
    const { challenge } = await begin(ana, 'hashed')
    expect(Buffer.from(challenge, 'base64url')).toHaveLength(32)
    expect((await begin(ana, 'another')).challenge).not.toBe(challenge)
    const rows = await db.selectFrom('passkeyChallenges').selectAll().where('place', '=', 'hashed').execute()
    expect(rows).toHaveLength(1)
    expect(JSON.stringify(rows)).not.toContain(challenge)
    expect(rows[0]?.challengeHash.equals(Buffer.from(challenge, 'base64url'))).toBe(false)
  })

  test('asking a thousand times in one place keeps one challenge, the last', async () => {
    const first = await begin(ana, 'often')
    await Promise.all(Array.from({ length: 50 }, () => begin(ana, 'often')))
    const rows = await db
      .selectFrom('passkeyChallenges')
      .select('place')
      .where('place', '=', 'often')
      .execute()
    expect(rows).toHaveLength(1)
    const { response } = createKey(first, at)
    const finish = { accountId: ana, place: 'often', response }
    expect(await finishPasskeyRegistration(db, relyingParty, finish, act)).toEqual({ outcome: 'expired' })
  })

  test('of twenty parallel answers to one challenge one adds a passkey', async () => {
    const options = await begin(ana)
    const answers = Array.from({ length: 20 }, () => createKey(options, at).response)
    const outcomes = await Promise.all(
      answers.map((response, index) =>
        finishPasskeyRegistration(
          index % 2 === 0 ? db : database.other,
          relyingParty,
          { accountId: ana, place: 'settings', response },
          act,
        ),
      ),
    )
    expect(outcomes.filter(({ outcome }) => outcome === 'registered')).toHaveLength(1)
    expect(outcomes.filter(({ outcome }) => outcome === 'expired')).toHaveLength(19)
    expect(await countPasskeys(db, ana)).toBe(1)
  })

  test('an account has at most twenty, however many are added at the same moment', async () => {
    for (let count = 1; count < maxPasskeys; count += 1) await enrol(ana)
    const outcomes = await Promise.all(
      Array.from({ length: 5 }, async (_, index) => {
        const { response } = createKey(await begin(ana, `tab ${index}`), at)
        const finish = { accountId: ana, place: `tab ${index}`, response }
        return (await finishPasskeyRegistration(db, relyingParty, finish, act)).outcome
      }),
    )
    expect(outcomes.toSorted()).toEqual(['registered', 'too_many', 'too_many', 'too_many', 'too_many'])
    expect(await countPasskeys(db, ana)).toBe(maxPasskeys)
  })

  test.each<[string, Mischief]>([
    ['another origin', { origin: 'https://evil.example' }],
    ['the origin with a port', { origin: 'https://login.example.com:444' }],
    ['a subdomain of the origin', { origin: 'https://a.login.example.com' }],
    ['another relying party', { rpId: 'example.com' }],
    ['the kind of a sign-in', { type: 'webauthn.get' }],
    ['nobody present', { userPresent: false }],
    ['a page of another site around ours', { crossOrigin: true }],
    ['an algorithm that was not offered', { algorithm: -65535 }],
    ['an unknown attestation', { attestation: { format: 'made-up', statement: () => map([]) } }],
    [
      'a statement where there should be none',
      { attestation: { format: 'none', statement: () => map([[text('a'), text('b')]]) } },
    ],
  ])('is refused with %s, and the challenge is gone', async (_, mischief) => {
    const options = await begin(ana)
    const finish = (response: string) =>
      finishPasskeyRegistration(db, relyingParty, { accountId: ana, place: 'settings', response }, act)
    expect(await finish(createKey(options, at, mischief).response)).toEqual({ outcome: 'rejected' })
    expect(await finish(createKey(options, at).response)).toEqual({ outcome: 'expired' })
    expect(await countPasskeys(db, ana)).toBe(0)
  })

  test('a key may sign for itself; a certificate is refused, good as it is, because it says where to ask about it', async (context) => {
    const finish = async (mischief: Mischief) => {
      const { response } = createKey(await begin(ana), at, mischief)
      return finishPasskeyRegistration(db, relyingParty, { accountId: ana, place: 'settings', response }, act)
    }
    const itself = await finish({
      attestation: {
        format: 'packed',
        statement: ({ packed, privateKey }) =>
          map([
            [text('alg'), integer(-7)],
            [text('sig'), bytes(sign('sha256', packed, privateKey))],
          ]),
      },
    })
    expect(itself).toMatchObject({ outcome: 'registered' })
    const maker = keyWithCertificate()
    if (maker === undefined)
      return context.skip('openssl is not installed, so there is no certificate to test with')
    const certified = await finish({
      attestation: {
        format: 'fido-u2f',
        statement: ({ u2f }) =>
          map([
            [text('sig'), bytes(sign('sha256', u2f, maker.key))],
            [text('x5c'), array([bytes(maker.certificate)])],
          ]),
      },
    })
    expect(certified).toEqual({ outcome: 'rejected' })
  })

  test('is refused for somebody else, elsewhere, for another purpose, and after five minutes', async () => {
    const finish = (accountId: string, place: string, response: string, when = now) =>
      finishPasskeyRegistration(db, relyingParty, { accountId, place, response }, { ...act, now: when })
    const { response } = createKey(await begin(ana), at)
    expect(await finish(ben, 'settings', response)).toEqual({ outcome: 'expired' })
    expect(await finish(ana, 'another session', response)).toEqual({ outcome: 'expired' })
    const late = new Date(now.getTime() + 300_000)
    expect(await finish(ana, 'settings', response, late)).toEqual({ outcome: 'expired' })
    const forSignIn = await ask({ purpose: 'second_factor', place: 'settings', accountId: ana })
    const made = createKey({ ...forSignIn, user: { id: 'AAAA' } }, at)
    expect(await finish(ana, 'settings', made.response)).toEqual({ outcome: 'expired' })
    const soon = new Date(now.getTime() + 299_000)
    expect(await finish(ana, 'settings', response, soon)).toMatchObject({ outcome: 'registered' })
  })

  test('a credential id that is registered is refused to everybody, and its owner keeps it', async () => {
    const key = await enrol(ana)
    for (const accountId of [ben, ana]) {
      const { response } = createKey(await begin(accountId), at, { credentialId: key.credentialId })
      const outcome = await finishPasskeyRegistration(
        db,
        relyingParty,
        { accountId, place: 'settings', response },
        act,
      )
      expect(outcome).toEqual({ outcome: 'already_registered' })
    }
    expect(await use(key, alone)).toMatchObject({ outcome: 'accepted', passkey: { accountId: ana } })
  })

  test.each([
    '',
    'null',
    '[]',
    '{}',
    '{"id":1}',
    'x'.repeat(30_000),
    '['.repeat(19_000),
    '{"__proto__":{"id":"a"}}',
    JSON.stringify({
      id: 'a',
      rawId: 'a',
      type: 'public-key',
      clientExtensionResults: {},
      response: { clientDataJSON: 'AAAA', attestationObject: '____' },
    }),
  ])('hostile text is no answer: %#', async (response) => {
    const finish = { accountId: ana, place: 'settings', response }
    expect(await finishPasskeyRegistration(db, relyingParty, finish, act)).toEqual({ outcome: 'rejected' })
    expect(await answer(alone, response)).toEqual({ outcome: 'rejected' })
  })

  test('deeply nested CBOR ends in a refusal, not in the end of the server', async () => {
    const { challenge } = await begin(ana)
    const nested = Buffer.concat([Buffer.alloc(9_000, 0x81), Buffer.from([0])])
    const made = JSON.parse(createKey({ challenge, user: { id: 'AAAA' } }, at).response)
    made.response.attestationObject = nested.toString('base64url')
    const finish = { accountId: ana, place: 'settings', response: JSON.stringify(made) }
    expect(await finishPasskeyRegistration(db, relyingParty, finish, act)).toEqual({ outcome: 'rejected' })
  })
})

describe('signing in with a passkey alone', () => {
  test('tells whose passkey it is, and that the user was verified', async () => {
    const key = await enrol(ana, { synchronises: false })
    const outcome = await use(key, alone, { synchronises: false })
    expect(outcome).toEqual({
      outcome: 'accepted',
      passkey: { id: key.id, accountId: ana, kind: 'device_bound', userVerified: true },
    })
    expect((await listPasskeys(db, ana))[0]?.lastUsedAt).toEqual(now)
  })

  test('T31: what is asked names nobody and is the same for everybody but for the challenge', async () => {
    await enrol(ana)
    const options = await ask(alone)
    expect(options).toEqual({
      rpId: relyingParty.id,
      challenge: options.challenge,
      timeout: 300_000,
      userVerification: 'required',
    })
  })

  test.each<[string, Mischief, string]>([
    ['another origin', { origin: 'https://evil.example' }, 'verification'],
    ['plain http', { origin: 'http://login.example.com' }, 'verification'],
    ['another relying party', { rpId: 'evil.example' }, 'verification'],
    ['the kind of a registration', { type: 'webauthn.create' }, 'verification'],
    ['nobody present', { userPresent: false }, 'verification'],
    ['a user that was not verified', { userVerified: false }, 'verification'],
    ['a page of another site around ours', { crossOrigin: true }, 'verification'],
    ['no user handle', { userHandle: null }, 'verification'],
    ["somebody else's user handle", { userHandle: Buffer.alloc(32).toString('base64url') }, 'verification'],
    ['a key that may suddenly leave its device', { synchronises: false }, 'verification'],
  ])('is refused with %s; the reason is recorded and not told', async (_, mischief, reason) => {
    const key = await enrol(ana)
    expect(await use(key, alone, mischief)).toEqual({ outcome: 'rejected' })
    expect(await reasonsOf(ana)).toEqual([`passkey_${reason}`])
    expect((await listPasskeys(db, ana))[0]?.lastUsedAt).toBeUndefined()
  })

  test('every changed byte of what is signed, and of the signature, is a refusal', async () => {
    const key = await enrol(ana)
    for (const part of ['authenticatorData', 'signature', 'clientDataJSON'] as const) {
      const response = JSON.parse(useKey(key, await ask(alone), at))
      const tampered = Buffer.from(response.response[part], 'base64url')
      const index =
        part === 'clientDataJSON'
          ? tampered.indexOf('crossOrigin') + 'crossOrigin":f'.length - 1
          : tampered.length - 1
      if (part === 'clientDataJSON') tampered.write('  false}'.padEnd(0), index, 'utf8')
      else tampered[index] = (tampered[index] ?? 0) ^ 1
      response.response[part] = tampered.toString('base64url')
      expect(await answer(alone, JSON.stringify(response)), part).toEqual({ outcome: 'rejected' })
    }
  })

  test('the key of one passkey does not open another', async () => {
    const [key, other] = [await enrol(ana), await enrol(ben)]
    const forged = { ...key, credentialId: other.credentialId, userHandle: other.userHandle }
    expect(await use(forged, alone)).toEqual({ outcome: 'rejected' })
    expect(await reasonsOf(ben)).toEqual(['passkey_verification'])
  })

  test('an unknown passkey and one of a disabled account get the same answer', async () => {
    const key = await enrol(ana)
    const unknown = await use({ ...key, credentialId: 'AAAA' }, alone)
    const disabled = await answer(alone, useKey(key, await ask(alone), at), { mayUse: false })
    expect(disabled).toEqual(unknown)
    expect(await reasonsOf(ana)).toEqual(['passkey_disabled'])
  })

  test('v5.0.0-6.5.1: of twenty parallel uses of one answer one is accepted', async () => {
    const key = await enrol(ana)
    const response = useKey(key, await ask(alone), at)
    const outcomes = await Promise.all(Array.from({ length: 20 }, () => answer(alone, response)))
    expect(outcomes.filter(({ outcome }) => outcome === 'accepted')).toHaveLength(1)
    expect(outcomes.filter(({ outcome }) => outcome === 'expired')).toHaveLength(19)
  })

  test('a challenge of another sign-in, another purpose, or five minutes ago is none', async () => {
    const key = await enrol(ana)
    const elsewhere = useKey(key, await ask({ ...alone, place: 'sign-in 2' }), at)
    expect(await answer(alone, elsewhere)).toEqual({ outcome: 'expired' })
    const second: AssertionBinding = { purpose: 'second_factor', place: alone.place, accountId: ana }
    expect(await answer(alone, useKey(key, await ask(second), at))).toEqual({ outcome: 'expired' })
    expect(await answer(second, useKey(key, await ask(alone), at))).toEqual({ outcome: 'expired' })
    expect(await answer(alone, useKey(key, await begin(ana, alone.place), at))).toEqual({
      outcome: 'expired',
    })
    const late = useKey(key, await ask(alone), at)
    expect(await answer(alone, late, { when: new Date(now.getTime() + 300_000) })).toEqual({
      outcome: 'expired',
    })
    expect(await answer(alone, late, { when: new Date(now.getTime() + 299_000) })).toMatchObject({
      outcome: 'accepted',
    })
  })

  test('a counter that does not grow is refused and recorded; one that stays at zero is not counted', async () => {
    const key = await enrol(ana, { counter: 5 })
    expect(await use(key, alone, { counter: 6 })).toMatchObject({ outcome: 'accepted' })
    for (const counter of [6, 5, 1, 0])
      expect(await use(key, alone, { counter })).toEqual({ outcome: 'rejected' })
    expect(await reasonsOf(ana)).toEqual(Array.from({ length: 4 }, () => 'passkey_counter'))
    const events = await eventsAbout(db, ana)
    expect(events.filter(([type]) => type === 'passkey.counter_went_back')).toHaveLength(4)
    expect(await use(key, alone, { counter: 7 })).toMatchObject({ outcome: 'accepted' })
    const zero = await enrol(ben)
    expect(await use(zero, alone)).toMatchObject({ outcome: 'accepted' })
    expect(await use(zero, alone)).toMatchObject({ outcome: 'accepted' })
  })

  test('a forged answer with a low counter does not say that a key was copied', async () => {
    const key = await enrol(ana, { counter: 5 })
    const response = JSON.parse(useKey(key, await ask(alone), at, { counter: 1 }))
    response.response.signature = Buffer.alloc(70, 7).toString('base64url')
    expect(await answer(alone, JSON.stringify(response))).toEqual({ outcome: 'rejected' })
    expect((await eventsAbout(db, ana)).map(([type]) => type)).not.toContain('passkey.counter_went_back')
  })

  test('of two copies of a key that say the same count at the same moment one is accepted', async () => {
    const key = await enrol(ana, { counter: 5 })
    const places = Array.from({ length: 10 }, (_, index) => ({ ...alone, place: `copy ${index}` }))
    const outcomes = await Promise.all(places.map((place) => use({ ...key }, place, { counter: 6 })))
    expect(outcomes.filter(({ outcome }) => outcome === 'accepted')).toHaveLength(1)
  })
})

describe('a passkey as second factor', () => {
  const second = (accountId: string): AssertionBinding => ({
    purpose: 'second_factor',
    place: 'sign-in 1',
    accountId,
  })

  test('is asked of the account alone, and says whether the user was verified', async () => {
    const key = await enrol(ana)
    await enrol(ben)
    const options = await ask(second(ana))
    expect(options.allowCredentials?.map(({ id }) => id)).toEqual([key.credentialId])
    expect(options.userVerification).toBe('preferred')
    const outcome = await use(key, second(ana), { userVerified: false, userHandle: null })
    expect(outcome).toMatchObject({ outcome: 'accepted', passkey: { userVerified: false } })
  })

  test('is asked to verify the user where a second factor must not be phishable; otherwise if it can', async () => {
    await enrol(ana)
    const options = await beginPasskeyAssertion(
      db,
      relyingParty,
      { ...second(ana), mustVerifyUser: true },
      act,
    )
    expect(options.userVerification).toBe('required')
    expect((await begin(ana)).authenticatorSelection?.userVerification).toBe('preferred')
    const owner = { accountId: ana, place: 'settings', name: 'ana@example.com', displayName: 'Ana' }
    const strict = await beginPasskeyRegistration(db, relyingParty, { ...owner, mustVerifyUser: true }, act)
    expect(strict.authenticatorSelection?.userVerification).toBe('required')
  })

  test('of somebody else is unknown, and a challenge of somebody else is none', async () => {
    const key = await enrol(ben)
    expect(await use(key, second(ana))).toEqual({ outcome: 'rejected' })
    expect(await answer(second(ben), useKey(key, await ask(second(ana)), at))).toEqual({ outcome: 'expired' })
    expect(await answer(second(ana), useKey(key, await ask(second(ben)), at))).toEqual({ outcome: 'expired' })
  })

  test('refusals are recorded as such, without a failed sign-in', async () => {
    const key = await enrol(ana)
    await use(key, second(ana), { origin: 'https://evil.example' })
    const types = (await eventsAbout(db, ana)).map(([type]) => type)
    expect(types).toContain('passkey.refused')
    expect(types).not.toContain('sign_in.failed')
  })
})

describe('v5.0.0-6.5.5, API1: names and removal', () => {
  test('a removed passkey is accepted nowhere, and may be added again', async () => {
    const key = await enrol(ana)
    const asked = await ask(alone)
    expect(await removePasskey(db, { accountId: ana, id: key.id }, act)).toBe('removed')
    expect(await removePasskey(db, { accountId: ana, id: key.id }, act)).toBe('not_found')
    expect(await answer(alone, useKey(key, asked, at))).toEqual({ outcome: 'rejected' })
    expect((await eventsAbout(db, ana)).at(-1)).toEqual([
      'passkey.removed',
      { passkey: key.id, name: 'Passkey' },
    ])
    await enrol(ana, { credentialId: key.credentialId })
  })

  test('a passkey of somebody else, an unknown one and hostile ids are the same: not found', async () => {
    const key = await enrol(ana)
    for (const id of [key.id, 'pk_unknown', '', "' or 1=1", '\0', 'x'.repeat(5000)]) {
      expect(await removePasskey(db, { accountId: ben, id }, act)).toBe('not_found')
      expect(await renamePasskey(db, { accountId: ben, id, name: 'Mine' }, act)).toBe('not_found')
    }
    expect(await listPasskeys(db, ana)).toMatchObject([{ name: 'Passkey' }])
  })

  test('a name changes, and the change is recorded', async () => {
    const key = await enrol(ana)
    expect(await renamePasskey(db, { accountId: ana, id: key.id, name: 'Büro 🔑' }, act)).toBe('renamed')
    expect(await listPasskeys(db, ana)).toMatchObject([{ name: 'Büro 🔑' }])
    expect((await eventsAbout(db, ana)).at(-1)).toEqual([
      'passkey.renamed',
      { passkey: key.id, name: 'Büro 🔑' },
    ])
  })

  test('of two who use and remove at once, removal wins in the end', async () => {
    const key = await enrol(ana)
    const response = useKey(key, await ask(alone), at)
    await Promise.all([answer(alone, response), removePasskey(db, { accountId: ana, id: key.id }, act)])
    expect(await countPasskeys(db, ana)).toBe(0)
    expect(await use(key, alone)).toEqual({ outcome: 'rejected' })
  })

  test('all of it goes with the account', async () => {
    const key = await enrol(ana)
    await begin(ana, 'open')
    await db.deleteFrom('accounts').where('id', '=', ana).execute()
    expect(await listPasskeys(db, ana)).toEqual([])
    expect(await use(key, alone)).toEqual({ outcome: 'rejected' })
  })
})
