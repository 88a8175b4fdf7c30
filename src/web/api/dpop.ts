/**
 * Proofs of possession for the management API (RFC 9449 §7): whoever presents a bound token signs the request with the
 * key it is bound to. The protocol library checks proofs at its own endpoints and gives no other use of that, so the rules
 * of §4.3 stand here once more; a proof is marked as used in the same place as theirs.
 */
import { EmbeddedJWK, calculateJwkThumbprint, jwtVerify } from 'jose'
import type { Context } from 'koa'
import { z } from 'zod'
import { equalDigests, sha256 } from '../../platform/crypto/digest.ts'

/** Whether the request proves that its sender has the token's key. */
export type DpopCheck = (
  ctx: Context,
  bound: { readonly token: string; readonly thumbprint: string },
) => Promise<boolean>

/** What the check needs. */
export interface DpopParts {
  readonly issuer: string
  readonly now: () => Date
  /** Marks a proof; false if it was marked before. */
  readonly markUsed: (id: string, seconds: number) => Promise<boolean>
}

// The same as the library allows: a proof is as old as its request, and clocks differ.
const longestAgeSeconds = 60
const toleranceSeconds = 15
const algorithms = ['ES256', 'PS256', 'RS256', 'EdDSA', 'Ed25519']

const proofClaims = z.looseObject({
  jti: z.string().min(1).max(500),
  htm: z.string(),
  htu: z.string(),
  iat: z.number(),
  ath: z.string(),
})

/** The check. */
export function createDpopCheck({ issuer, now, markUsed }: DpopParts): DpopCheck {
  return async (ctx, { token, thumbprint }) => {
    const proofs = ctx.req.headersDistinct['dpop'] ?? []
    const [proof] = proofs
    if (proof === undefined || proofs.length > 1 || proof.length > 4096) return false
    const read = await readProof(proof, now())
    if (read === undefined || read.thumbprint !== thumbprint) return false
    const { claims } = read
    const isForRequest = claims.htm === ctx.method && isAddress(claims.htu, `${issuer}${ctx.path}`)
    const isForToken = equalDigests(Buffer.from(claims.ath, 'base64url'), sha256(token))
    if (!isForRequest || !isForToken) return false
    return markUsed(`${thumbprint} ${claims.jti}`, longestAgeSeconds + 2 * toleranceSeconds)
  }
}

async function readProof(proof: string, now: Date) {
  try {
    const { payload, protectedHeader } = await jwtVerify(proof, EmbeddedJWK, {
      typ: 'dpop+jwt',
      algorithms,
      currentDate: now,
      maxTokenAge: longestAgeSeconds,
      clockTolerance: toleranceSeconds,
    })
    const { jwk } = protectedHeader
    if (jwk === undefined || 'd' in jwk) return undefined
    return { claims: proofClaims.parse(payload), thumbprint: await calculateJwkThumbprint(jwk) }
  } catch {
    return undefined
  }
}

/** RFC 9449 §4.3: compared without query and fragment, after normalisation. */
function isAddress(htu: string, address: string): boolean {
  const url = URL.parse(htu)
  if (url === null) return false
  return `${url.origin}${url.pathname}` === URL.parse(address)?.href
}
