/**
 * Passkeys, as doors use them: bound to this installation's relying party, what is asked as the JSON that a passkey form
 * carries (views/components/passkey-form.ts), and limited. `place` is the id of the sign-in or of the session of our own pages
 * that asks; the answer is good there alone, once, for five minutes. A door that has asked reads the field `credential` and
 * gives it to the function of the same name; empty, it means that the page was open for too long.
 */
import type { Act } from '../domain/audit/act.ts'
import { budgets } from '../domain/limits/budgets.ts'
import { refund, take } from '../domain/limits/take.ts'
import { beginPasskeyAssertion, finishPasskeyAssertion } from '../domain/second-factors/passkey-assertion.ts'
import type { AssertionBinding, AssertionOutcome } from '../domain/second-factors/passkey-assertion.ts'
import type { AskedOfDevice } from '../domain/second-factors/passkey-challenges.ts'
import {
  beginPasskeyRegistration,
  finishPasskeyRegistration,
} from '../domain/second-factors/passkey-registration.ts'
import type {
  NamesOfOwner,
  PasskeyOwner,
  PasskeyToAdd,
  RegistrationOutcome,
} from '../domain/second-factors/passkey-registration.ts'
import { relyingPartyOf } from '../domain/second-factors/passkey-relying-party.ts'
import type { Database } from '../platform/db/open.ts'
import { addressBucket } from '../platform/http/client-address.ts'

/** What came of presenting a passkey. */
export type PasskeyOutcome =
  | AssertionOutcome
  | { readonly outcome: 'limited'; readonly retryAfterSeconds: number }

/** The passkeys of an installation. */
export interface Passkeys {
  /** What to ask whoever signs in with a passkey alone; the same for everybody. */
  readonly askToSignIn: (place: string, act: Act) => Promise<string>
  readonly signIn: (
    answer: { readonly place: string; readonly credential: string },
    act: Act,
  ) => Promise<PasskeyOutcome>
  /** What to ask somebody whose password was right. */
  readonly askToProve: (owner: PasskeyOwner & AskedOfDevice, act: Act) => Promise<string>
  readonly prove: (
    answer: PasskeyOwner & { readonly credential: string },
    act: Act,
  ) => Promise<PasskeyOutcome>
  /** What to ask somebody who adds a passkey. */
  readonly askToAdd: (owner: PasskeyOwner & NamesOfOwner & AskedOfDevice, act: Act) => Promise<string>
  readonly add: (
    answer: PasskeyOwner & PasskeyToAdd & { readonly credential: string },
    act: Act,
  ) => Promise<RegistrationOutcome>
}

/** What they need. */
export interface PasskeyParts {
  readonly db: Database
  readonly issuer: string
  /** What people read when their device asks. */
  readonly brandName: () => string
  /** Whether this account may sign in at this moment. */
  readonly mayUse: (accountId: string) => Promise<boolean>
  readonly onSignIn: (outcome: 'authenticated' | 'rejected') => void
}

/** Opens the passkeys; undefined for an installation whose host is an address, which no passkey can be bound to. */
export function createPasskeys(parts: PasskeyParts): Passkeys | undefined {
  const { db, issuer, brandName, mayUse, onSignIn } = parts
  const found = relyingPartyOf(issuer, brandName())
  if (found === undefined) return undefined
  const relyingParty = () => ({ ...found, name: brandName() })
  const present = (answer: AssertionBinding & { readonly response: string }, act: Act) =>
    limited(db, act, () => finishPasskeyAssertion({ db, relyingParty: relyingParty(), mayUse }, answer, act))
  return {
    askToSignIn: async (place, act) =>
      JSON.stringify(await beginPasskeyAssertion(db, relyingParty(), { purpose: 'sign_in', place }, act)),
    signIn: async ({ place, credential }, act) => {
      if (credential === '') return { outcome: 'expired' }
      const presented = await present({ purpose: 'sign_in', place, response: credential }, act)
      if (presented.outcome === 'accepted') onSignIn('authenticated')
      if (presented.outcome === 'rejected') onSignIn('rejected')
      return presented
    },
    askToProve: async (owner, act) => {
      const binding = { purpose: 'second_factor', ...owner } as const
      return JSON.stringify(await beginPasskeyAssertion(db, relyingParty(), binding, act))
    },
    prove: async ({ place, accountId, credential }, act) => {
      if (credential === '') return { outcome: 'expired' }
      return present({ purpose: 'second_factor', place, accountId, response: credential }, act)
    },
    askToAdd: async (owner, act) =>
      JSON.stringify(await beginPasskeyRegistration(db, relyingParty(), owner, act)),
    add: async ({ credential, ...owner }, act) => {
      if (credential === '') return { outcome: 'expired' }
      return finishPasskeyRegistration(db, relyingParty(), { ...owner, response: credential }, act)
    },
  }
}

/** Counted before anything is looked at, and given back when it was good. */
async function limited(
  db: Database,
  { address = 'unknown' }: Act,
  present: () => Promise<AssertionOutcome>,
): Promise<PasskeyOutcome> {
  const bucket = { budget: budgets.passkey_address, key: addressBucket(address) }
  const taken = await take(db, bucket)
  if (!taken.allowed) return { outcome: 'limited', retryAfterSeconds: taken.retryAfterSeconds }
  const presented = await present()
  if (presented.outcome === 'accepted') await refund(db, bucket)
  return presented
}
