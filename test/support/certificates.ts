/** X.509 certificates made by hand (RFC 5280), so that each part of one can be as odd as a test needs it. */
import { createHash, generateKeyPairSync, randomBytes, sign } from 'node:crypto'
import type { KeyObject } from 'node:crypto'

/** A value of DER: its tag and what is inside. */
export function der(tag: number, ...inside: readonly Buffer[]): Buffer {
  const content = Buffer.concat(inside)
  const size = content.length.toString(16)
  const sizeOctets = Buffer.from(size.length % 2 === 0 ? size : `0${size}`, 'hex')
  const length =
    content.length < 0x80
      ? Buffer.from([content.length])
      : Buffer.concat([Buffer.from([0x80 | sizeOctets.length]), sizeOctets])
  return Buffer.concat([Buffer.from([tag]), length, content])
}

const types: Readonly<Record<string, string>> = {
  CN: '2.5.4.3',
  C: '2.5.4.6',
  L: '2.5.4.7',
  O: '2.5.4.10',
  OU: '2.5.4.11',
  UID: '0.9.2342.19200300.100.1.1',
  DC: '0.9.2342.19200300.100.1.25',
  emailAddress: '1.2.840.113549.1.9.1',
}

/** An attribute of a name: its type, its value, and the tag of the value if it is not UTF-8 text. */
export type Attribute = readonly [type: string, value: string | Buffer, tag?: number]

/** What a test may want of a certificate. */
export interface CertificateWishes {
  /** In the order of the certificate; an entry with several attributes is a list of them. */
  readonly subject?: readonly (Attribute | readonly Attribute[])[]
  /** General names, see `san`. */
  readonly names?: readonly Buffer[]
  readonly from?: Date
  readonly to?: Date
  /** Signed by itself unless given. */
  readonly issuer?: Pick<TestCertificate, 'subject' | 'key'>
  readonly isAuthority?: boolean
  /** The key of an older certificate, to be used again. */
  readonly key?: Keys
}

interface Keys {
  readonly privateKey: KeyObject
  readonly publicKey: KeyObject
}

/** A certificate and its key. */
export interface TestCertificate {
  readonly der: Buffer
  readonly pem: string
  readonly keyPem: string
  readonly key: Keys
  /** The subject as it is encoded. */
  readonly subject: Buffer
  /** `x5t#S256`. */
  readonly thumbprint: string
  /** As RFC 9440 writes it in a header. */
  readonly header: string
}

const hour = 3_600_000

/** Makes one. */
export function newCertificate(wishes: CertificateWishes = {}): TestCertificate {
  const { names = [], from = new Date(Date.now() - hour), to = new Date(Date.now() + 24 * hour) } = wishes
  const key = wishes.key ?? generateKeyPairSync('ec', { namedCurve: 'P-256' })
  const subject = der(0x30, ...(wishes.subject ?? [['CN', 'api']]).map(entry))
  const issuer = wishes.issuer ?? { subject, key }
  const algorithm = der(0x30, oid('1.2.840.10045.4.3.2'))
  const extensions = [
    ...(names.length === 0 ? [] : [der(0x30, oid('2.5.29.17'), der(0x04, der(0x30, ...names)))]),
    ...(wishes.isAuthority === true
      ? [
          der(
            0x30,
            oid('2.5.29.19'),
            der(0x01, Buffer.from([0xff])),
            der(0x04, der(0x30, der(0x01, Buffer.from([0xff])))),
          ),
        ]
      : []),
  ]
  const signed = der(
    0x30,
    der(0xa0, der(0x02, Buffer.from([2]))),
    der(0x02, Buffer.concat([Buffer.from([0x40]), randomBytes(8)])),
    algorithm,
    issuer.subject,
    der(0x30, time(from), time(to)),
    subject,
    key.publicKey.export({ type: 'spki', format: 'der' }),
    ...(extensions.length === 0 ? [] : [der(0xa3, der(0x30, ...extensions))]),
  )
  const signature = sign('sha256', signed, issuer.key.privateKey)
  const encoded = der(0x30, signed, algorithm, der(0x03, Buffer.from([0]), signature))
  return {
    der: encoded,
    pem: pemOf(encoded),
    keyPem: key.privateKey.export({ type: 'pkcs8', format: 'pem' }),
    key,
    subject,
    thumbprint: createHash('sha256').update(encoded).digest('base64url'),
    header: `:${encoded.toString('base64')}:`,
  }
}

/** Alternative names: each kind, as text with one octet for each character, or octets. */
export const san = {
  email: (name: string) => der(0x81, Buffer.from(name, 'latin1')),
  dns: (name: string) => der(0x82, Buffer.from(name, 'latin1')),
  uri: (name: string) => der(0x86, Buffer.from(name, 'latin1')),
  ip: (...octets: readonly number[]) => der(0x87, Buffer.from(octets)),
} as const

/** A certificate in the lines of PEM. */
export function pemOf(encoded: Buffer): string {
  const lines = encoded.toString('base64').match(/.{1,64}/g) ?? []
  return ['-----BEGIN CERTIFICATE-----', ...lines, '-----END CERTIFICATE-----', ''].join('\n')
}

function entry(given: Attribute | readonly Attribute[]): Buffer {
  const attributes = isAttribute(given) ? [given] : given
  return der(
    0x31,
    ...attributes.map(([type, value, tag = 0x0c]) =>
      der(0x30, oid(types[type] ?? type), der(tag, Buffer.from(value))),
    ),
  )
}

function isAttribute(given: Attribute | readonly Attribute[]): given is Attribute {
  return typeof given[0] === 'string'
}

function oid(dotted: string): Buffer {
  const [first = 0, second = 0, ...others] = dotted.split('.').map(Number)
  return der(0x06, Buffer.from([first * 40 + second, ...others].flatMap(base128)))
}

function base128(arc: number): number[] {
  const digits = [arc % 128]
  for (let rest = Math.floor(arc / 128); rest > 0; rest = Math.floor(rest / 128)) {
    digits.unshift(0x80 | (rest % 128))
  }
  return digits
}

function time(at: Date): Buffer {
  const digits = at.toISOString().replaceAll(/[-:T]|\.\d+/g, '')
  return der(0x17, Buffer.from(digits.slice(2)))
}
