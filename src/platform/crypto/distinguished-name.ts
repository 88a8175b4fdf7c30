/**
 * Distinguished names as text (RFC 4514), to be compared with those of certificates. Types may be written in upper or lower
 * case. Everything else counts: the order of the entries, every character of a value, and its case. Only the order of several
 * attributes inside one entry does not, because they are a set.
 */
import type { DistinguishedName, NameAttribute } from './certificate-names.ts'

/** An attribute as somebody wrote it: text, or `#` and the encoded value. */
type WrittenAttribute =
  | { readonly oid: string; readonly text: string }
  | { readonly oid: string; readonly encoded: string }

/** A name as somebody wrote it, in the order of certificates. */
export type WrittenName = readonly (readonly WrittenAttribute[])[]

// RFC 4514 §3, and what the tools that print subjects write besides.
const oids: Readonly<Record<string, string>> = {
  CN: '2.5.4.3',
  SERIALNUMBER: '2.5.4.5',
  C: '2.5.4.6',
  L: '2.5.4.7',
  ST: '2.5.4.8',
  STREET: '2.5.4.9',
  O: '2.5.4.10',
  OU: '2.5.4.11',
  ORGANIZATIONIDENTIFIER: '2.5.4.97',
  UID: '0.9.2342.19200300.100.1.1',
  DC: '0.9.2342.19200300.100.1.25',
  EMAILADDRESS: '1.2.840.113549.1.9.1',
}

// `type=value`: pairs of a backslash, or characters that need none. A value that is text begins with neither space nor `#`
// and does not end with a space, unless they are escaped.
const attribute = /([A-Za-z]+|\d+(?:\.\d+)+)=((?:\\(?:[0-9A-Fa-f]{2}|[ "#+,;<=>\\])|[^\\"+,;<>\p{Cc}])*)/uy

/** Reads a name; undefined for anything that is not exactly one. */
export function readWrittenName(text: string): WrittenName | undefined {
  const entries: WrittenAttribute[][] = [[]]
  for (let at = 0; ;) {
    attribute.lastIndex = at
    const [whole, type = '', value = ''] = attribute.exec(text) ?? []
    const read = whole === undefined ? undefined : readAttribute(type, value)
    if (read === undefined || whole === undefined) return undefined
    entries.at(-1)?.push(read)
    at += whole.length
    // RFC 4514 §2.1: the text begins with the last entry.
    if (at === text.length) return entries.toReversed()
    if (text[at] === ',') entries.push([])
    else if (text[at] !== '+') return undefined
    at += 1
  }
}

/** Whether a certificate's name is the one that was written. */
export function isWrittenName(written: WrittenName, name: DistinguishedName): boolean {
  return (
    written.length === name.length &&
    written.every((wanted, index) => {
      const found = name[index] ?? []
      return (
        wanted.length === found.length &&
        wanted.every((one) => found.some((other) => isSame(one, other))) &&
        found.every((other) => wanted.some((one) => isSame(one, other)))
      )
    })
  )
}

function isSame(written: WrittenAttribute, found: NameAttribute): boolean {
  if (written.oid !== found.oid) return false
  return 'encoded' in written ? written.encoded === found.encoded : written.text === found.text
}

function readAttribute(type: string, value: string): WrittenAttribute | undefined {
  const isDotted = /^\d/.test(type)
  const oid = isDotted ? type : oids[type.toUpperCase()]
  const encoded = /^#((?:[0-9A-Fa-f]{2})+)$/.exec(value)?.[1]
  if (oid === undefined) return undefined
  if (encoded !== undefined) return { oid, encoded: encoded.toLowerCase() }
  // RFC 4514 §2.4: a type in dots says nothing of how its value is to be read.
  if (isDotted || /^[ #]/.test(value) || /(?<!\\) $/.test(value) || value === '') return undefined
  const text = unescaped(value)
  return text === undefined ? undefined : { oid, text }
}

/** RFC 4514 §3: two digits after a backslash are an octet of UTF-8. */
function unescaped(value: string): string | undefined {
  const octets: Buffer[] = []
  for (const [part] of value.matchAll(/\\[0-9A-Fa-f]{2}|\\.|[^\\]+/gs)) {
    const isOctet = /^\\[0-9A-Fa-f]{2}$/.test(part)
    octets.push(isOctet ? Buffer.from(part.slice(1), 'hex') : Buffer.from(part.replace(/^\\/, '')))
  }
  try {
    const text = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(Buffer.concat(octets))
    return text.includes('\0') ? undefined : text
  } catch {
    return undefined
  }
}
