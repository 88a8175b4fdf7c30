import { randomBytes, randomFillSync } from 'node:crypto'

const base62 = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz'

// 248 is the largest multiple of 62 that fits a byte: bytes above it are thrown away, so no character is more likely.
const unbiasedLimit = 248

/** Text of `length` base62 characters from the system's generator: about 5.95 bits each. */
export function randomBase62(length: number): string {
  let text = ''
  while (text.length < length) {
    for (const byte of randomBytes(length - text.length + 8)) {
      if (byte < unbiasedLimit && text.length < length) text += base62[byte % 62]
    }
  }
  return text
}

const base32 = '0123456789ABCDEFGHJKMNPQRSTVWXYZ'

/** Text of `length` characters of Crockford's base32, which has no letter that looks like a digit: 5 bits each. */
export function randomBase32(length: number): string {
  return Array.from(randomBytes(length), (byte) => base32[byte % 32]).join('')
}

// Asking the system costs the same for four thousand bytes as for a few. The names of requests are public, so it does no
// harm that the next ones stand in memory already; secrets are never made of these.
const stock = Buffer.alloc(4096)
let used = stock.length

/** A name for a request, of 95 random bits: for the log and the answer, never a secret. */
export function randomRequestId(): string {
  let text = ''
  while (text.length < 16) {
    if (used === stock.length) {
      randomFillSync(stock)
      used = 0
    }
    const byte = stock[used] ?? unbiasedLimit
    used += 1
    if (byte < unbiasedLimit) text += base62[byte % 62]
  }
  return text
}

/** Makes public identifiers, such as `acc_4fT…`; given at composition so that tests may foresee them. */
export type NewId = (prefix: string) => string

/** An identifier with a readable prefix and 119 random bits: public, never a secret. */
export const randomId: NewId = (prefix) => `${prefix}_${randomBase62(20)}`

/** 256 random bits as base64url: safe in a header, a form and HTTP Basic without any encoding. */
export function randomSecret(): string {
  return randomBytes(32).toString('base64url')
}
