import type {
  PublicKeyCredentialRequestOptionsJSON,
  VerifiedAuthenticationResponse,
} from '@simplewebauthn/server'
import type { Database } from '../../platform/db/open.ts'
import { inTransaction } from '../../platform/db/transaction.ts'
import type { Act } from '../audit/act.ts'
import { record } from '../audit/record.ts'
import { challengeSeconds, issueChallenge, redeemChallenge } from './passkey-challenges.ts'
import type { AskedOfDevice, ChallengeBinding } from './passkey-challenges.ts'
import { passkeyLibrary } from './passkey-library.ts'
import type { RelyingParty } from './passkey-relying-party.ts'
import { countUse, credentialsOf, findPasskey } from './passkey-rows.ts'
import type { StoredPasskey } from './passkey-rows.ts'
import { readUsedPasskey } from './passkey-response.ts'
import type { UsedPasskeyResponse } from './passkey-response.ts'
import { kindOf } from './passkeys.ts'
import type { Passkey } from './passkeys.ts'

/** What using a passkey needs. */
export interface AssertionTools {
  readonly db: Database
  readonly relyingParty: RelyingParty
  /** Whether this account may sign in at this moment. */
  readonly mayUse: (accountId: string) => Promise<boolean>
}

/** What a passkey is used for, where, and by whom if that is known: `undefined` signs in whoever's passkey it is. */
export type AssertionBinding =
  | { readonly purpose: 'sign_in'; readonly place: string; readonly accountId?: undefined }
  | { readonly purpose: 'second_factor'; readonly place: string; readonly accountId: string }

/** A passkey that was proved to be there. */
export interface UsedPasskey {
  readonly id: string
  readonly accountId: string
  readonly kind: Passkey['kind']
  /** Whether the device made sure that it is its owner, by a PIN or a finger. */
  readonly userVerified: boolean
}

/** The answer says nothing of why. `expired` is a challenge that was answered too late, twice, or somewhere else. */
export type AssertionOutcome =
  | { readonly outcome: 'accepted'; readonly passkey: UsedPasskey }
  | { readonly outcome: 'rejected' | 'expired' }

/**
 * What the browser is to ask the authenticator for. For a sign-in it is the same for everybody: no account is named, and
 * the person's device knows which passkeys it has (T31). User verification is then required, because nothing else is asked.
 */
export async function beginPasskeyAssertion(
  db: Database,
  { id }: RelyingParty,
  { purpose, place, accountId, mustVerifyUser }: AssertionBinding & AskedOfDevice,
  act: Act,
): Promise<PublicKeyCredentialRequestOptionsJSON> {
  const challenge = await issueChallenge(db, { purpose, place, accountId }, act.now)
  return {
    rpId: id,
    challenge,
    timeout: challengeSeconds * 1000,
    userVerification: purpose === 'sign_in' || mustVerifyUser === true ? 'required' : 'preferred',
    ...(accountId !== undefined && { allowCredentials: await credentialsOf(db, accountId) }),
  }
}

/** Looks at the answer. The challenge is gone whatever it is; a refusal is recorded with its reason, and told without. */
export async function finishPasskeyAssertion(
  tools: AssertionTools,
  { response, ...binding }: AssertionBinding & { readonly response: string },
  act: Act,
): Promise<AssertionOutcome> {
  const judged = await judge(tools, { response, ...binding }, act)
  if ('passkey' in judged) return { outcome: 'accepted', passkey: judged.passkey }
  await recordRefusal(tools.db, { ...judged, purpose: binding.purpose }, act)
  return { outcome: judged.reason === 'challenge' ? 'expired' : 'rejected' }
}

interface Refused {
  readonly reason: string
  /** The passkey that was presented, if there is one. */
  readonly of?: { readonly id: string; readonly accountId: string } | undefined
}

async function judge(
  { db, relyingParty, mayUse }: AssertionTools,
  { response, purpose, place, accountId }: AssertionBinding & { readonly response: string },
  act: Act,
): Promise<{ readonly passkey: UsedPasskey } | Refused> {
  const answer = readUsedPasskey(response)
  if (answer === undefined) return { reason: 'malformed' }
  const binding: ChallengeBinding = { purpose, place, accountId }
  const isOurs = await redeemChallenge(db, { ...binding, challenge: answer.challenge }, act.now)
  if (!isOurs) return { reason: 'challenge' }
  const of = await findPasskey(db, answer.id)
  if (of === undefined || (accountId !== undefined && of.accountId !== accountId)) {
    return { reason: 'unknown_passkey' }
  }
  const used = await verify(relyingParty, { answer, of, isAlone: purpose === 'sign_in' })
  if (used === undefined) return { reason: 'verification', of }
  if (!(await mayUse(of.accountId))) return { reason: 'disabled', of }
  if (!(await countUse(db, { id: of.id, used }, act.now))) return { reason: 'counter', of }
  const { id, accountId: ofAccount, synchronises } = of
  const { userVerified } = used
  return { passkey: { id, accountId: ofAccount, kind: kindOf(synchronises), userVerified } }
}

type Used = VerifiedAuthenticationResponse['authenticationInfo']

interface Presented {
  readonly answer: UsedPasskeyResponse
  readonly of: StoredPasskey
  /** Whether nothing else proves who it is. */
  readonly isAlone: boolean
}

/** WebAuthn §7.2. Whatever the library throws at is an answer that is not accepted. */
async function verify(
  { id, origin }: RelyingParty,
  { answer, of, isAlone }: Presented,
): Promise<Used | undefined> {
  if (answer.crossOrigin || !isUserHandleOf(of, answer, isAlone)) return undefined
  const { verifyAuthenticationResponse } = await passkeyLibrary.verify()
  try {
    const { verified, authenticationInfo } = await verifyAuthenticationResponse({
      // Whose it is was compared already; the library only looks at what kind of value it is.
      response: withoutUserHandle(answer),
      expectedChallenge: answer.challenge,
      expectedOrigin: origin,
      expectedRPID: id,
      // The library looks at the counter before the signature; we look at it after, in the statement that counts on.
      credential: { id: answer.id, publicKey: new Uint8Array(of.publicKey), counter: 0 },
      requireUserVerification: isAlone,
    })
    // §7.2: whether a key may leave its device is said when it is made, and never changes.
    const synchronises = authenticationInfo.credentialDeviceType === 'multiDevice'
    return verified && synchronises === of.synchronises ? authenticationInfo : undefined
  } catch {
    return undefined
  }
}

function withoutUserHandle({ json }: UsedPasskeyResponse) {
  const { userHandle: _compared, ...response } = json.response
  return { ...json, response }
}

/** §7.2: a passkey that is used alone must say whose it is, one beside a password may. */
function isUserHandleOf(of: StoredPasskey, { json }: UsedPasskeyResponse, isRequired: boolean): boolean {
  const { userHandle } = json.response
  if (userHandle === undefined) return !isRequired
  return userHandle === of.userHandle.toString('base64url')
}

async function recordRefusal(
  db: Database,
  { reason, of, purpose }: Refused & { readonly purpose: AssertionBinding['purpose'] },
  act: Act,
): Promise<void> {
  const target = of === undefined ? {} : { target: { type: 'account', id: of.accountId } as const }
  const details = { reason: `passkey_${reason}`, passkey: of?.id }
  const type = purpose === 'sign_in' ? 'sign_in.failed' : 'passkey.refused'
  await inTransaction(db, async (transaction) => {
    await record(transaction, { type, ...target, details }, act)
    if (reason !== 'counter') return
    await record(transaction, { type: 'passkey.counter_went_back', ...target, details }, act)
  })
}
