import type {
  PublicKeyCredentialCreationOptionsJSON,
  VerifiedRegistrationResponse,
} from '@simplewebauthn/server'
import { randomId, randomSecret } from '../../platform/crypto/random.ts'
import type { Database } from '../../platform/db/open.ts'
import { inTransaction } from '../../platform/db/transaction.ts'
import type { Act } from '../audit/act.ts'
import { record } from '../audit/record.ts'
import type { AskedOfDevice } from './passkey-challenges.ts'
import { challengeSeconds, issueChallenge, redeemChallenge } from './passkey-challenges.ts'
import { acceptedAlgorithms, passkeyLibrary } from './passkey-library.ts'
import { firstNameOf } from './passkey-makers.ts'
import type { RelyingParty } from './passkey-relying-party.ts'
import { credentialsOf } from './passkey-rows.ts'
import { readNewPasskey } from './passkey-response.ts'
import type { NewPasskeyResponse } from './passkey-response.ts'
import { countPasskeys, kindOf, maxPasskeys } from './passkeys.ts'
import type { Passkey } from './passkeys.ts'
import { mayBindFactor } from './second-factors.ts'

/** Who gets a passkey, and where: `place` is the sign-in or the session that asks, and the answer must come from it. */
export interface PasskeyOwner {
  readonly accountId: string
  readonly place: string
}

/** What a device shows its owner: what we call the account, such as its e-mail address, and what people call the person. */
export interface NamesOfOwner {
  readonly name: string
  readonly displayName: string
}

/** What came of adding a passkey. `expired` is a challenge that was answered too late, twice, or somewhere else. */
export type RegistrationOutcome =
  | {
      readonly outcome: 'registered'
      readonly passkey: Pick<Passkey, 'id' | 'name' | 'kind'>
      /** Whether the device made sure that it is its owner, by a PIN or a finger. */
      readonly userVerified: boolean
    }
  | { readonly outcome: 'rejected' | 'expired' | 'already_registered' | 'too_many' }

/** What the browser is to ask the authenticator for. */
export async function beginPasskeyRegistration(
  db: Database,
  { id, name: rpName }: RelyingParty,
  owner: PasskeyOwner & NamesOfOwner & AskedOfDevice,
  act: Act,
): Promise<PublicKeyCredentialCreationOptionsJSON> {
  const { accountId, place, name, displayName, mustVerifyUser = false } = owner
  return {
    rp: { id, name: rpName },
    user: { id: (await userHandleOf(db, accountId)).toString('base64url'), name, displayName },
    challenge: await issueChallenge(db, { purpose: 'registration', place, accountId }, act.now),
    pubKeyCredParams: acceptedAlgorithms.map((alg) => ({ type: 'public-key', alg })),
    timeout: challengeSeconds * 1000,
    excludeCredentials: await credentialsOf(db, accountId),
    // Preferred, not required: a plain security key without a PIN can still be a second factor.
    authenticatorSelection: {
      residentKey: 'preferred',
      userVerification: mustVerifyUser ? 'required' : 'preferred',
    },
    attestation: 'none',
    extensions: { credProps: true },
  }
}

/** A new passkey, and how it is to be kept. */
export interface PasskeyToAdd {
  /** Has passed `passkeyName`; without it, the passkey is named after its maker. */
  readonly name?: string
  /** Refuses where there is a second factor already: for a sign-in that has proven none. */
  readonly onlyIfNone?: boolean
}

/** Looks at the answer and keeps the passkey. The challenge is gone whatever the answer is. */
export async function finishPasskeyRegistration(
  db: Database,
  relyingParty: RelyingParty,
  { accountId, place, response, ...wishes }: PasskeyOwner & PasskeyToAdd & { readonly response: string },
  act: Act,
): Promise<RegistrationOutcome> {
  const answer = readNewPasskey(response)
  if (answer === undefined) return { outcome: 'rejected' }
  const binding = { purpose: 'registration', place, accountId } as const
  const isOurs = await redeemChallenge(db, { ...binding, challenge: answer.challenge }, act.now)
  if (!isOurs) return { outcome: 'expired' }
  const made = answer.crossOrigin ? undefined : await verify(relyingParty, answer)
  if (made === undefined) return { outcome: 'rejected' }
  return keep(db, { accountId, made, transports: answer.json.response.transports, ...wishes }, act)
}

type Made = NonNullable<VerifiedRegistrationResponse['registrationInfo']>

/** WebAuthn §7.1. Whatever the library throws at is an answer that is not accepted. */
async function verify({ id, origin }: RelyingParty, answer: NewPasskeyResponse): Promise<Made | undefined> {
  const { verifyRegistrationResponse } = await passkeyLibrary.verify()
  try {
    if (!(await isWithoutCertificates(answer))) return undefined
    const { registrationInfo } = await verifyRegistrationResponse({
      response: answer.json,
      expectedChallenge: answer.challenge,
      expectedOrigin: origin,
      expectedRPID: id,
      requireUserVerification: false,
      supportedAlgorithmIDs: [...acceptedAlgorithms],
    })
    return registrationInfo
  } catch {
    return undefined
  }
}

/**
 * We ask for no attestation, and take none: to check the certificates of one, the library would fetch lists from addresses
 * that stand in them. (A `packed` one without certificates is the key's own signature, which browsers may leave in.)
 */
async function isWithoutCertificates({ json }: NewPasskeyResponse): Promise<boolean> {
  const { decodeAttestationObject } = await passkeyLibrary.read()
  const attestation = decodeAttestationObject(Buffer.from(json.response.attestationObject, 'base64url'))
  const format = attestation.get('fmt')
  return format === 'none' || (format === 'packed' && attestation.get('attStmt').get('x5c') === undefined)
}

interface NewPasskey extends PasskeyToAdd {
  readonly accountId: string
  readonly made: Made
  readonly transports: readonly string[]
}

function keep(
  db: Database,
  { accountId, made, transports, name = firstNameOf(made.aaguid), onlyIfNone = false }: NewPasskey,
  act: Act,
): Promise<RegistrationOutcome> {
  const synchronises = made.credentialDeviceType === 'multiDevice'
  const passkey = { id: randomId('pk'), name, kind: kindOf(synchronises) }
  return inTransaction(db, async (transaction) => {
    if (!(await mayBindFactor(transaction, { accountId, onlyIfNone }))) return { outcome: 'expired' }
    if ((await countPasskeys(transaction, accountId)) >= maxPasskeys) return { outcome: 'too_many' }
    const { numInsertedOrUpdatedRows = 0n } = await transaction
      .insertInto('passkeys')
      .values({
        id: passkey.id,
        accountId,
        credentialId: Buffer.from(made.credential.id, 'base64url'),
        publicKey: Buffer.from(made.credential.publicKey),
        counter: made.credential.counter,
        transports: [...transports],
        aaguid: made.aaguid,
        synchronises,
        backedUp: made.credentialBackedUp,
        name,
        createdAt: act.now,
      })
      // WebAuthn §7.1: an id that is registered already, to whomever, is refused.
      .onConflict((conflict) => conflict.column('credentialId').doNothing())
      .executeTakeFirstOrThrow()
    if (numInsertedOrUpdatedRows === 0n) return { outcome: 'already_registered' }
    const details = { passkey: passkey.id, name, kind: passkey.kind, aaguid: made.aaguid }
    const target = { type: 'account', id: accountId } as const
    await record(transaction, { type: 'passkey.added', target, details }, act)
    return { outcome: 'registered', passkey, userVerified: made.userVerified }
  })
}

async function userHandleOf(db: Database, accountId: string): Promise<Buffer> {
  const { userHandle } = await db
    .insertInto('passkeyUsers')
    .values({ accountId, userHandle: Buffer.from(randomSecret(), 'base64url') })
    // Changes nothing, but gives back the one that is there.
    .onConflict((conflict) => conflict.column('accountId').doUpdateSet({ accountId }))
    .returning('userHandle')
    .executeTakeFirstOrThrow()
  return userHandle
}
