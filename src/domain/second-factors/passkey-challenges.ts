import { sha256 } from '../../platform/crypto/digest.ts'
import { randomSecret } from '../../platform/crypto/random.ts'
import type { Database } from '../../platform/db/open.ts'

/** What an answer to a challenge is good for. It is good for nothing else. */
export type PasskeyPurpose = 'registration' | 'sign_in' | 'second_factor'

/** What a challenge is bound to. */
export interface ChallengeBinding {
  readonly purpose: PasskeyPurpose
  /** The sign-in or the session of our own pages in which it was asked: an answer elsewhere is none. */
  readonly place: string
  /** Whose answer it must be; undefined only for a sign-in with a passkey alone. */
  readonly accountId: string | undefined
}

/** What a device is asked beyond the key. */
export interface AskedOfDevice {
  /** Whether it has to make sure that it is its owner, by a PIN or a finger; otherwise it does so if it can. */
  readonly mustVerifyUser?: boolean
}

/** How long a person may take. */
export const challengeSeconds = 300

/** WebAuthn §13.4.3: 256 random bits as base64url. Whoever asks again in the same place replaces what was asked before. */
export async function issueChallenge(
  db: Database,
  { purpose, place, accountId }: ChallengeBinding,
  now: Date,
): Promise<string> {
  const challenge = randomSecret()
  const asked = {
    challengeHash: sha256(challenge),
    accountId: accountId ?? null,
    expiresAt: new Date(now.getTime() + challengeSeconds * 1000),
  }
  await db
    .insertInto('passkeyChallenges')
    .values({ purpose, place, ...asked })
    .onConflict((conflict) => conflict.columns(['purpose', 'place']).doUpdateSet(asked))
    .execute()
  return challenge
}

/**
 * Takes a challenge for an answer, and with it the only chance: true once, whether or not the answer turns out to be
 * good. One statement, so that of parallel answers one is looked at.
 */
export async function redeemChallenge(
  db: Database,
  { purpose, place, accountId, challenge }: ChallengeBinding & { readonly challenge: string },
  now: Date,
): Promise<boolean> {
  const { numDeletedRows } = await db
    .deleteFrom('passkeyChallenges')
    .where('purpose', '=', purpose)
    .where('place', '=', place)
    .where('challengeHash', '=', sha256(challenge))
    .where('accountId', 'is not distinct from', accountId ?? null)
    .where('expiresAt', '>', now)
    .executeTakeFirstOrThrow()
  return numDeletedRows === 1n
}
