import { isLoopbackHost } from '../../platform/exact-url.ts'
import type { SubjectMember } from './certificate-subject.ts'
import { subjectMemberNames } from './certificate-subject.ts'
import type { AssertionAlg, PublicJwks } from './jwks.ts'
import { canVerify } from './jwks.ts'

/** The grant of devices without a browser (RFC 8628 §3.4). */
export const deviceCodeGrant = 'urn:ietf:params:oauth:grant-type:device_code'

/** The grants that a client may be given. */
export const grantTypes = [
  'authorization_code',
  'refresh_token',
  'client_credentials',
  deviceCodeGrant,
] as const

/** The name of a grant. */
export type GrantType = (typeof grantTypes)[number]

/** The members that rules look at together, already parsed one by one. */
export interface MetadataMembers extends Readonly<Partial<Record<SubjectMember, string | undefined>>> {
  readonly application_type: 'web' | 'native'
  readonly redirect_uris: readonly string[]
  readonly post_logout_redirect_uris: readonly string[]
  readonly grant_types: readonly GrantType[]
  readonly response_types?: readonly 'code'[] | undefined
  readonly token_endpoint_auth_method:
    | 'client_secret_basic'
    | 'client_secret_post'
    | 'private_key_jwt'
    | 'tls_client_auth'
    | 'none'
  readonly token_endpoint_auth_signing_alg?: AssertionAlg | undefined
  readonly jwks?: PublicJwks | undefined
  readonly jwks_uri?: string | undefined
  readonly dpop_bound_access_tokens: boolean
  readonly tls_client_certificate_bound_access_tokens: boolean
  readonly backchannel_logout_uri?: string | undefined
  readonly backchannel_logout_session_required: boolean
}

/** A rule that metadata as a whole breaks, said at the member to look at. */
export interface MetadataProblem {
  readonly member: keyof MetadataMembers
  readonly message: string
}

/** RFC 7591 §2.1: `code` belongs to the authorization code grant, and nothing belongs to the others. */
export function responseTypesOf({ grant_types: grants }: Pick<MetadataMembers, 'grant_types'>): 'code'[] {
  return grants.includes('authorization_code') ? ['code'] : []
}

/** Whether people sign in at a client with these grants. */
export function isForPeople(grants: readonly GrantType[]): boolean {
  return grants.includes('authorization_code') || grants.includes(deviceCodeGrant)
}

/** Everything that is wrong with metadata whose members are fine by themselves. */
export function metadataProblems(metadata: MetadataMembers): MetadataProblem[] {
  return [
    ...grantProblems(metadata),
    ...redirectProblems(metadata),
    ...keyProblems(metadata),
    ...certificateProblems(metadata),
    ...logoutProblems(metadata),
  ]
}

function* grantProblems(metadata: MetadataMembers): Generator<MetadataProblem> {
  const grants = metadata.grant_types
  if (grants.includes('refresh_token') && !isForPeople(grants)) {
    yield { member: 'grant_types', message: 'refresh_token needs authorization_code or device_code' }
  }
  // RFC 6749 §4.4: the client credentials grant MUST only be used by confidential clients.
  if (grants.includes('client_credentials') && metadata.token_endpoint_auth_method === 'none') {
    yield { member: 'grant_types', message: 'client_credentials needs a client that authenticates' }
  }
  const derived = responseTypesOf(metadata)
  if (metadata.response_types !== undefined && metadata.response_types.length !== derived.length) {
    yield { member: 'response_types', message: 'must be ["code"] with authorization_code, and [] without' }
  }
}

function* redirectProblems(metadata: MetadataMembers): Generator<MetadataProblem> {
  const redirects = ['redirect_uris', 'post_logout_redirect_uris'] as const
  const interactive = metadata.grant_types.includes('authorization_code')
  if (interactive && metadata.redirect_uris.length === 0) {
    yield { member: 'redirect_uris', message: 'must have an entry for authorization_code' }
  }
  for (const member of redirects) {
    if (!interactive && metadata[member].length > 0) {
      yield { member, message: 'must be empty without authorization_code' }
    }
    // RFC 8252 §7.2: claimed https URIs are those of a real host; nobody can claim this machine's.
    if (metadata.application_type === 'native' && metadata[member].some(isLoopbackHttps)) {
      yield { member, message: 'must use http to reach a native app on this machine' }
    }
  }
}

function* keyProblems(metadata: MetadataMembers): Generator<MetadataProblem> {
  const { jwks, jwks_uri: uri, token_endpoint_auth_signing_alg: alg } = metadata
  const withKey = metadata.token_endpoint_auth_method === 'private_key_jwt'
  if (withKey && (jwks === undefined) === (uri === undefined)) {
    yield { member: 'jwks', message: 'private_key_jwt needs either jwks or jwks_uri, and not both' }
  }
  if (!withKey && jwks !== undefined) yield { member: 'jwks', message: 'belongs to private_key_jwt alone' }
  if (!withKey && uri !== undefined) yield { member: 'jwks_uri', message: 'belongs to private_key_jwt alone' }
  if (!withKey && alg !== undefined) {
    yield { member: 'token_endpoint_auth_signing_alg', message: 'belongs to private_key_jwt alone' }
  }
  if (jwks !== undefined && alg !== undefined && !canVerify(jwks, alg)) {
    yield { member: 'token_endpoint_auth_signing_alg', message: 'fits none of the keys in jwks' }
  }
}

function* certificateProblems(metadata: MetadataMembers): Generator<MetadataProblem> {
  const given = subjectMemberNames.filter((member) => metadata[member] !== undefined)
  if (metadata.token_endpoint_auth_method !== 'tls_client_auth') {
    for (const member of given) yield { member, message: 'belongs to tls_client_auth alone' }
  } else if (given.length !== 1) {
    // RFC 8705 §2.1.2: exactly one, or it would be open which of them decides.
    const member = given[1] ?? 'tls_client_auth_subject_dn'
    yield { member, message: 'must be the one name of the certificate: tls_client_auth needs exactly one' }
  }
  if (metadata.tls_client_certificate_bound_access_tokens && metadata.dpop_bound_access_tokens) {
    const member = 'tls_client_certificate_bound_access_tokens'
    yield { member, message: 'must not be together with dpop_bound_access_tokens' }
  }
}

function* logoutProblems(metadata: MetadataMembers): Generator<MetadataProblem> {
  if (metadata.backchannel_logout_session_required && metadata.backchannel_logout_uri === undefined) {
    yield { member: 'backchannel_logout_session_required', message: 'needs backchannel_logout_uri' }
  }
}

function isLoopbackHttps(uri: string): boolean {
  // One that is no URL at all has been refused where it stands.
  const url = URL.parse(uri)
  return url?.protocol === 'https:' && isLoopbackHost(url.hostname)
}
