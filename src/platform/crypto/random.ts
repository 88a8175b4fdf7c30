import { randomBytes } from 'node:crypto'

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

/** Makes public identifiers, such as `acc_4fT…`; given at composition so that tests may foresee them. */
export type NewId = (prefix: string) => string

/** An identifier with a readable prefix and 119 random bits: public, never a secret. */
export const randomId: NewId = (prefix) => `${prefix}_${randomBase62(20)}`

/** 256 random bits as base64url: safe in a header, a form and HTTP Basic without any encoding. */
export function randomSecret(): string {
  return randomBytes(32).toString('base64url')
}
