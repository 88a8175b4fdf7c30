/** A value of DER (X.690 §8.1): what it is called and what it holds. */
export interface DerValue {
  /** The identifier octet, class and form included: 0x30 is a SEQUENCE, 0x82 the third of a choice in its context. */
  readonly tag: number
  readonly content: Buffer
}

// Certificates have no tag beyond 30 and no value that needs more than three octets to say its length.
const highTag = 0x1f
const mostLengthOctets = 3

/** The values that stand one after the other in `bytes`; undefined if anything else stands there, or a part of one. */
export function readDer(bytes: Buffer): readonly DerValue[] | undefined {
  const values: DerValue[] = []
  for (let at = 0; at < bytes.length;) {
    const tag = bytes[at] ?? 0
    const length = readLength(bytes, at + 1)
    if ((tag & highTag) === highTag || length === undefined) return undefined
    const end = length.after + length.value
    if (end > bytes.length) return undefined
    values.push({ tag, content: bytes.subarray(length.after, end) })
    at = end
  }
  return values
}

/** The values inside of a value that has this tag; undefined if it is another or holds something else. */
export function readInside(value: DerValue | undefined, tag: number): readonly DerValue[] | undefined {
  return value?.tag === tag ? readDer(value.content) : undefined
}

/** An OBJECT IDENTIFIER in dots; undefined if it is none. */
export function readOid({ tag, content }: DerValue): string | undefined {
  const last = content.at(-1)
  if (tag !== 0x06 || last === undefined || last >= 0x80) return undefined
  const arcs: number[] = []
  let arc = 0
  for (const octet of content) {
    arc = arc * 128 + (octet & 0x7f)
    if (arc > Number.MAX_SAFE_INTEGER / 256) return undefined
    if (octet >= 0x80) continue
    arcs.push(arc)
    arc = 0
  }
  const [first = 0, ...others] = arcs
  const top = Math.min(Math.floor(first / 40), 2)
  return [top, first - top * 40, ...others].join('.')
}

/** X.690 §10.1: a length is written in the fewest octets that hold it. */
function readLength(
  bytes: Buffer,
  at: number,
): { readonly value: number; readonly after: number } | undefined {
  const first = bytes[at]
  if (first === undefined) return undefined
  if (first < 0x80) return { value: first, after: at + 1 }
  const octets = first & 0x7f
  const after = at + 1 + octets
  if (octets === 0 || octets > mostLengthOctets || after > bytes.length) return undefined
  const value = bytes.readUIntBE(at + 1, octets)
  const isShortest = value >= 0x80 && value >= 2 ** (8 * (octets - 1))
  return isShortest ? { value, after } : undefined
}
