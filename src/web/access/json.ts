import { Refusal } from '../../platform/errors.ts'

const quote = 0x22
const backslash = 0x5c
const colon = 0x3a
const opening = new Set([0x5b, 0x7b])
const closing = new Set([0x5d, 0x7d])
// Of ours, the deepest member is four levels down; what a caller sends along for others may be deeper.
const deepest = 32

const utf8 = new TextDecoder('utf-8', { fatal: true })

/**
 * The value of a JSON body (RFC 8259), read so strictly that nobody else can read it differently: UTF-8, of bounded depth,
 * and no member twice, of which one reader keeps the first and another the last.
 */
export function readJson(bytes: Uint8Array): unknown {
  try {
    const text = utf8.decode(bytes)
    const written = countWritten(text)
    const value: unknown = JSON.parse(text)
    // In JSON that parses, a colon outside of strings stands for one member.
    if (written === countMembers(value)) return value
  } catch (cause) {
    if (cause instanceof Refusal) throw cause
    throw new Refusal('invalid_request', 'The body is not JSON in UTF-8.', { cause })
  }
  throw new Refusal('invalid_request', 'The body holds a member twice.')
}

/** The members as they are written; refuses what would be deep. */
function countWritten(text: string): number {
  let members = 0
  let depth = 0
  let isInString = false
  for (let at = 0; at < text.length; at += 1) {
    const code = text.charCodeAt(at)
    if (code === quote) isInString = !isInString
    else if (isInString) at += code === backslash ? 1 : 0
    else if (code === colon) members += 1
    else if (opening.has(code)) depth += 1
    else if (closing.has(code)) depth -= 1
    if (depth > deepest) throw new Refusal('invalid_request', `The body is nested deeper than ${deepest}.`)
  }
  return members
}

function countMembers(value: unknown): number {
  if (typeof value !== 'object' || value === null) return 0
  const parts: unknown[] = Object.values(value)
  let members = Array.isArray(value) ? 0 : parts.length
  for (const part of parts) members += countMembers(part)
  return members
}
