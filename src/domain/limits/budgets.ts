/**
 * Budgets: how often something may be tried, per whom, over all instances together.
 * A budget is a bucket that holds `capacity` and regains `refillPerSecond`. Owns `limit_buckets`. A door takes from the
 * widest budget first, and before any costly work; what succeeded is given back, so only failures are spent.
 */
export interface Budget {
  readonly name: string
  readonly capacity: number
  readonly refillPerSecond: number
  /** What is answered while the database cannot be reached. Whatever guards a secret denies. */
  readonly whenUnavailable: 'deny' | 'allow'
}

const perMinute = 1 / 60

/** The budgets of this server. No budget ends in a lock: each regains something every minute or sooner. */
export const budgets = Object.freeze({
  /**
   * All sign-ins of the installation. Far above what its processors can compare at once, so people never meet it; it
   * gives guessing from very many addresses a ceiling that does not grow with the number of instances.
   */
  sign_in_overall: { name: 'sign_in_overall', capacity: 1000, refillPerSecond: 100, whenUnavailable: 'deny' },
  /**
   * Failed sign-ins from one address. An office behind one address may mistype thirty times in one go; a machine is
   * left with six guesses a minute, over all accounts it tries.
   */
  sign_in_address: {
    name: 'sign_in_address',
    capacity: 30,
    refillPerSecond: 6 * perMinute,
    whenUnavailable: 'deny',
  },
  /**
   * Failed sign-ins to one account from one address (the key names both). Ten slips of the hand before a wait, then one
   * try a minute. Whoever attacks from elsewhere empties their own bucket, not the owner's.
   */
  sign_in_account_address: {
    name: 'sign_in_account_address',
    capacity: 10,
    refillPerSecond: perMinute,
    whenUnavailable: 'deny',
  },
  /**
   * Failed sign-ins to one account from everywhere. At most a hundred in a row, the bound of NIST SP 800-63B-4 §3.2.2;
   * then two a minute, for ever: against fifteen characters that is nothing. It is no lock, but whoever attacks from very
   * many addresses competes with the owner for those two.
   */
  sign_in_account: {
    name: 'sign_in_account',
    capacity: 100,
    refillPerSecond: 2 * perMinute,
    whenUnavailable: 'deny',
  },
  /** Uses of a setup link from one address. Its 256 bits cannot be guessed; this spares the work of trying. */
  setup_address: { name: 'setup_address', capacity: 10, refillPerSecond: perMinute, whenUnavailable: 'deny' },
  /**
   * Failed client authentications from one address. Secrets have 256 bits and cannot be guessed; this spares the work of
   * trying. Hundreds of services may restart with an old secret behind one address, and retry. There is none per client,
   * because a stranger who knows the public id could stop the service with it.
   */
  client_authentication_address: {
    name: 'client_authentication_address',
    capacity: 300,
    refillPerSecond: 1,
    whenUnavailable: 'deny',
  },
  /**
   * Reports of leaked keys from one address. A report is never given back, because that would tell whether the key was
   * one; somebody with a whole list has ten a minute.
   */
  leak_report_address: {
    name: 'leak_report_address',
    capacity: 60,
    refillPerSecond: 10 * perMinute,
    whenUnavailable: 'deny',
  },
  /** Messages to the receiver of scanning services from one address that were not signed as they should be. */
  leak_receiver_address: {
    name: 'leak_receiver_address',
    capacity: 60,
    refillPerSecond: perMinute,
    whenUnavailable: 'deny',
  },
} as const satisfies Record<string, Budget>)
