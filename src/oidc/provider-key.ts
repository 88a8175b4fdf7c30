import { createPrivateKey, createPublicKey, sign } from 'node:crypto'
import type { KeyObject } from 'node:crypto'
import { ExternalSigningKey } from 'oidc-provider'
import type { JWK } from 'oidc-provider'
import type { ProviderJwk } from '../domain/signing-keys/jwks.ts'

/**
 * A signature on an elliptic curve takes 25 µs, and the library's way through WebCrypto and a thread more than twice that.
 * So keys that sign with one are given to the library as keys that sign by themselves, at once. RSA takes twenty times as
 * long and stays on a thread, where it holds nobody up.
 */
export function providerKey(jwk: ProviderJwk): JWK | ExternalSigningKey {
  const isQuick = (jwk.alg === 'ES256' || jwk.alg === 'EdDSA') && jwk.key_ops === undefined
  return isQuick ? new QuickKey(jwk) : jwk
}

// The library tells such keys by their class; this is the only way to make one.
class QuickKey extends ExternalSigningKey {
  readonly #jwk: ProviderJwk
  readonly #privateKey: KeyObject

  constructor(jwk: ProviderJwk) {
    super()
    this.#jwk = jwk
    this.#privateKey = createPrivateKey({ key: jwk, format: 'jwk' })
  }

  override get kid(): string {
    return this.#jwk.kid
  }

  override get alg(): string {
    return this.#jwk.alg
  }

  override keyObject(): KeyObject {
    return createPublicKey(this.#privateKey)
  }

  override sign(data: Uint8Array): Uint8Array {
    // RFC 7518 §3.4: R and S side by side. EdDSA brings its own hash.
    if (this.#jwk.alg === 'EdDSA') return sign(null, data, this.#privateKey)
    return sign('sha256', data, { key: this.#privateKey, dsaEncoding: 'ieee-p1363' })
  }
}
