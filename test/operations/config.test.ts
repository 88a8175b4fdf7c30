import { expect, test } from 'vitest'
import { ConfigurationError, readConfig } from '../../src/config.ts'

const key = (id: string, byte: number) => `${id}:${Buffer.alloc(32, byte).toString('base64')}`

/** The least that production demands. */
const production = {
  NODE_ENV: 'production',
  ISSUER: 'https://login.example.com',
  DATABASE_URL: 'postgres://latchkey:geheim@database.example/latchkey',
  SEALING_KEYS: key('k1', 1),
  KEY_PEPPERS: key('p1', 2),
}

/** The variables that are named as wrong, in any order. */
function wrong(env: Readonly<Record<string, string>>, options: { secretsRequired?: boolean } = {}): string[] {
  try {
    readConfig(env, options)
    return []
  } catch (error) {
    if (!(error instanceof ConfigurationError)) throw error
    return error.message
      .split('\n')
      .slice(1)
      .map((line) => /^  - ([^:]+): ./.exec(line)?.[1] ?? line)
      .sort()
  }
}

test('without any setting it is tried, on this machine alone', () => {
  const config = readConfig({})
  expect(config).toMatchObject({ mode: 'trying', issuer: 'http://localhost:3000', host: '127.0.0.1' })
  expect(config).toMatchObject({ managementHost: '127.0.0.1', drainDelaySeconds: 0 })
  expect(config.policyWith({})).toMatchObject({ signUp: 'closed' })
  expect(Object.isFrozen(config)).toBe(true)
})

test('production runs with what must not be guessed, and everything else has a default', () => {
  expect(readConfig(production)).toMatchObject({ mode: 'production', host: '0.0.0.0', drainDelaySeconds: 5 })
})

test('F8: production lists what is missing, malformed and unsafe at once, each once', () => {
  const env = {
    NODE_ENV: 'production',
    ISSUER: 'http://login.example.com/',
    PORT: 'three',
    MANAGEMENT_PORT: '70000',
    SEALING_KEYS: 'k1:short,no-colon',
    ARGON2_ITERATIONS: '1',
    ALLOWED_HOSTS: 'http://other',
    SIGN_UP: 'open',
    SMTP_URL: 'http://mail',
    MAIL_FROM: 'nobody',
    SESSION_IDLE_SECONDS: '90000',
    SIGNING_KEY_PUBLISH_LEAD_SECONDS: '3600',
    SIGNING_KEY_ROTATE_AFTER_SECONDS: '3600',
    BRAND_LOGO_DARK_FILE: 'dark.svg',
    BRAND_LINKS: 'Imprint|http://plain.example',
    DRAIN_DELAY_SECONDS: '30',
  }
  expect(wrong(env)).toEqual(
    [
      'ISSUER',
      'ISSUER',
      'ISSUER',
      'PORT',
      'MANAGEMENT_PORT',
      'DATABASE_URL',
      'SEALING_KEYS',
      'SEALING_KEYS',
      'KEY_PEPPERS',
      'ARGON2_MEMORY_KIBIBYTES, ARGON2_ITERATIONS',
      'ALLOWED_HOSTS',
      'SMTP_URL',
      'MAIL_FROM',
      'SESSION_IDLE_SECONDS',
      'SIGNING_KEY_PUBLISH_LEAD_SECONDS',
      'BRAND_LOGO_DARK_FILE',
      'BRAND_LINKS',
      'DRAIN_DELAY_SECONDS',
    ].sort(),
  )
})

test.each([
  ['http', 'http://login.example.com'],
  ['http, even on this machine', 'http://localhost:3000'],
  ['a path', 'https://login.example.com/auth'],
  ['a slash at the end', 'https://login.example.com/'],
  ['a query', 'https://login.example.com?tenant=1'],
  ['capitals', 'https://Login.example.com'],
  ['a user', 'https://a@login.example.com'],
  ['no URL', 'login.example.com'],
])('an issuer with %s is refused in production', (_what, issuer) => {
  expect(new Set(wrong({ ...production, ISSUER: issuer }))).toEqual(new Set(['ISSUER']))
})

test.each(['http://192.168.1.7:3000', 'http://localhost.example.com', 'http://127.0.0.2'])(
  'plain http at %s is refused while trying it too',
  (issuer) => {
    expect(wrong({ ISSUER: issuer })).toEqual(['ISSUER'])
  },
)

test.each([
  ['too short', `k1:${Buffer.alloc(31).toString('base64')}`],
  ['too long', `k1:${Buffer.alloc(33).toString('base64')}`],
  ['without an id', Buffer.alloc(32).toString('base64')],
  ['twice with one id', `${key('k1', 1)},${key('k1', 3)}`],
])('a key that is %s is refused, and not repeated', (_what, text) => {
  for (const variable of ['SEALING_KEYS', 'KEY_PEPPERS']) {
    expect(wrong({ ...production, [variable]: text })).toEqual([variable])
    expect(() => readConfig({ ...production, [variable]: text })).not.toThrow(text.slice(4, 40))
  }
})

test('keys are read in their order: the first is the one in use', () => {
  const { sealingKeys } = readConfig({ ...production, SEALING_KEYS: `${key('new', 1)} , ${key('old', 2)}` })
  expect(sealingKeys.map(({ id, key: bytes }) => [id, bytes[0]])).toEqual([
    ['new', 1],
    ['old', 2],
  ])
})

test('an operator who needs no secrets need not have them', () => {
  const { SEALING_KEYS: _keys, KEY_PEPPERS: _peppers, ...rest } = production
  expect(wrong(rest)).toEqual(['KEY_PEPPERS', 'SEALING_KEYS'])
  expect(wrong(rest, { secretsRequired: false })).toEqual([])
})

test('management is never on the public port', () => {
  expect(wrong({ PORT: '3000', MANAGEMENT_PORT: '3000' })).toEqual(['MANAGEMENT_PORT'])
  expect(wrong({ PORT: '0', MANAGEMENT_PORT: '0' })).toEqual([])
})

test('no text of a secret stays in what was read', () => {
  const config = readConfig({
    ...production,
    SMTP_URL: 'smtps://user:hunter2@mail.example',
    MAIL_FROM: 'a@example.com',
  })
  expect(Object.keys(config)).not.toContain('smtpUrlText')
  expect(JSON.stringify(config)).not.toContain(production.SEALING_KEYS)
  expect(JSON.stringify(config)).not.toContain(production.KEY_PEPPERS)
})

test('P30: a header with certificates needs proxies that are trusted, and a name of its own', () => {
  const header = (name: string, proxies = '10.0.0.0/8') =>
    wrong({ CLIENT_CERTIFICATE_HEADER: name, TRUSTED_PROXIES: proxies })
  expect(header('Client-Cert')).toEqual([])
  for (const name of [
    'Authorization',
    'Cookie',
    'Host',
    'Client-Cert:',
    'Client Cert',
    'client_cert',
    'Cert\r\nX',
  ])
    expect(header(name), name).toEqual(['CLIENT_CERTIFICATE_HEADER'])
  expect(header('Client-Cert', '')).toEqual(['CLIENT_CERTIFICATE_HEADER'])
  expect(readConfig({}).clientCertificateHeader).toBeUndefined()
})
