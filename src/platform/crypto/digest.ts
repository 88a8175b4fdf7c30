import { createHmac, hash, timingSafeEqual } from 'node:crypto'

/** SHA-256 of bytes, or of UTF-8 text. 256 random bits need no slow hash: there is nothing to guess. */
export function sha256(content: string | Buffer): Buffer {
  return hash('sha256', content, 'buffer')
}

/** The same as lower-case hexadecimal. */
export function sha256Hex(text: string): string {
  return hash('sha256', text, 'hex')
}

/**
 * SHA-1 of UTF-8 text, in hexadecimal. Only to ask services of leaked passwords, whose lists are kept by it; nothing here
 * relies on it (ASVS 11.4.1).
 */
export function sha1Hex(text: string): string {
  return hash('sha1', text, 'hex')
}

/** HMAC-SHA-256 of UTF-8 text. */
export function hmacSha256(key: Buffer, text: string): Buffer {
  return createHmac('sha256', key).update(text).digest()
}

/** Compares two digests in constant time; digests of different length are different. */
export function equalDigests(left: Buffer, right: Buffer): boolean {
  return left.length === right.length && timingSafeEqual(left, right)
}
