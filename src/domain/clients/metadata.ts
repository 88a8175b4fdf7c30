/**
 * What a client may register: the members of RFC 7591 §2 and OpenID Connect Registration §2 that this server honours,
 * and `allowed_origins`, which is ours. A member we would not act on is refused rather than kept without effect.
 * The rules that one member alone cannot show are in `metadata-rules.ts`.
 */
import { z } from 'zod'
import { Refusal } from '../../platform/errors.ts'
import { exactUrlProblem } from '../../platform/exact-url.ts'
import { describeIssues } from '../../platform/parse.ts'
import { checkedText, lineOfText } from '../../platform/text.ts'
import { subjectMembers } from './certificate-subject.ts'
import { assertionAlgs, publicJwks } from './jwks.ts'
import { grantTypes, metadataProblems, responseTypesOf } from './metadata-rules.ts'
import { redirectUriProblem } from './redirect-uri.ts'

const mostUris = 20

const redirectUri = checkedText(redirectUriProblem)
const httpsUrl = checkedText((text) => exactUrlProblem(text))
const pageUrl = checkedText((text) => exactUrlProblem(text, { fragment: true }))
const logoutUrl = checkedText((text) => exactUrlProblem(text, { loopbackHttp: true }))
const email = checkedText((text) =>
  text.length <= 254 && /^[\w.!#$%&'*+/=?^`{|}~-]+@[A-Za-z\d-]+(?:\.[A-Za-z\d-]+)*$/.test(text)
    ? undefined
    : 'is not an email address',
)
const origin = checkedText((text) => {
  const problem = exactUrlProblem(text, { loopbackHttp: true })
  return (
    problem ??
    (URL.parse(text)?.origin === text ? undefined : 'is not an origin, such as https://app.example')
  )
})

const members = z.strictObject({
  client_name: lineOfText(100),
  application_type: z.enum(['web', 'native']).default('web'),
  redirect_uris: listOf(redirectUri, mostUris),
  post_logout_redirect_uris: listOf(redirectUri, mostUris),
  grant_types: setOf(grantTypes).default(['authorization_code']),
  // Follows from the grants (RFC 7591 §2.1); whoever sends it must mean the same.
  response_types: z.array(z.literal('code')).max(1).optional(),
  token_endpoint_auth_method: z
    .enum(['client_secret_basic', 'client_secret_post', 'private_key_jwt', 'tls_client_auth', 'none'])
    .default('client_secret_basic'),
  token_endpoint_auth_signing_alg: z.enum(assertionAlgs).optional(),
  jwks: publicJwks.optional(),
  jwks_uri: httpsUrl.optional(),
  ...subjectMembers,
  id_token_signed_response_alg: z.enum(['ES256', 'RS256', 'PS256', 'EdDSA']).default('ES256'),
  dpop_bound_access_tokens: z.boolean().default(false),
  tls_client_certificate_bound_access_tokens: z.boolean().default(false),
  require_pushed_authorization_requests: z.boolean().default(false),
  require_auth_time: z.boolean().default(false),
  default_max_age: z.int().min(0).max(31_536_000).optional(),
  // The least that a sign-in at this app must have proven, any of them; the names are the second factors' room's.
  default_acr_values: setOf(['aal1', 'aal2', 'phr']).optional(),
  backchannel_logout_uri: logoutUrl.optional(),
  backchannel_logout_session_required: z.boolean().default(false),
  logo_uri: pageUrl.optional(),
  client_uri: pageUrl.optional(),
  policy_uri: pageUrl.optional(),
  tos_uri: pageUrl.optional(),
  contacts: listOf(email, 10),
  allowed_origins: listOf(origin, mostUris),
})

/** Client metadata at the door. The output has every default and `response_types`, and parses to itself again. */
export const clientMetadata = members
  .superRefine((metadata, ctx) => {
    for (const { member, message } of metadataProblems(metadata)) {
      ctx.addIssue({ code: 'custom', path: [member], message })
    }
  })
  .transform((metadata) => ({ ...metadata, response_types: responseTypesOf(metadata) }))

/** Validated metadata of a client, with the names RFC 7591 gives its members. */
export type ClientMetadata = Readonly<z.output<typeof clientMetadata>>

/** Parses metadata from a form, JSON or a row, or refuses it in the words of RFC 7591 §3.2.2. */
export function parseClientMetadata(input: unknown): ClientMetadata {
  const parsed = clientMetadata.safeParse(input)
  if (parsed.success) return parsed.data
  const { issues } = parsed.error
  const onlyRedirects = issues.every(({ path }) => path[0] === 'redirect_uris')
  throw new Refusal(onlyRedirects ? 'invalid_redirect_uri' : 'invalid_metadata', describeIssues(issues))
}

/** The metadata after a partial change: members of `patch` replace those there were, and null removes one. */
export function patchClientMetadata(current: ClientMetadata, patch: unknown): ClientMetadata {
  const changes = z.record(z.string(), z.unknown()).safeParse(patch)
  if (!changes.success)
    throw new Refusal('invalid_metadata', 'The changes must be an object of metadata members.')
  const { response_types: _derived, ...kept } = current
  const merged = Object.entries({ ...kept, ...changes.data }).filter(([, value]) => value !== null)
  return parseClientMetadata(Object.fromEntries(merged))
}

function listOf<Item extends z.ZodType<string>>(item: Item, most: number) {
  return z.array(item).max(most, `has more than ${most} entries`).superRefine(refuseDuplicates).default([])
}

function setOf<const Value extends string>(values: readonly Value[]) {
  return z.array(z.enum(values)).superRefine(refuseDuplicates)
}

function refuseDuplicates(list: readonly string[], ctx: z.RefinementCtx): void {
  if (new Set(list).size !== list.length)
    ctx.addIssue({ code: 'custom', message: 'has an entry more than once' })
}
