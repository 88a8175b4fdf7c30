/**
 * Configuration is the environment, read once into one frozen value: complete, or not at all.
 * Nothing else in the server reads `process.env`. `.env.example` lists every variable with its default and unit.
 */
import { z } from 'zod'
import { rateOrNone } from './platform/rate.ts'
import { readSmtpUrl } from './platform/mail/smtp-url.ts'
import type { SmtpServer } from './platform/mail/smtp.ts'
import type { SealingKey } from './platform/crypto/seal.ts'

/** Everything the server was told, frozen. Two modes: trying it (no settings at all), and running it. */
export type Config = Readonly<z.infer<typeof environment>> & {
  readonly mode: 'trying' | 'production'
  /** The issuer identifier exactly as clients know it: an origin, without a trailing slash. */
  readonly issuer: string
  readonly sealingKeys: readonly SealingKey[]
  /** Peppers of API keys, kept out of the database: the first hashes new secrets, all of them are compared with. */
  readonly keyPeppers: readonly SealingKey[]
  /** Where mails are handed to; undefined if nowhere. */
  readonly smtp: SmtpServer | undefined
}

/** A configuration that can serve: the database and the sealing keys are known, given or made by the trying mode. */
export type ServerConfig = Config & { readonly databaseUrl: string }

/** The environment is not fit to run with; the message lists everything that is wrong, one line each. */
export class ConfigurationError extends Error {
  constructor(problems: readonly string[]) {
    super(`The configuration cannot be used:\n${problems.map((problem) => `  - ${problem}`).join('\n')}`)
    this.name = 'ConfigurationError'
  }
}

const seconds = (fallback: number, minimum: number, maximum: number) =>
  z.coerce.number().int().min(minimum).max(maximum).default(fallback)
const count = seconds
const list = z
  .string()
  .default('')
  .transform((text) =>
    text
      .split(',')
      .map((item) => item.trim())
      .filter((item) => item !== ''),
  )

const environment = z
  .object({
    NODE_ENV: z.string().default(''),
    ISSUER: z.string().default(''),
    HOST: z.string().default(''),
    PORT: count(3000, 0, 65535),
    MANAGEMENT_HOST: z.string().default('127.0.0.1'),
    MANAGEMENT_PORT: count(9000, 0, 65535),
    DATABASE_URL: z.string().default(''),
    DATABASE_POOL_SIZE: count(10, 1, 200),
    DATA_DIR: z.string().default('./data'),
    SEALING_KEYS: z.string().default(''),
    KEY_PEPPERS: z.string().default(''),
    KEY_PREFIX: z
      .string()
      .regex(/^[a-z][a-z0-9]{0,14}$/, 'must be 1 to 15 small letters and digits, such as lk')
      .default('lk'),
    KEY_USAGE_FLUSH_SECONDS: seconds(10, 1, 300),
    KEY_USAGE_RETENTION_SECONDS: seconds(400 * 86400, 86400, 20 * 365 * 86400),
    LEAKED_KEY_POLICY: z.enum(['notify', 'grace', 'end']).default('end'),
    LEAKED_KEY_GRACE_SECONDS: seconds(3600, 60, 30 * 86400),
    GITHUB_SECRET_SCANNING_KEYS_URL: z.union([z.literal(''), z.url({ protocol: /^https?$/ })]).default(''),
    TOKEN_RATE_LIMIT: rateOrNone,
    TRUSTED_PROXIES: list,
    ALLOWED_HOSTS: list,
    OUTBOUND_ALLOWED_HOSTS: list,
    WORKERS: count(1, 1, 64),
    LOG_LEVEL: z.enum(['fatal', 'error', 'warn', 'info', 'debug', 'silent']).default('info'),
    SESSION_IDLE_SECONDS: seconds(3600, 60, 30 * 86400),
    SESSION_LIFETIME_SECONDS: seconds(86400, 300, 30 * 86400),
    REFRESH_TOKEN_LIFETIME_SECONDS: seconds(30 * 86400, 3600, 365 * 86400),
    ID_TOKEN_LIFETIME_SECONDS: seconds(3600, 60, 86400),
    DPOP_NONCE_REQUIRED: z.enum(['true', 'false']).default('false'),
    SECOND_FACTOR: z.enum(['optional', 'required']).default('optional'),
    ADMINISTRATOR_SECOND_FACTOR: z.enum(['required', 'optional']).default('required'),
    ADMINISTRATOR_REMEMBERED_DEVICES: z.enum(['true', 'false']).default('false'),
    SIGNING_KEY_ROTATE_AFTER_SECONDS: seconds(90 * 86400, 3600, 3 * 365 * 86400),
    SIGNING_KEY_PUBLISH_LEAD_SECONDS: seconds(86400, 0, 30 * 86400),
    ARGON2_MEMORY_KIBIBYTES: count(19456, 8, 4 * 1024 * 1024),
    ARGON2_ITERATIONS: count(2, 1, 100),
    PASSWORD_HASHES_AT_ONCE: count(2, 1, 64),
    PASSWORD_HASHES_WAITING: count(100, 0, 10_000),
    PASSWORD_RANGE_URL: z.union([z.literal(''), z.url({ protocol: /^https?$/ })]).default(''),
    CACHE_ENTRIES: count(10_000, 100, 10_000_000),
    SHUTDOWN_SECONDS: seconds(20, 1, 300),
    DRAIN_DELAY_SECONDS: z.coerce.number().min(0).max(60).optional(),
    SIGN_UP: z.enum(['open', 'invitation', 'closed']).default('closed'),
    SMTP_URL: z.string().default(''),
    MAIL_FROM: z.union([z.literal(''), z.email()]).default(''),
    BRAND_NAME: z.string().min(1).max(60).default('Latchkey'),
    BRAND_ACCENT_COLOUR: z
      .string()
      .regex(/^#[0-9a-fA-F]{6}$/, 'must be a colour such as #2f5bea')
      .default('#2f5bea'),
    BRAND_LOGO_FILE: z.string().default(''),
    BRAND_LOGO_DARK_FILE: z.string().default(''),
    BRAND_LINKS: list.transform(readLinks),
    BRAND_TEXTS_FILE: z.string().default(''),
    SUPPORT_URL: z.union([z.literal(''), z.url({ protocol: /^https$/ })]).default(''),
  })
  .transform((env) => ({
    production: env.NODE_ENV === 'production',
    issuerText: env.ISSUER,
    host: env.HOST,
    port: env.PORT,
    managementHost: env.MANAGEMENT_HOST,
    managementPort: env.MANAGEMENT_PORT,
    databaseUrl: env.DATABASE_URL === '' ? undefined : env.DATABASE_URL,
    databasePoolSize: env.DATABASE_POOL_SIZE,
    dataDirectory: env.DATA_DIR,
    sealingKeysText: env.SEALING_KEYS,
    keyPeppersText: env.KEY_PEPPERS,
    keyPrefix: env.KEY_PREFIX,
    keyUsageFlushSeconds: env.KEY_USAGE_FLUSH_SECONDS,
    keyUsageRetentionSeconds: env.KEY_USAGE_RETENTION_SECONDS,
    leakedKeyPolicy: env.LEAKED_KEY_POLICY,
    leakedKeyGraceSeconds: env.LEAKED_KEY_GRACE_SECONDS,
    // Nothing receives GitHub's messages unless it is said where the keys are that they are signed with.
    githubSecretScanningKeysUrl:
      env.GITHUB_SECRET_SCANNING_KEYS_URL === '' ? undefined : env.GITHUB_SECRET_SCANNING_KEYS_URL,
    tokenRateLimit: env.TOKEN_RATE_LIMIT,
    trustedProxies: env.TRUSTED_PROXIES,
    allowedHosts: env.ALLOWED_HOSTS,
    outboundAllowedHosts: env.OUTBOUND_ALLOWED_HOSTS,
    workers: env.WORKERS,
    logLevel: env.LOG_LEVEL,
    sessionIdleSeconds: env.SESSION_IDLE_SECONDS,
    sessionLifetimeSeconds: env.SESSION_LIFETIME_SECONDS,
    refreshTokenLifetimeSeconds: env.REFRESH_TOKEN_LIFETIME_SECONDS,
    idTokenLifetimeSeconds: env.ID_TOKEN_LIFETIME_SECONDS,
    dpopNonceRequired: env.DPOP_NONCE_REQUIRED === 'true',
    secondFactor: {
      everybody: env.SECOND_FACTOR,
      administrators: env.ADMINISTRATOR_SECOND_FACTOR,
      administratorsMayRememberDevices: env.ADMINISTRATOR_REMEMBERED_DEVICES === 'true',
    },
    signingKeyRotateAfterSeconds: env.SIGNING_KEY_ROTATE_AFTER_SECONDS,
    signingKeyPublishLeadSeconds: env.SIGNING_KEY_PUBLISH_LEAD_SECONDS,
    argon2: {
      memoryKibibytes: env.ARGON2_MEMORY_KIBIBYTES,
      iterations: env.ARGON2_ITERATIONS,
      parallelism: 1,
    },
    passwordHashesAtOnce: env.PASSWORD_HASHES_AT_ONCE,
    passwordHashesWaiting: env.PASSWORD_HASHES_WAITING,
    passwordRangeUrl: env.PASSWORD_RANGE_URL === '' ? undefined : env.PASSWORD_RANGE_URL,
    cacheEntries: env.CACHE_ENTRIES,
    shutdownSeconds: env.SHUTDOWN_SECONDS,
    // Nobody balances load while it is tried; otherwise, time for a probe or two to see that readiness is gone.
    drainDelaySeconds: env.DRAIN_DELAY_SECONDS ?? (env.NODE_ENV === 'production' ? 5 : 0),
    signUp: env.SIGN_UP,
    smtpUrlText: env.SMTP_URL,
    mailFrom: env.MAIL_FROM === '' ? undefined : env.MAIL_FROM,
    brandName: env.BRAND_NAME,
    brandAccentColour: env.BRAND_ACCENT_COLOUR,
    brandLogoFile: env.BRAND_LOGO_FILE === '' ? undefined : env.BRAND_LOGO_FILE,
    brandLogoDarkFile: env.BRAND_LOGO_DARK_FILE === '' ? undefined : env.BRAND_LOGO_DARK_FILE,
    brandLinks: env.BRAND_LINKS,
    brandTextsFile: env.BRAND_TEXTS_FILE === '' ? undefined : env.BRAND_TEXTS_FILE,
    supportUrl: env.SUPPORT_URL === '' ? undefined : env.SUPPORT_URL,
  }))

/**
 * Reads the environment. Throws {@link ConfigurationError} that names everything missing, malformed or unsafe at once.
 * Without `secretsRequired`, production may do without sealing keys and peppers: most of what an operator does needs none.
 */
export function readConfig(
  env: Readonly<Record<string, string | undefined>>,
  { secretsRequired = true }: { readonly secretsRequired?: boolean } = {},
): Config {
  const given = Object.fromEntries(
    Object.entries(env).filter(([, value]) => value !== undefined && value !== ''),
  )
  const parsed = environment.safeParse(given)
  if (!parsed.success) {
    throw new ConfigurationError(
      parsed.error.issues.map((issue) => `${issue.path.join('.')}: ${issue.message}`),
    )
  }
  const settings = parsed.data
  const issuer = settings.issuerText === '' ? `http://localhost:${settings.port}` : settings.issuerText
  const sealing = readKeys('SEALING_KEYS', settings.sealingKeysText)
  const peppers = readKeys('KEY_PEPPERS', settings.keyPeppersText)
  const problems = [
    ...(settings.production && settings.issuerText === '' ? [] : issuerProblems(issuer, settings.production)),
    ...sealing.problems,
    ...peppers.problems,
    ...(settings.production ? productionProblems(settings) : []),
    ...(settings.production && secretsRequired ? missingSecrets(settings) : []),
    ...consistencyProblems(settings),
    ...mailProblems(settings),
  ]
  if (problems.length > 0) throw new ConfigurationError(problems)
  return Object.freeze({
    ...settings,
    mode: settings.production ? 'production' : 'trying',
    host: settings.host === '' ? (settings.production ? '0.0.0.0' : '127.0.0.1') : settings.host,
    issuer,
    sealingKeys: sealing.keys,
    keyPeppers: peppers.keys,
    smtp: readSmtpUrl(settings.smtpUrlText),
  })
}

/** OpenID Connect Discovery §3: the issuer is a URL without query or fragment; ours is an origin, compared as text. */
function issuerProblems(issuer: string, production: boolean): string[] {
  const url = URL.parse(issuer)
  if (url === null) return ['ISSUER: must be a URL such as https://login.example.com']
  const problems: string[] = []
  if (url.origin !== issuer) {
    problems.push(`ISSUER: must be an origin without path, query, fragment or trailing slash: ${url.origin}`)
  }
  if (production && url.protocol !== 'https:') problems.push('ISSUER: must be https in production')
  if (url.protocol !== 'https:' && !['localhost', '127.0.0.1', '[::1]'].includes(url.hostname)) {
    problems.push('ISSUER: plain http is for localhost only')
  }
  return problems
}

function productionProblems(settings: z.infer<typeof environment>): string[] {
  const problems: string[] = []
  if (settings.issuerText === '') problems.push('ISSUER: is required, for example https://login.example.com')
  if (settings.databaseUrl === undefined)
    problems.push('DATABASE_URL: is required, postgres://user:password@host/database')
  if (settings.argon2.memoryKibibytes < 19456 || settings.argon2.iterations < 2) {
    problems.push(
      'ARGON2_MEMORY_KIBIBYTES, ARGON2_ITERATIONS: below 19456 and 2 passwords are too cheap to guess',
    )
  }
  return problems
}

function missingSecrets(settings: z.infer<typeof environment>): string[] {
  const problems: string[] = []
  if (settings.sealingKeysText === '') {
    problems.push(
      'SEALING_KEYS: is required, one or more of <id>:<32 bytes as base64>; make one with: openssl rand -base64 32',
    )
  }
  if (settings.keyPeppersText === '') {
    problems.push(
      'KEY_PEPPERS: is required, one or more of <id>:<32 bytes as base64>; not the same as SEALING_KEYS',
    )
  }
  return problems
}

function consistencyProblems(settings: z.infer<typeof environment>): string[] {
  const problems: string[] = []
  if (settings.sessionIdleSeconds > settings.sessionLifetimeSeconds) {
    problems.push('SESSION_IDLE_SECONDS: cannot be longer than SESSION_LIFETIME_SECONDS')
  }
  if (settings.drainDelaySeconds >= settings.shutdownSeconds) {
    problems.push('DRAIN_DELAY_SECONDS: must be shorter than SHUTDOWN_SECONDS')
  }
  if (settings.brandLogoDarkFile !== undefined && settings.brandLogoFile === undefined) {
    problems.push('BRAND_LOGO_DARK_FILE: goes with BRAND_LOGO_FILE, which is missing')
  }
  if (settings.port !== 0 && settings.port === settings.managementPort) {
    problems.push('MANAGEMENT_PORT: must differ from PORT, management is never on the public port')
  }
  for (const host of settings.allowedHosts) {
    const url = URL.parse(`http://${host}`)
    if (url === null || url.href !== `${url.origin}/`)
      problems.push(`ALLOWED_HOSTS: ${host} must be a host or host:port`)
  }
  if (settings.signingKeyPublishLeadSeconds >= settings.signingKeyRotateAfterSeconds) {
    problems.push('SIGNING_KEY_PUBLISH_LEAD_SECONDS: must be shorter than SIGNING_KEY_ROTATE_AFTER_SECONDS')
  }
  return problems
}

/** The problems never repeat the address, which may hold a password. */
function mailProblems(settings: z.infer<typeof environment>): string[] {
  const { smtpUrlText, mailFrom, production, signUp } = settings
  const problems: string[] = []
  if (smtpUrlText !== '' && readSmtpUrl(smtpUrlText) === undefined) {
    problems.push('SMTP_URL: must be smtp:// or smtps:// with a host, and no path or query')
  }
  if (smtpUrlText !== '' && mailFrom === undefined) {
    problems.push('MAIL_FROM: is required with SMTP_URL, for example login@example.com')
  }
  if (production && smtpUrlText === '' && signUp !== 'closed') {
    problems.push('SMTP_URL: is required with SIGN_UP=open and SIGN_UP=invitation, whose links are mailed')
  }
  return problems
}

/** `Imprint|https://example.com/imprint`, one for each link. */
function readLinks(
  items: readonly string[],
  ctx: z.RefinementCtx,
): readonly { readonly text: string; readonly url: string }[] {
  return items.map((item) => {
    const [text = '', url = '', ...more] = item.split('|').map((part) => part.trim())
    const isLink = more.length === 0 && text !== '' && text.length <= 60 && isHttpsUrl(url)
    if (!isLink) ctx.addIssue({ code: 'custom', message: `${item} must be <text>|<https address>` })
    return { text, url }
  })
}

function isHttpsUrl(text: string): boolean {
  return /^https:\/\/[^\s]+$/.test(text) && URL.canParse(text)
}

/** `id:base64,id2:base64`: the first is the one in use, all are still understood. Problems never repeat the key. */
function readKeys(variable: string, text: string): { keys: SealingKey[]; problems: string[] } {
  const problems: string[] = []
  const keys: SealingKey[] = []
  for (const item of text
    .split(',')
    .map((part) => part.trim())
    .filter((part) => part !== '')) {
    const at = item.indexOf(':')
    const id = item.slice(0, Math.max(at, 0))
    const key = Buffer.from(item.slice(at + 1), 'base64')
    if (!/^[\w-]{1,32}$/.test(id))
      problems.push(`${variable}: every key needs an id of letters, digits, - or _ before a colon`)
    else if (key.length !== 32) problems.push(`${variable}: key ${id} must be 32 bytes as base64`)
    else if (keys.some((known) => known.id === id)) problems.push(`${variable}: two keys have the id ${id}`)
    else keys.push({ id, key })
  }
  return { keys, problems }
}
