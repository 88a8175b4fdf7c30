import { generateKeyPairSync } from 'node:crypto'
import type { JWK } from 'oidc-provider'

/** A fresh key for ES256. */
export function createSigningKey(): JWK {
  const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' })
  return { ...(privateKey.export({ format: 'jwk' }) as JWK), alg: 'ES256', use: 'sig' }
}
