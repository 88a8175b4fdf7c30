/** How a client's metadata and settings are said at the command line. */
import { z } from 'zod'
import type { ClientMetadata } from '../domain/clients/metadata.ts'
import { grantTypes } from '../domain/clients/metadata-rules.ts'
import type { Rate } from '../platform/rate.ts'
import { Refusal } from '../platform/errors.ts'
import { choice, choices, rateOf, text, texts, truth, wholeNumber } from './option.ts'
import type { Given } from './option.ts'
import { readJsonFile } from './input.ts'

const algs = ['ES256', 'RS256', 'PS256', 'EdDSA'] as const

/** The options that describe a client; a list is replaced as a whole. */
export const clientOptions = {
  name: text('text', 'The name people see when they sign in.'),
  'redirect-uri': texts('uri', 'Where answers may go: https, or http on this machine; compared exactly.'),
  'post-logout-redirect-uri': texts('uri', 'Where the browser may go after signing out.'),
  'grant-type': choices(grantTypes, 'How the client may get tokens.'),
  'auth-method': choice(
    ['client_secret_basic', 'client_secret_post', 'private_key_jwt', 'tls_client_auth', 'none'],
    'How the client authenticates.',
  ),
  'auth-signing-alg': choice(algs, 'The only algorithm its assertions may be signed with.'),
  'jwks-file': text('file', 'A JSON Web Key Set with its public keys, for private_key_jwt.'),
  'jwks-uri': text('uri', 'Where its public keys are, for private_key_jwt.'),
  'tls-subject-dn': text(
    'name',
    'The subject of its certificate, as RFC 4514 writes it, for tls_client_auth.',
  ),
  'tls-san-dns': text('host', 'Or a host name of its certificate.'),
  'tls-san-uri': text('uri', 'Or a URI of its certificate.'),
  'tls-san-ip': text('address', 'Or an IP address of its certificate.'),
  'tls-san-email': text('address', 'Or an email address of its certificate.'),
  'id-token-alg': choice(algs, 'The algorithm its ID tokens are signed with; ES256 unless given.'),
  'dpop-required': truth('Its access tokens are bound to a key of its own (RFC 9449).'),
  'tls-bound-tokens': truth('Its access tokens are bound to the certificate it shows (RFC 8705).'),
  'par-required': truth('It must push its authorization requests (RFC 9126).'),
  'require-auth-time': truth('Its ID tokens always say when the person signed in.'),
  'default-max-age': wholeNumber('seconds', 'After how many seconds people sign in again.'),
  'backchannel-logout-uri': text('uri', 'Where it is told that somebody signed out.'),
  'backchannel-logout-session-required': truth('It wants to know which session ended.'),
  'logo-uri': text('uri', 'Its logo.'),
  'client-uri': text('uri', 'Its home page.'),
  'policy-uri': text('uri', 'Its privacy policy.'),
  'tos-uri': text('uri', 'Its terms of service.'),
  contact: texts('address', 'An e-mail address of those responsible for it.'),
  'allowed-origin': texts('origin', 'A web page that may call the token endpoint from the browser.'),
  'metadata-file': text('file', 'A JSON file of metadata (RFC 7591); options go over what it says.'),
  'first-party': truth('It is ours: people are not asked for consent.'),
  verified: truth('You know who is behind it; people are told so when it asks for consent.'),
  'optional-scope': texts('scope', 'A scope that people may refuse by itself; an empty one for none.'),
  'pkce-required': truth('Whether it must use PKCE; only a confidential web client can be exempt.'),
  'refresh-grace-seconds': wholeNumber(
    'seconds',
    'How long a used refresh token still works, as its answer may have been lost; 0 to 60.',
  ),
  'token-rate-limit': text(
    'requests/seconds[/burst]',
    'How often it may be given tokens, such as 600/60/100; default for what the server says.',
  ),
}

/** What the options were given as. */
export type GivenClient = Given<typeof clientOptions>

const memberOfOption = {
  name: 'client_name',
  'redirect-uri': 'redirect_uris',
  'post-logout-redirect-uri': 'post_logout_redirect_uris',
  'grant-type': 'grant_types',
  'auth-method': 'token_endpoint_auth_method',
  'auth-signing-alg': 'token_endpoint_auth_signing_alg',
  'jwks-uri': 'jwks_uri',
  'tls-subject-dn': 'tls_client_auth_subject_dn',
  'tls-san-dns': 'tls_client_auth_san_dns',
  'tls-san-uri': 'tls_client_auth_san_uri',
  'tls-san-ip': 'tls_client_auth_san_ip',
  'tls-san-email': 'tls_client_auth_san_email',
  'id-token-alg': 'id_token_signed_response_alg',
  'dpop-required': 'dpop_bound_access_tokens',
  'tls-bound-tokens': 'tls_client_certificate_bound_access_tokens',
  'par-required': 'require_pushed_authorization_requests',
  'require-auth-time': 'require_auth_time',
  'default-max-age': 'default_max_age',
  'backchannel-logout-uri': 'backchannel_logout_uri',
  'backchannel-logout-session-required': 'backchannel_logout_session_required',
  'logo-uri': 'logo_uri',
  'client-uri': 'client_uri',
  'policy-uri': 'policy_uri',
  'tos-uri': 'tos_uri',
  contact: 'contacts',
  'allowed-origin': 'allowed_origins',
} as const satisfies Partial<Record<keyof typeof clientOptions, keyof ClientMetadata>>

/** The metadata members that were given, by file and by option. */
export async function givenMetadata(given: GivenClient): Promise<Record<string, unknown>> {
  const fromFile = given['metadata-file'] === undefined ? {} : await readMetadata(given['metadata-file'])
  const jwks = given['jwks-file'] === undefined ? undefined : await readJsonFile(given['jwks-file'])
  const fromOptions = Object.entries(memberOfOption).map(
    ([option, member]) => [member, Reflect.get(given, option)] as const,
  )
  const entries = [...Object.entries(fromFile), ...fromOptions, ['jwks', jwks] as const]
  return Object.fromEntries(entries.filter(([, value]) => value !== undefined))
}

/** The settings that were given. */
export function givenSettings(given: GivenClient): Record<string, unknown> {
  const settings = {
    firstParty: given['first-party'],
    pkceRequired: given['pkce-required'],
    refreshGraceSeconds: given['refresh-grace-seconds'],
    verified: given.verified,
    // An empty one alone says: none.
    optionalScopes: given['optional-scope']?.filter((name) => name !== ''),
    tokenRateLimit: tokenRateOf(given['token-rate-limit']),
  }
  return Object.fromEntries(Object.entries(settings).filter(([, value]) => value !== undefined))
}

/** `default` takes the client's own away. */
function tokenRateOf(value: string | undefined): Rate | null | undefined {
  if (value === undefined) return undefined
  return value === 'default' ? null : rateOf('token-rate-limit', value)
}

async function readMetadata(path: string): Promise<Record<string, unknown>> {
  const parsed = z.record(z.string(), z.unknown()).safeParse(await readJsonFile(path))
  if (!parsed.success) throw new Refusal('invalid_metadata', 'The metadata must be a JSON object.')
  return parsed.data
}
