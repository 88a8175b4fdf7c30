/** What the environment says, looked at without starting anything. */
import type { EffectiveConfig } from '../../config.ts'
import { findingOf } from './finding.ts'
import type { Check, Finding } from './finding.ts'

const daySeconds = 86_400
const loopback = /^(?:127\.|\[?::1|localhost)/

/** Judges the settings of a server. */
export function checkSettings(config: EffectiveConfig): readonly Finding[] {
  return [
    ...modeChecks(config),
    ...secretChecks(config),
    ...personChecks(config),
    ...networkChecks(config),
  ].map(findingOf)
}

function modeChecks({ mode, logLevel }: EffectiveConfig): readonly Check[] {
  return [
    {
      code: 'production_mode',
      holds: mode === 'production',
      otherwise: 'advice',
      good: 'NODE_ENV is production: the server refuses to start with anything missing or unsafe.',
      bad: 'The settings are those of trying it: NODE_ENV is not production.',
      mend: 'Set NODE_ENV=production where people depend on it.',
    },
    {
      code: 'log_level',
      about: logLevel,
      holds: logLevel !== 'debug' && logLevel !== 'silent',
      otherwise: 'advice',
      good: 'The log says what happens.',
      bad: `LOG_LEVEL is ${logLevel}.`,
      mend: 'Use LOG_LEVEL=info: security events and errors are then written, and nothing else that nobody reads.',
      source: 'ASVS 16.3',
    },
  ]
}

function secretChecks({ mode, sealingKeys, keyPeppers, argon2 }: EffectiveConfig): readonly Check[] {
  const peppers = keyPeppers.map(({ key }) => key.toString('hex'))
  return [
    {
      code: 'sealing_keys',
      holds: mode !== 'production' || sealingKeys.length > 0,
      otherwise: 'problem',
      good: 'Secrets in the database are sealed under a key that is kept outside it.',
      bad: 'SEALING_KEYS is not set in this environment.',
      mend: 'Set SEALING_KEYS as the servers have it.',
      source: 'ASVS 13.3.1',
    },
    {
      code: 'peppers_apart',
      holds: !sealingKeys.some(({ key }) => peppers.includes(key.toString('hex'))),
      otherwise: 'problem',
      good: 'The peppers of API keys are not the sealing keys.',
      bad: 'A value stands in both SEALING_KEYS and KEY_PEPPERS.',
      mend: 'Make another pepper with: openssl rand -base64 32. Put it first and keep the old one until its keys are rotated.',
    },
    {
      code: 'password_hashing',
      holds: argon2.memoryKibibytes >= 19_456 && argon2.iterations >= 2,
      otherwise: 'problem',
      good: 'Passwords are hashed with argon2id at the recommended cost.',
      bad: 'Passwords are hashed too cheaply.',
      mend: 'Set ARGON2_MEMORY_KIBIBYTES to 19456 or more and ARGON2_ITERATIONS to 2 or more.',
      source: 'ASVS 11.4.2',
    },
  ]
}

function personChecks(config: EffectiveConfig): readonly Check[] {
  return [
    {
      code: 'administrators_asked_for_factor',
      holds: config.secondFactor.administrators === 'required',
      otherwise: 'problem',
      good: 'Whoever administers is asked for a second factor.',
      bad: 'Whoever administers may do it with a password alone: ADMINISTRATOR_SECOND_FACTOR is optional.',
      mend: 'Set ADMINISTRATOR_SECOND_FACTOR=required.',
      source: 'ASVS 6.3.3',
    },
    {
      code: 'session_lifetimes',
      holds: config.sessionLifetimeSeconds <= daySeconds && config.sessionIdleSeconds <= 3600,
      otherwise: 'advice',
      good: 'Sessions end after an hour without use and after a day.',
      bad: 'Sessions last longer than NIST SP 800-63B-4 allows for two factors: one hour idle, one day over all.',
      mend: 'Lower SESSION_IDLE_SECONDS to 3600 and SESSION_LIFETIME_SECONDS to 86400, or write down why not.',
      source: 'NIST SP 800-63B-4 §2.2.3',
    },
    {
      code: 'leaked_keys_end',
      holds: config.leakedKeyPolicy !== 'notify',
      otherwise: 'advice',
      good: 'An API key that is reported as leaked stops working.',
      bad: 'An API key that is reported as leaked goes on working: LEAKED_KEY_POLICY is notify.',
      mend: 'Set LEAKED_KEY_POLICY to end or grace.',
    },
  ]
}

function networkChecks(config: EffectiveConfig): readonly Check[] {
  const isBehindProxy = config.issuer.startsWith('https:')
  const database = config.databaseUrl === undefined ? null : URL.parse(config.databaseUrl)
  const isRemote = database !== null && database.hostname !== '' && !loopback.test(database.hostname)
  return [
    {
      code: 'management_private',
      about: config.managementHost,
      holds: loopback.test(config.managementHost),
      otherwise: 'advice',
      good: 'Health and metrics are answered on the loopback address alone.',
      bad: `Health and metrics are answered on ${config.managementHost}.`,
      mend: 'Make sure that the management port is reachable by your own network only, or leave MANAGEMENT_HOST at 127.0.0.1.',
      source: 'ASVS 13.4.5',
    },
    {
      code: 'trusted_proxies',
      holds: !isBehindProxy || config.trustedProxies.length > 0,
      otherwise: 'problem',
      good: isBehindProxy
        ? 'The proxies whose forwarded addresses are believed are named.'
        : 'No proxy is believed, and none is needed for a plain http issuer.',
      bad: 'The issuer is https, so a proxy ends TLS, but TRUSTED_PROXIES is empty: everybody has the address of the proxy.',
      mend: 'Set TRUSTED_PROXIES to the addresses of your proxies: limits and address lists depend on it.',
      source: 'RFC 9700 §4.13',
    },
    {
      code: 'database_encrypted',
      holds: !isRemote || /[?&]sslmode=(?:verify-full|verify-ca)\b/.test(config.databaseUrl ?? ''),
      otherwise: 'problem',
      good: 'The way to the database is local, or encrypted and checked.',
      bad: 'DATABASE_URL leads to another machine without sslmode=verify-full.',
      mend: 'Add ?sslmode=verify-full to DATABASE_URL, and sslrootcert if the authority is your own.',
      source: 'ASVS 12.3',
    },
    {
      code: 'outbound_guarded',
      about: config.outboundAllowedHosts.join(', '),
      holds: config.outboundAllowedHosts.length === 0 || config.mode !== 'production',
      otherwise: 'advice',
      good: 'No private address is opened for outbound requests.',
      bad: `These hosts may be private and are fetched from all the same: ${config.outboundAllowedHosts.join(', ')}.`,
      mend: 'Keep in OUTBOUND_ALLOWED_HOSTS only what clients need for jwks_uri or back-channel logout.',
      source: 'ASVS 13.2.4',
    },
  ]
}
