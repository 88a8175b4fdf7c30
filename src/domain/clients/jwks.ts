/**
 * The public keys a client authenticates with (RFC 7517, RFC 7523). Only what can verify a signature we accept, and
 * never a private part: a client that sends one has lost it.
 */
import { createPublicKey } from 'node:crypto'
import { z } from 'zod'
import { checkedText } from '../../platform/text.ts'

/** The algorithms a client may sign its assertions with. */
export const assertionAlgs = ['ES256', 'RS256', 'PS256', 'EdDSA'] as const

/** One of them. */
export type AssertionAlg = (typeof assertionAlgs)[number]

const mostKeys = 10
// RFC 7518 §6.2.2, §6.3.2, §6.4.1; RFC 8037 §2: what only the owner of a key may know.
const privateMembers = ['d', 'p', 'q', 'dp', 'dq', 'qi', 'oth', 'k', 'priv']

const base64url = checkedText((text) =>
  text.length <= 2000 && /^[\w-]+$/.test(text) ? undefined : 'must be base64url',
)

const common = {
  kid: checkedText((text) =>
    /^[\x20-\x7e]{1,200}$/.test(text) ? undefined : 'must have 1 to 200 printable characters',
  ).optional(),
  use: z.literal('sig', { error: 'must be sig: nothing is encrypted to clients' }).optional(),
  key_ops: z.tuple([z.literal('verify')], { error: 'must be ["verify"]' }).optional(),
}

// RFC 7517 §4: members that are not understood are ignored.
const ecKey = z.object({
  ...common,
  kty: z.literal('EC'),
  crv: z.literal('P-256'),
  x: base64url,
  y: base64url,
  alg: z.literal('ES256').optional(),
})
const okpKey = z.object({
  ...common,
  kty: z.literal('OKP'),
  crv: z.literal('Ed25519'),
  x: base64url,
  alg: z.literal('EdDSA').optional(),
})
const rsaKey = z.object({
  ...common,
  kty: z.literal('RSA'),
  n: base64url,
  e: base64url,
  alg: z.enum(['RS256', 'PS256']).optional(),
})

const publicPart = z.looseObject({}).superRefine((key, ctx) => {
  const found = privateMembers.filter((member) => Object.hasOwn(key, member))
  if (found.length === 0) return
  const message = `has the private member ${found.join(', ')}: send public keys only, and replace this one`
  ctx.addIssue({ code: 'custom', message })
})

const key = publicPart
  .pipe(z.discriminatedUnion('kty', [ecKey, okpKey, rsaKey], { error: 'must be an EC, OKP or RSA key' }))
  .superRefine((jwk, ctx) => {
    const message = keyProblem(jwk)
    if (message !== undefined) ctx.addIssue({ code: 'custom', message })
  })

/** A set of public keys for verifying signatures, as it is stored. */
export const publicJwks = z
  .object({ keys: z.array(key).min(1, 'must have a key').max(mostKeys, `has more than ${mostKeys} keys`) })
  .superRefine(({ keys }, ctx) => {
    const ids = keys.map(({ kid }) => kid)
    // OpenID Connect Core §10.1: with several keys the kid is what tells them apart.
    if (keys.length > 1 && ids.includes(undefined)) {
      ctx.addIssue({ code: 'custom', path: ['keys'], message: 'need a kid each, as there are several' })
    }
    if (new Set(ids).size !== ids.length) {
      ctx.addIssue({ code: 'custom', path: ['keys'], message: 'have the same kid more than once' })
    }
  })

/** A parsed set of public keys. */
export type PublicJwks = z.output<typeof publicJwks>

/** True if one of the keys can verify signatures made with `alg`. */
export function canVerify(jwks: PublicJwks, alg: AssertionAlg): boolean {
  return algsOf(jwks).includes(alg)
}

/** What the keys can verify, the likeliest first. */
export function algsOf({ keys }: PublicJwks): readonly AssertionAlg[] {
  return keys.flatMap(({ alg, kty }) => (alg === undefined ? algsOfKeyType[kty] : [alg]))
}

const algsOfKeyType: Record<z.output<typeof key>['kty'], readonly AssertionAlg[]> = {
  EC: ['ES256'],
  OKP: ['EdDSA'],
  RSA: ['RS256', 'PS256'],
}

function keyProblem(jwk: z.output<typeof key>): string | undefined {
  const details = detailsOf(jwk)
  if (details === undefined) return 'is not a valid key'
  if (jwk.kty !== 'RSA') return undefined
  const { modulusLength = 0, publicExponent = 0n } = details
  // RFC 7518 §3.3: a key of 2048 bits or larger MUST be used. The upper bound is for our own time.
  if (modulusLength < 2048) return 'has fewer than 2048 bits'
  if (modulusLength > 8192) return 'has more than 8192 bits'
  if (publicExponent < 3n || publicExponent % 2n === 0n) return 'has an unsafe exponent'
  return undefined
}

// OpenSSL refuses, among others, points that are not on the curve.
function detailsOf({ kid: _kid, use: _use, key_ops: _ops, alg: _alg, ...parameters }: z.output<typeof key>) {
  try {
    return createPublicKey({ key: parameters, format: 'jwk' }).asymmetricKeyDetails
  } catch {
    return undefined
  }
}
