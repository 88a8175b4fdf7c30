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

/** The budgets of this server. No budget ends in a lock: each regains something within ten minutes, most within one. */
export const budgets = Object.freeze({
  /**
   * All sign-ins of the installation but those from devices their accounts know. Far above what its processors can
   * compare at once, so people never meet it; it gives guessing from very many addresses a ceiling that does not grow
   * with the number of instances.
   */
  sign_in_overall: { name: 'sign_in_overall', capacity: 1000, refillPerSecond: 100, whenUnavailable: 'deny' },
  /**
   * Failed sign-ins from one IPv6 /48, which anybody can rent for little: 65,536 times a /64. A provider may have very
   * many customers there, so it is ten times what one address has.
   */
  sign_in_network: {
    name: 'sign_in_network',
    capacity: 300,
    refillPerSecond: 60 * perMinute,
    whenUnavailable: 'deny',
  },
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
   * The same over a longer time, so that the delay grows: after thirty failures one try every ten minutes.
   */
  sign_in_account_address_long: {
    name: 'sign_in_account_address_long',
    capacity: 30,
    refillPerSecond: perMinute / 10,
    whenUnavailable: 'deny',
  },
  /**
   * Failed sign-ins to one account from all devices it does not know. Forty in one go, then one a minute, so that the
   * ninety in a row that disable a password there (`password-attempts.ts`) take an attacker with many addresses most of
   * an hour, and the person is told at twenty. Such an attacker competes with a person on an unknown device.
   */
  sign_in_account: {
    name: 'sign_in_account',
    capacity: 40,
    refillPerSecond: perMinute,
    whenUnavailable: 'deny',
  },
  /**
   * Failed sign-ins from one device that the account knows, which nobody elsewhere can spend. What it refuses is counted
   * like an attempt from anywhere.
   */
  sign_in_device: {
    name: 'sign_in_device',
    capacity: 10,
    refillPerSecond: perMinute,
    whenUnavailable: 'deny',
  },
  /** Events that tell of refused sign-ins, for each budget and address: a flood must not become a flood of events. */
  sign_in_limited_events: {
    name: 'sign_in_limited_events',
    capacity: 3,
    refillPerSecond: perMinute,
    whenUnavailable: 'deny',
  },
  /**
   * Mails that people ask for from one address: forgotten passwords, sign-ups, confirmations. A household or a small
   * office has enough; a machine sends twelve an hour after the first twenty.
   */
  mail_request_address: {
    name: 'mail_request_address',
    capacity: 20,
    refillPerSecond: perMinute / 5,
    whenUnavailable: 'deny',
  },
  /**
   * The same to one account or address. Three in a row, as when somebody looks into the wrong folder; then one in ten
   * minutes, the life of a link, so that nobody's mailbox is filled by others. It locks nobody out: the link mailed last works.
   */
  mail_request_recipient: {
    name: 'mail_request_recipient',
    capacity: 3,
    refillPerSecond: perMinute / 10,
    whenUnavailable: 'deny',
  },
  /** Uses of mailed links from one address. Like a setup link's: they cannot be guessed, and a hash is costly. */
  mailed_link_address: {
    name: 'mailed_link_address',
    capacity: 30,
    refillPerSecond: 6 * perMinute,
    whenUnavailable: 'deny',
  },
  /**
   * Passkeys from one address that were not accepted. Nobody guesses a signature; this spares the work of checking. An office
   * behind one address may have thirty people who choose the wrong one.
   */
  passkey_address: {
    name: 'passkey_address',
    capacity: 30,
    refillPerSecond: 6 * perMinute,
    whenUnavailable: 'deny',
  },
  /**
   * Second factors from one address that were not accepted: codes of apps and recovery codes. A pool of its own, so that
   * somebody who knows no password cannot spend it, and the password's failures do not count here (T27).
   */
  second_factor_address: {
    name: 'second_factor_address',
    capacity: 60,
    refillPerSecond: 6 * perMinute,
    whenUnavailable: 'deny',
  },
  /**
   * The same at one account from one address (the key names both): ten slips before a wait, then one a minute. Whoever
   * knows the password and guesses elsewhere empties their own bucket, not the owner's.
   */
  second_factor_account_address: {
    name: 'second_factor_account_address',
    capacity: 10,
    refillPerSecond: perMinute,
    whenUnavailable: 'deny',
  },
  /**
   * The same at one account from everywhere. Forty in a row, then one in two minutes: the hundred failures after which a
   * factor ends take hours, and the owner is told of each new device long before.
   */
  second_factor_account: {
    name: 'second_factor_account',
    capacity: 40,
    refillPerSecond: perMinute / 2,
    whenUnavailable: 'deny',
  },
  /**
   * Guesses at the present password on the page where it is changed. Whoever took over a session has ten, then one a
   * minute; the counting of wrong passwords in a row ends them altogether.
   */
  account_password: {
    name: 'account_password',
    capacity: 10,
    refillPerSecond: perMinute,
    whenUnavailable: 'deny',
  },
  /** Links that one person has mailed from their own page: enough for typing mistakes, too few to fill somebody's inbox. */
  account_mail: {
    name: 'account_mail',
    capacity: 5,
    refillPerSecond: perMinute / 10,
    whenUnavailable: 'deny',
  },
  /**
   * Codes that devices of one address ask for. Anybody may ask who knows the id of a public client, and each is written to
   * the audit log: a test lab behind one address has enough, a machine that floods has not.
   */
  device_request_address: {
    name: 'device_request_address',
    capacity: 60,
    refillPerSecond: 6 * perMinute,
    whenUnavailable: 'deny',
  },
  /**
   * Wrong codes of devices over the whole installation. Eight of twenty letters are 25,600,000,000 codes; where a hundred
   * wait at every moment, whoever spends all of this for ten years finds about one, and lets that device into an account of
   * their own. People who mistype never meet it.
   */
  device_code_overall: {
    name: 'device_code_overall',
    capacity: 300,
    refillPerSecond: 30 * perMinute,
    whenUnavailable: 'deny',
  },
  /** Events that tell of refused codes, for each budget and address: a flood must not become a flood of events. */
  device_limited_events: {
    name: 'device_limited_events',
    capacity: 3,
    refillPerSecond: perMinute,
    whenUnavailable: 'deny',
  },
  /** Wrong codes of devices from one IPv6 /48, for the reason that sign-ins have. */
  device_code_network: {
    name: 'device_code_network',
    capacity: 100,
    refillPerSecond: 10 * perMinute,
    whenUnavailable: 'deny',
  },
  /** The same from one address: an office behind one may mistype twenty times in one go. */
  device_code_address: {
    name: 'device_code_address',
    capacity: 20,
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
  /** Events that tell of a client that was refused tokens: one in ten minutes, however often it asks. */
  token_limited_events: {
    name: 'token_limited_events',
    capacity: 1,
    refillPerSecond: perMinute / 10,
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
