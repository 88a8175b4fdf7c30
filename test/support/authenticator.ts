/**
 * An authenticator made of software (WebAuthn Level 3 §6), written from the specification and not from our code: it can
 * also do what no real one would. Keys are ES256; what a browser would add is added here too.
 */
import { createHash, generateKeyPairSync, randomBytes, sign } from 'node:crypto'
import type { KeyObject } from 'node:crypto'

/** A key it holds. */
export interface SoftKey {
  readonly credentialId: string
  readonly userHandle: string
  readonly privateKey: KeyObject
  counter: number
}

/** What it may be told to do otherwise. */
export interface Mischief {
  readonly origin?: string
  readonly rpId?: string
  readonly type?: string
  readonly userPresent?: boolean
  readonly userVerified?: boolean
  /** Whether the key may leave the device. */
  readonly synchronises?: boolean
  readonly crossOrigin?: boolean
  readonly counter?: number
  readonly userHandle?: string | null
  readonly credentialId?: string
  readonly algorithm?: number
  readonly attestation?: Attestation
}

/** A format of attestation, and how its statement (CBOR) is made of what is there to be signed. */
export interface Attestation {
  readonly format: string
  readonly statement: (made: {
    /** What §8.2 (`packed`) signs. */
    readonly packed: Buffer
    /** What §8.6 (`fido-u2f`) signs. */
    readonly u2f: Buffer
    readonly privateKey: KeyObject
  }) => Buffer
}

interface Place {
  readonly origin: string
  readonly rpId: string
}

/** Makes a key for creation options, and the browser's answer as text. */
export function createKey(
  options: { readonly challenge: string; readonly user: { readonly id: string } },
  place: Place,
  mischief: Mischief = {},
): { readonly key: SoftKey; readonly response: string } {
  const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' })
  const credentialId = mischief.credentialId ?? randomBytes(32).toString('base64url')
  const id = Buffer.from(credentialId, 'base64url')
  const { x = '', y = '' } = publicKey.export({ format: 'jwk' })
  const counter = mischief.counter ?? 0
  const cose = map([
    [integer(1), integer(2)],
    [integer(3), integer(mischief.algorithm ?? -7)],
    [integer(-1), integer(1)],
    [integer(-2), bytes(Buffer.from(x, 'base64url'))],
    [integer(-3), bytes(Buffer.from(y, 'base64url'))],
  ])
  const length = Buffer.alloc(2)
  length.writeUInt16BE(id.length)
  const attested = Buffer.concat([Buffer.alloc(16), length, id, cose])
  const authData = Buffer.concat([
    authenticatorData(place, counter, { ...mischief, attested: true }),
    attested,
  ])
  const clientDataJSON = clientData('webauthn.create', options.challenge, place, mischief)
  const clientDataHash = createHash('sha256').update(clientDataJSON).digest()
  const point = Buffer.concat([Buffer.from([4]), Buffer.from(x, 'base64url'), Buffer.from(y, 'base64url')])
  const statement = mischief.attestation?.statement({
    packed: Buffer.concat([authData, clientDataHash]),
    u2f: Buffer.concat([Buffer.from([0]), authData.subarray(0, 32), clientDataHash, id, point]),
    privateKey,
  })
  const attestationObject = map([
    [text('fmt'), text(mischief.attestation?.format ?? 'none')],
    [text('attStmt'), statement ?? map([])],
    [text('authData'), bytes(authData)],
  ])
  return {
    key: { credentialId, userHandle: options.user.id, privateKey, counter },
    response: JSON.stringify({
      id: credentialId,
      rawId: credentialId,
      type: 'public-key',
      clientExtensionResults: { credProps: { rk: true } },
      response: {
        clientDataJSON: clientDataJSON.toString('base64url'),
        attestationObject: attestationObject.toString('base64url'),
        transports: ['internal', 'hybrid'],
      },
    }),
  }
}

/** Signs request options, and the browser's answer as text. A key with a counter counts on. */
export function useKey(
  key: SoftKey,
  options: { readonly challenge: string },
  place: Place,
  mischief: Mischief = {},
): string {
  if (key.counter > 0) key.counter += 1
  const authData = authenticatorData(place, mischief.counter ?? key.counter, mischief)
  const clientDataJSON = clientData('webauthn.get', options.challenge, place, mischief)
  const signed = Buffer.concat([authData, createHash('sha256').update(clientDataJSON).digest()])
  const credentialId = mischief.credentialId ?? key.credentialId
  return JSON.stringify({
    id: credentialId,
    rawId: credentialId,
    type: 'public-key',
    clientExtensionResults: {},
    response: {
      clientDataJSON: clientDataJSON.toString('base64url'),
      authenticatorData: authData.toString('base64url'),
      signature: sign('sha256', signed, key.privateKey).toString('base64url'),
      userHandle: mischief.userHandle === undefined ? key.userHandle : mischief.userHandle,
    },
  })
}

function authenticatorData(
  { rpId }: Place,
  counter: number,
  mischief: Mischief & { readonly attested?: boolean },
): Buffer {
  const { userPresent = true, userVerified = true, synchronises = true, attested = false } = mischief
  const flags =
    (userPresent ? 0x01 : 0) | (userVerified ? 0x04 : 0) | (synchronises ? 0x18 : 0) | (attested ? 0x40 : 0)
  const rest = Buffer.alloc(5)
  rest.writeUInt8(flags)
  rest.writeUInt32BE(counter, 1)
  return Buffer.concat([
    createHash('sha256')
      .update(mischief.rpId ?? rpId)
      .digest(),
    rest,
  ])
}

function clientData(type: string, challenge: string, { origin }: Place, mischief: Mischief): Buffer {
  const { crossOrigin = false } = mischief
  return Buffer.from(
    JSON.stringify({
      type: mischief.type ?? type,
      challenge,
      origin: mischief.origin ?? origin,
      crossOrigin,
    }),
  )
}

function head(major: number, value: number): Buffer {
  if (value < 24) return Buffer.from([(major << 5) | value])
  if (value < 256) return Buffer.from([(major << 5) | 24, value])
  return Buffer.from([(major << 5) | 25, value >> 8, value & 255])
}

/** A CBOR integer (RFC 8949 §3.1). */
export function integer(value: number): Buffer {
  return value < 0 ? head(1, -1 - value) : head(0, value)
}

/** A CBOR byte string. */
export function bytes(value: Buffer): Buffer {
  return Buffer.concat([head(2, value.length), value])
}

/** A CBOR text string. */
export function text(value: string): Buffer {
  return Buffer.concat([head(3, Buffer.byteLength(value)), Buffer.from(value)])
}

/** A CBOR array. */
export function array(values: readonly Buffer[]): Buffer {
  return Buffer.concat([head(4, values.length), ...values])
}

/** A CBOR map. */
export function map(entries: readonly (readonly [Buffer, Buffer])[]): Buffer {
  return Buffer.concat([head(5, entries.length), ...entries.flat()])
}
