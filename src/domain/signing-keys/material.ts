import { generateKeyPair as generateKeyPairWithCallback, randomBytes } from 'node:crypto'
import type { KeyObject } from 'node:crypto'
import { promisify } from 'node:util'
import { z } from 'zod'
import type { KeyPurpose, SigningAlg } from './key.ts'

const generateKeyPair = promisify(generateKeyPairWithCallback)

// NIST SP 800-57 part 1 table 2: 3072 bits are as strong as P-256 and Ed25519, so that no algorithm is the weak one.
const rsaBits = 3072
const secretBytes = 32

const base64url = z.base64url().min(1)
const ecJwk = z.object({
  kty: z.literal('EC'),
  crv: z.literal('P-256'),
  x: base64url,
  y: base64url,
  d: base64url,
})
const okpJwk = z.object({ kty: z.literal('OKP'), crv: z.literal('Ed25519'), x: base64url, d: base64url })
const rsaJwk = z.object({
  kty: z.literal('RSA'),
  n: base64url,
  e: base64url,
  d: base64url,
  p: base64url,
  q: base64url,
  dp: base64url,
  dq: base64url,
  qi: base64url,
})
const secret = z.base64url().transform((text) => Buffer.from(text, 'base64url'))

// The purpose is sealed with the key, so that a row with another purpose written on it does not open.
const materialSchema = z.discriminatedUnion('purpose', [
  z.object({ purpose: z.literal('ES256'), jwk: ecJwk }),
  z.object({ purpose: z.literal('RS256'), jwk: rsaJwk }),
  z.object({ purpose: z.literal('PS256'), jwk: rsaJwk }),
  z.object({ purpose: z.literal('EdDSA'), jwk: okpJwk }),
  z.object({ purpose: z.literal('cookies'), secret }),
  z.object({ purpose: z.literal('dpop_nonce'), secret }),
])

/** What is sealed: a private JWK for an algorithm, 32 random bytes for the other purposes. */
export type KeyMaterial = z.output<typeof materialSchema>

/** A private key as RFC 7517 and RFC 8037 write it, without any member that says what it is for. */
export type PrivateJwk = z.output<typeof ecJwk> | z.output<typeof okpJwk> | z.output<typeof rsaJwk>

const generate: Record<SigningAlg, () => Promise<{ readonly privateKey: KeyObject }>> = {
  ES256: () => generateKeyPair('ec', { namedCurve: 'P-256' }),
  RS256: () => generateKeyPair('rsa', { modulusLength: rsaBits }),
  PS256: () => generateKeyPair('rsa', { modulusLength: rsaBits }),
  EdDSA: () => generateKeyPair('ed25519'),
}

/** Makes a new key, in the form in which it is sealed. */
export async function generateMaterial(purpose: KeyPurpose): Promise<Buffer> {
  const material = isSecretPurpose(purpose)
    ? { purpose, secret: randomBytes(secretBytes).toString('base64url') }
    : { purpose, jwk: await generateJwk(purpose) }
  return Buffer.from(JSON.stringify(material))
}

/** Reads what was sealed; throws if it is not what `generateMaterial` makes. */
export function parseMaterial(opened: Buffer): KeyMaterial {
  return materialSchema.parse(JSON.parse(opened.toString('utf8')))
}

function isSecretPurpose(purpose: KeyPurpose): purpose is 'cookies' | 'dpop_nonce' {
  return purpose === 'cookies' || purpose === 'dpop_nonce'
}

async function generateJwk(alg: SigningAlg): Promise<unknown> {
  const { privateKey } = await generate[alg]()
  return privateKey.export({ format: 'jwk' })
}
