/**
 * Whom a certificate is about (RFC 5280 §4.1.2.6, §4.2.1.6), read from its bytes: the text that libraries make of a name can
 * be the same for two names. Nothing is shortened, folded or guessed; what is not read whole is not read at all.
 */
import { readDer, readInside, readOid } from './der.ts'
import type { DerValue } from './der.ts'

/** One attribute of a name: its type, and its value as text, or undefined for a value that is no text. */
export interface NameAttribute {
  readonly oid: string
  readonly text: string | undefined
  /** The value with its tag, as it is encoded, in lower-case hexadecimal. */
  readonly encoded: string
}

/** A distinguished name in the order of the certificate: each entry has one attribute, and seldom more. */
export type DistinguishedName = readonly (readonly NameAttribute[])[]

/** Everything that a certificate says of whom it is about. */
export interface CertificateNames {
  readonly subject: DistinguishedName
  /** Of the subject alternative names, each kind by itself; text is one character for each octet. */
  readonly email: readonly string[]
  readonly dns: readonly string[]
  readonly uri: readonly string[]
  readonly ip: readonly Buffer[]
}

const sequence = 0x30
const set = 0x31
const octets = 0x04
const subjectAltName = '2.5.29.17'

/** The names of a certificate in DER; undefined if they cannot be read without a doubt. */
export function certificateNames(der: Buffer): CertificateNames | undefined {
  const certificate = readDer(der)
  const signed = certificate?.length === 1 ? readInside(certificate[0], sequence)?.[0] : undefined
  const fields = readInside(signed, sequence)
  if (fields === undefined) return undefined
  // RFC 5280 §4.1: [version], serial number, algorithm, issuer, validity, subject, key, and then what may be left out.
  const subject = readName(fields[fields[0]?.tag === 0xa0 ? 5 : 4])
  const extensions = fields.filter(({ tag }) => tag === 0xa3)
  const alternatives = extensions.length > 1 ? undefined : readAlternatives(extensions[0])
  if (subject === undefined || alternatives === undefined) return undefined
  const text = (tag: number) =>
    alternatives.filter((name) => name.tag === tag).map(({ content }) => content.toString('latin1'))
  return {
    subject,
    email: text(0x81),
    dns: text(0x82),
    uri: text(0x86),
    ip: alternatives.filter(({ tag }) => tag === 0x87).map(({ content }) => content),
  }
}

function readName(value: DerValue | undefined): DistinguishedName | undefined {
  return allOf(readInside(value, sequence), (entry) => {
    const attributes = allOf(readInside(entry, set), readAttribute)
    return attributes?.length === 0 ? undefined : attributes
  })
}

function readAttribute(attribute: DerValue): NameAttribute | undefined {
  const [type, value, ...more] = readInside(attribute, sequence) ?? []
  const oid = type && readOid(type)
  if (oid === undefined || value === undefined || more.length > 0) return undefined
  return { oid, text: textOf(value), encoded: encodedHex(value) }
}

/** The kinds of text that RFC 5280 §4.1.2.4 lets a name have, but for T61, about whose characters nobody agrees. */
function textOf({ tag, content }: DerValue): string | undefined {
  switch (tag) {
    case 0x0c:
      return decode('utf-8', content)
    case 0x1e:
      return decode('utf-16be', content)
    case 0x12:
    case 0x13:
    case 0x16:
      return content.every((octet) => octet < 0x80) ? content.toString('latin1') : undefined
    default:
      return undefined
  }
}

function decode(encoding: string, bytes: Buffer): string | undefined {
  try {
    return new TextDecoder(encoding, { fatal: true, ignoreBOM: true }).decode(bytes)
  } catch {
    return undefined
  }
}

function encodedHex({ tag, content }: DerValue): string {
  const { length } = content
  const lengthOctets =
    length < 0x80
      ? [length]
      : length < 0x100
        ? [0x81, length]
        : length < 0x10000
          ? [0x82, length >> 8, length & 0xff]
          : [0x83, length >> 16, (length >> 8) & 0xff, length & 0xff]
  return Buffer.concat([Buffer.from([tag, ...lengthOctets]), content]).toString('hex')
}

/** The alternative names; none for a certificate without, undefined for one that has them twice or garbled. */
function readAlternatives(extensions: DerValue | undefined): readonly DerValue[] | undefined {
  if (extensions === undefined) return []
  const [list, ...more] = readDer(extensions.content) ?? []
  const read = allOf(readInside(list, sequence), (extension) => {
    const [type, ...rest] = readInside(extension, sequence) ?? []
    const oid = type && readOid(type)
    return oid === undefined ? undefined : { oid, value: rest.at(-1) }
  })
  if (read === undefined || more.length > 0) return undefined
  const found = read.filter(({ oid }) => oid === subjectAltName)
  if (found.length === 0) return []
  const [{ value } = { value: undefined }] = found
  if (found.length > 1 || value?.tag !== octets) return undefined
  const [names, ...others] = readDer(value.content) ?? []
  return others.length > 0 ? undefined : readInside(names, sequence)
}

/** What `read` makes of each; undefined if it makes nothing of one of them. */
function allOf<From, To>(
  values: readonly From[] | undefined,
  read: (value: From) => To | undefined,
): readonly To[] | undefined {
  const made = values?.map(read)
  const whole = made?.filter((value) => value !== undefined)
  return whole?.length === made?.length ? whole : undefined
}
