import { generateKeyPairSync } from 'node:crypto'
import { describe, expect, test } from 'vitest'
import { parseClientMetadata, patchClientMetadata } from '../../../src/domain/clients/metadata.ts'
import { expectRefusal, hostileTexts, privateEcJwk, publicJwk, service, webClient } from './support.ts'

const ec = publicJwk(generateKeyPairSync('ec', { namedCurve: 'P-256' }))
const rsa = publicJwk(generateKeyPairSync('rsa', { modulusLength: 2048 }))
const ed25519 = publicJwk(generateKeyPairSync('ed25519'))
const shortRsa = publicJwk(generateKeyPairSync('rsa', { modulusLength: 1024 }))
const otherCurve = publicJwk(generateKeyPairSync('ec', { namedCurve: 'P-384' }))
const tlsClient = { ...service, token_endpoint_auth_method: 'tls_client_auth' }
const keyClient = { ...service, token_endpoint_auth_method: 'private_key_jwt' }

describe('what is accepted', () => {
  test('the least a web client says gets the defaults', () => {
    expect(parseClientMetadata(webClient)).toEqual({
      client_name: 'Shop',
      application_type: 'web',
      redirect_uris: ['https://shop.example/callback'],
      post_logout_redirect_uris: [],
      grant_types: ['authorization_code'],
      response_types: ['code'],
      token_endpoint_auth_method: 'client_secret_basic',
      id_token_signed_response_alg: 'ES256',
      dpop_bound_access_tokens: false,
      tls_client_certificate_bound_access_tokens: false,
      require_pushed_authorization_requests: false,
      require_auth_time: false,
      backchannel_logout_session_required: false,
      contacts: [],
      allowed_origins: [],
    })
  })

  test.each<[string, object]>([
    ['a service', service],
    ['an API that only introspects', { client_name: 'API', grant_types: [] }],
    [
      'a public client',
      {
        ...webClient,
        token_endpoint_auth_method: 'none',
        grant_types: ['authorization_code', 'refresh_token'],
      },
    ],
    [
      'a native app',
      {
        ...webClient,
        application_type: 'native',
        redirect_uris: ['http://127.0.0.1/cb'],
        token_endpoint_auth_method: 'none',
      },
    ],
    [
      'all grants',
      { ...webClient, grant_types: ['authorization_code', 'refresh_token', 'client_credentials'] },
    ],
    [
      'keys of every kind',
      {
        ...keyClient,
        jwks: {
          keys: [
            { ...ec, kid: 'a' },
            { ...rsa, kid: 'b' },
            { ...ed25519, kid: 'c' },
          ],
        },
      },
    ],
    ['a certificate by its subject', { ...tlsClient, tls_client_auth_subject_dn: 'CN=api\\,x,O=Example' }],
    ['a certificate by a host', { ...tlsClient, tls_client_auth_san_dns: 'api.example' }],
    ['a certificate by a URI', { ...tlsClient, tls_client_auth_san_uri: 'spiffe://example/ns/api' }],
    ['a certificate by an address', { ...tlsClient, tls_client_auth_san_ip: '2001:db8::7' }],
    ['a certificate by an email address', { ...tlsClient, tls_client_auth_san_email: 'api@x.example' }],
    ['tokens bound to a certificate', { ...service, tls_client_certificate_bound_access_tokens: true }],
    ['keys elsewhere', { ...keyClient, jwks_uri: 'https://robot.example/jwks' }],
    [
      'an algorithm that fits',
      { ...keyClient, jwks: { keys: [rsa] }, token_endpoint_auth_signing_alg: 'PS256' },
    ],
    ['response types that follow', { ...service, response_types: [] }],
    [
      'a back channel',
      {
        ...webClient,
        backchannel_logout_uri: 'https://shop.example/logout',
        backchannel_logout_session_required: true,
      },
    ],
    [
      'a back channel on this machine',
      { ...webClient, backchannel_logout_uri: 'http://localhost:4000/logout' },
    ],
    [
      'pages with fragments',
      { ...webClient, tos_uri: 'https://shop.example/legal#terms', logo_uri: 'https://cdn.example/logo.svg' },
    ],
    ['letters that run from right to left', { ...webClient, client_name: 'متجر' }],
    ['an emoji', { ...webClient, client_name: 'Shop 🛒' }],
    [
      'origins',
      {
        ...webClient,
        allowed_origins: ['https://shop.example', 'http://localhost:5173', 'https://shop.example:8443'],
      },
    ],
    ['contacts', { ...webClient, contacts: ['ops@shop.example'] }],
    ['a maximal age', { ...webClient, default_max_age: 0, require_auth_time: true }],
  ])('%s is accepted, and parses to itself again', (_, input) => {
    const metadata = parseClientMetadata(input)
    expect(metadata).toMatchObject(input)
    expect(parseClientMetadata(JSON.parse(JSON.stringify(metadata)))).toEqual(metadata)
  })

  test('members of a key that nobody understands are left out (RFC 7517 §4)', () => {
    const { jwks } = parseClientMetadata({
      ...keyClient,
      jwks: { keys: [{ ...ec, x5c: ['MIIB'], iat: 1 }], more: 1 },
    })
    expect(jwks).toEqual({ keys: [ec] })
  })
})

describe('what is refused', () => {
  test.each<[string, object, RegExp]>([
    [
      'an unknown member',
      { ...webClient, sector_identifier_uri: 'https://x.example' },
      /sector_identifier_uri/,
    ],
    ['no name', { redirect_uris: webClient.redirect_uris }, /client_name/],
    ['an empty name', { ...webClient, client_name: '' }, /must not be empty/],
    ['a name that is a list', { ...webClient, client_name: ['Shop'] }, /client_name/],
    ['the implicit grant', { ...webClient, grant_types: ['implicit'] }, /grant_types/],
    ['the password grant', { ...webClient, grant_types: ['password'] }, /grant_types/],
    [
      'the same grant twice',
      { ...webClient, grant_types: ['authorization_code', 'authorization_code'] },
      /more than once/,
    ],
    ['refresh without a code', { client_name: 'x', grant_types: ['refresh_token'] }, /refresh_token needs/],
    [
      'a public service',
      { ...service, token_endpoint_auth_method: 'none' },
      /needs a client that authenticates/,
    ],
    [
      'a public client that is a service too',
      {
        ...webClient,
        grant_types: ['authorization_code', 'client_credentials'],
        token_endpoint_auth_method: 'none',
      },
      /needs a client that authenticates/,
    ],
    ['response types that do not follow', { ...webClient, response_types: [] }, /response_types/],
    ['a response type of a service', { ...service, response_types: ['code'] }, /response_types/],
    ['the token response type', { ...webClient, response_types: ['token'] }, /response_types/],
    [
      'a redirect of a service',
      { ...service, redirect_uris: ['https://x.example/'], post_logout_redirect_uris: [] },
      /must be empty/,
    ],
    [
      'a place after logout of a service',
      { ...service, post_logout_redirect_uris: ['https://x.example/'] },
      /must be empty/,
    ],
    [
      'client_secret_jwt',
      { ...webClient, token_endpoint_auth_method: 'client_secret_jwt' },
      /token_endpoint_auth_method/,
    ],
    [
      'an HMAC for ID tokens',
      { ...webClient, id_token_signed_response_alg: 'HS256' },
      /id_token_signed_response_alg/,
    ],
    [
      'no signature for ID tokens',
      { ...webClient, id_token_signed_response_alg: 'none' },
      /id_token_signed_response_alg/,
    ],
    ['private_key_jwt without keys', keyClient, /either jwks or jwks_uri/],
    [
      'keys twice',
      { ...keyClient, jwks: { keys: [ec] }, jwks_uri: 'https://x.example/jwks' },
      /either jwks or jwks_uri/,
    ],
    ['keys without private_key_jwt', { ...service, jwks: { keys: [ec] } }, /belongs to private_key_jwt/],
    [
      'keys elsewhere without private_key_jwt',
      { ...service, jwks_uri: 'https://x.example/jwks' },
      /belongs to private_key_jwt/,
    ],
    [
      'an algorithm without private_key_jwt',
      { ...service, token_endpoint_auth_signing_alg: 'ES256' },
      /belongs to private_key_jwt/,
    ],
    [
      'an algorithm that no key fits',
      { ...keyClient, jwks: { keys: [ec] }, token_endpoint_auth_signing_alg: 'RS256' },
      /fits none/,
    ],
    ['tls_client_auth without a name', tlsClient, /tls_client_auth needs exactly one/],
    [
      'two names of a certificate',
      { ...tlsClient, tls_client_auth_subject_dn: 'CN=api', tls_client_auth_san_dns: 'api.example' },
      /tls_client_auth_san_dns: .*exactly one/,
    ],
    [
      'a name of a certificate for a secret',
      { ...service, tls_client_auth_subject_dn: 'CN=api' },
      /belongs to tls_client_auth alone/,
    ],
    [
      'keys beside a certificate',
      { ...tlsClient, tls_client_auth_subject_dn: 'CN=api', jwks: { keys: [ec] } },
      /belongs to private_key_jwt alone/,
    ],
    [
      'tokens bound to a key and a certificate',
      { ...service, tls_client_certificate_bound_access_tokens: true, dpop_bound_access_tokens: true },
      /must not be together with dpop_bound_access_tokens/,
    ],
    [
      'self_signed_tls_client_auth',
      { ...service, token_endpoint_auth_method: 'self_signed_tls_client_auth' },
      /token_endpoint_auth_method/,
    ],
    ['keys on this machine', { ...keyClient, jwks_uri: 'http://localhost/jwks' }, /must use https/],
    ['a private key', { ...keyClient, jwks: { keys: [privateEcJwk()] } }, /private member d/],
    [
      'a private member that is null',
      { ...keyClient, jwks: { keys: [{ ...rsa, p: null }] } },
      /private member p/,
    ],
    [
      'a symmetric key',
      { ...keyClient, jwks: { keys: [{ kty: 'oct', k: 'c2VjcmV0' }] } },
      /private member k/,
    ],
    [
      'a symmetric key without its key',
      { ...keyClient, jwks: { keys: [{ kty: 'oct' }] } },
      /must be an EC, OKP or RSA key/,
    ],
    ['a short RSA key', { ...keyClient, jwks: { keys: [shortRsa] } }, /fewer than 2048 bits/],
    [
      'an RSA key with exponent 1',
      { ...keyClient, jwks: { keys: [{ ...rsa, e: 'AQ' }] } },
      /exponent|not a valid key/,
    ],
    ['another curve', { ...keyClient, jwks: { keys: [otherCurve] } }, /jwks\.keys\[0\]/],
    [
      'a point that is not on the curve',
      { ...keyClient, jwks: { keys: [{ ...ec, y: ec.x }] } },
      /not a valid key/,
    ],
    ['a key that encrypts', { ...keyClient, jwks: { keys: [{ ...ec, use: 'enc' }] } }, /must be sig/],
    ['no key', { ...keyClient, jwks: { keys: [] } }, /must have a key/],
    [
      '11 keys',
      {
        ...keyClient,
        jwks: { keys: Array.from({ length: 11 }, (_, index) => ({ ...ec, kid: `${index}` })) },
      },
      /more than 10/,
    ],
    [
      'the same kid twice',
      {
        ...keyClient,
        jwks: {
          keys: [
            { ...ec, kid: 'a' },
            { ...rsa, kid: 'a' },
          ],
        },
      },
      /same kid/,
    ],
    [
      'several keys without a kid',
      { ...keyClient, jwks: { keys: [ec, { ...rsa, kid: 'a' }] } },
      /need a kid/,
    ],
    [
      'a native app behind https on this machine',
      { ...webClient, application_type: 'native', redirect_uris: ['https://localhost/cb'] },
      /must use http/,
    ],
    [
      'a logout session without a back channel',
      { ...webClient, backchannel_logout_session_required: true },
      /needs backchannel_logout_uri/,
    ],
    [
      'an unencrypted back channel',
      { ...webClient, backchannel_logout_uri: 'http://shop.example/logout' },
      /must use https/,
    ],
    ['a script for a logo', { ...webClient, logo_uri: 'javascript:alert(1)' }, /logo_uri/],
    ['data for a logo', { ...webClient, logo_uri: 'data:image/png;base64,AAAA' }, /logo_uri/],
    ['an unencrypted page', { ...webClient, policy_uri: 'http://localhost/policy' }, /must use https/],
    ['an origin with a path', { ...webClient, allowed_origins: ['https://shop.example/'] }, /not an origin/],
    ['the null origin', { ...webClient, allowed_origins: ['null'] }, /allowed_origins/],
    ['any origin', { ...webClient, allowed_origins: ['*'] }, /wildcard/],
    ['a negative age', { ...webClient, default_max_age: -1 }, /default_max_age/],
    ['half a second', { ...webClient, default_max_age: 0.5 }, /default_max_age/],
    ['a boolean in words', { ...webClient, require_auth_time: 'false' }, /require_auth_time/],
    ['a contact that is none', { ...webClient, contacts: ['ops'] }, /not an email/],
  ])('%s is refused in words that say so', async (_, input, words) => {
    const { message, code } = await refusalOf(input)
    expect(message).toMatch(words)
    expect(['invalid_metadata', 'invalid_redirect_uri']).toContain(code)
  })

  test.each([{ input: undefined }, { input: null }, { input: 'x' }, { input: 7 }, { input: [] }])(
    '$input is no metadata',
    async ({ input }) => {
      await expectRefusal(() => parseClientMetadata(input), 'invalid_metadata')
    },
  )

  test.each(Object.entries(hostileTexts))('v5.0.0-16.4.1: a name with %s is refused', async (_, text) => {
    const { message } = await expectRefusal(
      () => parseClientMetadata({ ...webClient, client_name: text }),
      'invalid_metadata',
    )
    expect(message).toMatch(/^client_name: /)
  })

  test('v5.0.0-16.4.1: names of unknown members are shown bounded and without control characters', async () => {
    const input = { ...webClient, 'a\r\nb\u202E\uD800\u0000': 1, ['x'.repeat(1_000_000)]: 1 }
    const { message } = await expectRefusal(() => parseClientMetadata(input), 'invalid_metadata')
    expect(message).not.toMatch(/[\p{Cc}\p{Cf}]/u)
    expect(message.isWellFormed()).toBe(true)
    expect(message.length).toBeLessThan(400)
  })

  test('10,000 wrong entries are refused in a few words', async () => {
    const { message } = await refusalOf({
      ...webClient,
      redirect_uris: Array.from({ length: 10_000 }, () => 'x'),
    })
    expect(message).toBe('redirect_uris: has more than 20 entries.')
  })
})

describe('a partial change', () => {
  const current = parseClientMetadata({ ...webClient, tos_uri: 'https://shop.example/tos' })

  test('replaces what it names, removes what is null, keeps the rest', () => {
    const next = patchClientMetadata(current, { client_name: 'New', tos_uri: null })
    const { tos_uri: _removed, ...rest } = current
    expect(next).toEqual({ ...rest, client_name: 'New' })
  })

  test('is checked as a whole, and derives the response types again', async () => {
    const next = patchClientMetadata(current, { grant_types: ['client_credentials'], redirect_uris: [] })
    expect(next.response_types).toEqual([])
    await expectRefusal(
      () => patchClientMetadata(current, { grant_types: ['client_credentials'] }),
      'invalid_redirect_uri',
    )
    await expectRefusal(() => patchClientMetadata(current, { client_name: null }), 'invalid_metadata')
    expect(patchClientMetadata(current, JSON.parse('{"__proto__":{"tos_uri":"x"}}'))).toEqual(current)
    await expectRefusal(() => patchClientMetadata(current, ['x']), 'invalid_metadata')
  })
})

async function refusalOf(input: unknown) {
  try {
    parseClientMetadata(input)
  } catch (error) {
    if (error instanceof Error && 'code' in error) return { message: error.message, code: error.code }
    throw error
  }
  throw new Error('nothing was refused')
}

const name = (member: string, text: unknown) => () =>
  parseClientMetadata({ ...tlsClient, [`tls_client_auth_${member}`]: text })

test.each([
  '',
  'api',
  'CN',
  'CN=',
  '=api',
  'CN=api,',
  ',CN=api',
  'CN=api+',
  'CN=api, O=x',
  'CN= api',
  'CN=api ',
  'CN=a"b',
  'CN="api"',
  'CN=a;O=b',
  'CN=a<b',
  'CN=a\\',
  'CN=a\\z',
  'CN=\\ff',
  'CN=\\00',
  'CN=a\0b',
  'CN=#zz',
  'CN=#041',
  'XX=api',
  '1.2.3.4=api',
  '2.5.4.3',
  '/CN=api',
  'CN=api\n',
  `CN=${'a'.repeat(1000)}`,
  ...Object.values(hostileTexts),
  7,
  ['CN=api'],
])('a subject that nobody could be sure of is refused: %j', async (text) => {
  const { message } = await expectRefusal(name('subject_dn', text), 'invalid_metadata')
  expect(message).toContain('tls_client_auth_subject_dn')
})

test.each([
  ['san_dns', '*.example'],
  ['san_dns', 'api.example.'],
  ['san_dns', '.example'],
  ['san_dns', 'a..b'],
  ['san_dns', 'api_1.example'],
  ['san_dns', '192.0.2.7'],
  ['san_dns', 'api.example\0'],
  ['san_dns', 'münchen.example'],
  ['san_dns', `${'a'.repeat(64)}.example`],
  ['san_uri', 'api'],
  ['san_uri', 'spiffe://exämple'],
  ['san_uri', 'spiffe://a b'],
  ['san_ip', '192.0.2.300'],
  ['san_ip', '192.0.2.0/24'],
  ['san_ip', 'fe80::1%eth0'],
  ['san_ip', 'api.example'],
  ['san_email', 'api'],
  ['san_email', 'a@b@c'],
  ['san_email', 'a b@c'],
])('%s %j names nobody', async (member, text) => {
  const { message } = await expectRefusal(name(member, text), 'invalid_metadata')
  expect(message).toContain(`tls_client_auth_${member}`)
})
