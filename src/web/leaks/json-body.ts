import { Refusal } from '../../platform/errors.ts'

/** The value of a JSON body in UTF-8 (RFC 8259 §8.1). */
export function jsonOf(bytes: Buffer): unknown {
  try {
    return JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes))
  } catch (cause) {
    throw new Refusal('invalid_request', 'The body is not JSON in UTF-8.', { cause })
  }
}
