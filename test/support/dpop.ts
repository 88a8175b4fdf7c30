/** DPoP proofs (RFC 9449 §4.2) made by hand, so that each part of one can be wrong. */
import { createHash, randomUUID } from 'node:crypto'
import { SignJWT, calculateJwkThumbprint, exportJWK, generateKeyPair } from 'jose'
import type { CryptoKey, JWK } from 'jose'

/** A key that a client proves possession of. */
export interface DpopKey {
  readonly privateKey: CryptoKey
  readonly publicJwk: JWK
  readonly privateJwk: JWK
  /** Its RFC 7638 thumbprint, the `jkt` of tokens bound to it. */
  readonly thumbprint: string
}

/** A fresh ES256 key. */
export async function newDpopKey(): Promise<DpopKey> {
  const { privateKey, publicKey } = await generateKeyPair('ES256', { extractable: true })
  const publicJwk = await exportJWK(publicKey)
  return {
    privateKey,
    publicJwk,
    privateJwk: await exportJWK(privateKey),
    thumbprint: await calculateJwkThumbprint(publicJwk),
  }
}

/** What a proof says; undefined claims are left out. */
export interface ProofWishes {
  readonly header?: Readonly<Record<string, unknown>>
  readonly claims?: Readonly<Record<string, unknown>>
  /** The access token the proof goes along with. */
  readonly accessToken?: string
  readonly method?: string
}

/** A proof for one request. */
export function dpopProof(key: DpopKey, url: string, wishes: ProofWishes = {}): Promise<string> {
  const { accessToken, method = 'POST' } = wishes
  const claims = {
    jti: randomUUID(),
    htm: method,
    htu: url,
    iat: Math.floor(Date.now() / 1000),
    ...(accessToken !== undefined && {
      ath: createHash('sha256').update(accessToken).digest('base64url'),
    }),
    ...wishes.claims,
  }
  const kept = Object.fromEntries(Object.entries(claims).filter(([, value]) => value !== undefined))
  return new SignJWT(kept)
    .setProtectedHeader({ alg: 'ES256', typ: 'dpop+jwt', jwk: key.publicJwk, ...wishes.header })
    .sign(key.privateKey)
}
