/**
 * The library that reads and checks what authenticators send. It takes some 30 MB and a fifth of a second to load, so it
 * is loaded when the first passkey is used, and an installation where nobody has one never pays for it.
 */
export const passkeyLibrary = {
  verify: () => import('@simplewebauthn/server'),
  read: () => import('@simplewebauthn/server/helpers'),
} as const

/** COSE algorithms (RFC 9053) we accept, the most common first: ES256, EdDSA, RS256. */
export const acceptedAlgorithms: readonly number[] = [-7, -8, -257]
