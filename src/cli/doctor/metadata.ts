import { z } from 'zod'
import type { Answered } from './ask.ts'
import type { Check } from '../../composition/doctor/finding.ts'

const texts = z.array(z.string())
/** What the doctor reads of a discovery document. */
export const metadataSchema = z.looseObject({
  issuer: z.string(),
  authorization_endpoint: z.string(),
  token_endpoint: z.string(),
  jwks_uri: z.string(),
  response_types_supported: texts,
  grant_types_supported: texts,
  code_challenge_methods_supported: texts.default([]),
  id_token_signing_alg_values_supported: texts,
  authorization_response_iss_parameter_supported: z.boolean().default(false),
})

type Metadata = z.output<typeof metadataSchema>

/** Both documents, as they were answered, and what the first one says. */
interface Documents {
  readonly metadata: Metadata
  readonly document: Answered
  readonly other: Answered
}

/** Judges what a server says of itself in discovery. */
export function metadataChecks(issuer: string, documents: Documents): readonly Check[] {
  return [...placeChecks(issuer, documents), ...offerChecks(documents.metadata)]
}

function placeChecks(issuer: string, { metadata, document, other }: Documents): readonly Check[] {
  return [
    {
      code: 'issuer_exact',
      holds: metadata.issuer === issuer,
      otherwise: 'problem',
      good: 'The server says exactly the issuer that was asked.',
      bad: `The server says that its issuer is ${metadata.issuer}.`,
      mend: 'Set ISSUER to the origin that clients use, without a trailing slash.',
      source: 'RFC 8414 §3.3',
    },
    {
      code: 'metadata_identical',
      holds: other.status === 200 && other.body === document.body,
      otherwise: 'problem',
      good: 'Both discovery documents are the same.',
      bad: 'The OAuth and the OpenID discovery documents differ.',
      mend: 'Let the proxy pass both paths below /.well-known/ on, unchanged.',
      source: 'RFC 8414',
    },
    {
      code: 'endpoints_here',
      holds: [metadata.authorization_endpoint, metadata.token_endpoint, metadata.jwks_uri].every((url) =>
        url.startsWith(`${issuer}/`),
      ),
      otherwise: 'problem',
      good: 'Every endpoint is at the issuer.',
      bad: 'Discovery names endpoints that are not at the issuer.',
      mend: 'Look at ISSUER, and at what the proxy changes.',
      source: 'RFC 9700 §4.4',
    },
  ]
}

function offerChecks(metadata: Metadata): readonly Check[] {
  const grants = metadata.grant_types_supported.filter(
    (grant) => grant === 'password' || grant === 'implicit',
  )
  const algs = metadata.id_token_signing_alg_values_supported.filter(
    (alg) => alg === 'none' || alg.startsWith('HS'),
  )
  return [
    {
      code: 'code_only',
      holds: metadata.response_types_supported.join() === 'code' && grants.length === 0,
      otherwise: 'problem',
      good: 'Only the code flow is offered: no implicit and no password grant.',
      bad: `Deprecated: ${[...metadata.response_types_supported, ...grants].join(', ')}.`,
      mend: 'This is not this server, or it was changed: offer only code.',
      source: 'RFC 9700 §2.1.2, §2.4',
    },
    {
      code: 'pkce_s256',
      holds: metadata.code_challenge_methods_supported.join() === 'S256',
      otherwise: 'problem',
      good: 'PKCE is there, with S256 alone.',
      bad: 'PKCE is missing or allows plain.',
      mend: 'This is not this server, or it was changed.',
      source: 'RFC 9700 §2.1.1',
    },
    {
      code: 'iss_in_responses',
      holds: metadata.authorization_response_iss_parameter_supported,
      otherwise: 'advice',
      good: 'Authorization responses say who they are from.',
      bad: 'Authorization responses do not name the issuer.',
      mend: 'This is not this server, or it was changed.',
      source: 'RFC 9207',
    },
    {
      code: 'signature_algorithms',
      holds: algs.length === 0,
      otherwise: 'problem',
      good: 'ID Tokens are signed with asymmetric keys.',
      bad: `Weak: ${algs.join(', ')}.`,
      mend: 'This is not this server, or it was changed.',
    },
  ]
}
