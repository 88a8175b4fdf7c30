import { sha256 } from '../../platform/crypto/digest.ts'
import type { Seal } from '../../platform/crypto/seal.ts'
import { run, statement } from '../../platform/db/open.ts'
import type { Database } from '../../platform/db/open.ts'
import type { OwnDoor } from './web-sessions.ts'

/** A sign-in to our own pages that is under way. */
export interface PendingSignIn {
  readonly nonce: string
  readonly codeVerifier: string
  /** Where the person wanted to go: a path of ours. */
  readonly returnTo: string
  /** What the sign-in must be worth, if more than any. */
  readonly acrValues: string | undefined
}

/** What names a sign-in: the `state` that comes back in the address, and the browser's own secret. */
export interface SignInKey {
  readonly door: OwnDoor
  readonly state: string
  readonly browser: string
}

// As long as the library waits for a sign-in, and the time it takes to come back from there.
const lifetimeSeconds = 1800 + 60

const insertSignIn = statement(
  'web_sign_in_begin',
  `insert into web_sign_ins (state_hash, browser_hash, door, sealed_secrets, return_to, acr_values, expires_at)
   values ($1, $2, $3, $4, $5, $6, $7)`,
)

/** Remembers a sign-in that begins now. */
export async function beginSignIn(
  db: Database,
  seal: Seal,
  { door, state, browser, ...pending }: SignInKey & PendingSignIn,
  now: Date,
): Promise<void> {
  const { nonce, codeVerifier, returnTo, acrValues } = pending
  const stateHash = sha256(state)
  const secrets = Buffer.from(JSON.stringify([nonce, codeVerifier]))
  await run(db, insertSignIn, [
    stateHash,
    sha256(browser),
    door,
    seal.seal(secrets, contextOf(stateHash)),
    returnTo,
    acrValues ?? null,
    new Date(now.getTime() + lifetimeSeconds * 1000),
  ])
}

const takePending = statement<{
  sealedSecrets: Buffer
  returnTo: string
  acrValues: string | null
  isTimely: boolean
}>(
  'web_sign_in_take',
  `delete from web_sign_ins where state_hash = $1 and browser_hash = $2 and door = $3
   returning sealed_secrets as "sealedSecrets", return_to as "returnTo", acr_values as "acrValues",
     expires_at > $4 as "isTimely"`,
)

/** Uses up a sign-in. A stranger's browser, a second use and a late one are the same: undefined (ASVS 10.1.2). */
export async function takeSignIn(
  db: Database,
  seal: Seal,
  { door, state, browser }: SignInKey,
  now: Date,
): Promise<PendingSignIn | undefined> {
  const stateHash = sha256(state)
  const [row] = await run(db, takePending, [stateHash, sha256(browser), door, now])
  if (row?.isTimely !== true) return undefined
  const opened: unknown = JSON.parse(seal.open(row.sealedSecrets, contextOf(stateHash)).toString())
  if (!Array.isArray(opened)) throw new Error('a sign-in under way cannot be read')
  const [nonce, codeVerifier] = opened.map(String)
  return {
    nonce: nonce ?? '',
    codeVerifier: codeVerifier ?? '',
    returnTo: row.returnTo,
    acrValues: row.acrValues ?? undefined,
  }
}

function contextOf(stateHash: Buffer): string {
  return `web_sign_in:${stateHash.toString('hex')}`
}
