import { z } from 'zod'

/**
 * What people sign in with: an e-mail address or a user name. Both are compared by a folded key, and the same folding
 * makes the key that is stored, so that one person has one account however the name is typed.
 */

const longestEmailOctets = 254 // RFC 5321 §4.5.3.1.3: a path has 256 octets, two of them the angle brackets.
const longestLocalPartOctets = 64 // RFC 5321 §4.5.3.1.1
const longestUsername = 64
const longestLogin = 320

// RFC 5322 §3.2.3 dot-atom with the letters of RFC 6531 §3.3. Quoted local parts, comments and lists have no place:
// parsers disagree about them, and mail would go to somebody else.
const localPart = /^[\p{L}\p{N}\p{M}!#$%&'*+/=?^_`{|}~-]+(?:\.[\p{L}\p{N}\p{M}!#$%&'*+/=?^_`{|}~-]+)*$/u
const domainLabel = /^[\p{L}\p{N}](?:[\p{L}\p{N}\p{M}-]{0,61}[\p{L}\p{N}\p{M}])?$/u
const username = /^[\p{L}\p{N}](?:[\p{L}\p{N}\p{M}._-]*[\p{L}\p{N}\p{M}])?$/u
// Characters that are drawn as nothing, such as U+200B and U+1160, would make two equal-looking names.
const invisible = /\p{Default_Ignorable_Code_Point}/u

/** One e-mail address: exactly one `@`, nothing around it but spaces, and only characters that have one spelling. */
export const emailAddress = z
  .string()
  .max(longestEmailOctets + 66)
  .transform((text) => trimSpaces(text).normalize('NFC'))
  .refine(isEmailAddress, 'must be one e-mail address, such as name@example.com')

/** A user name: letters and digits of any script, and `.`, `_`, `-` between them. Never an `@`. */
export const userName = z
  .string()
  .max(longestLogin)
  .transform((text) => trimSpaces(text).normalize('NFC'))
  .refine(
    isUsername,
    `must have 1 to ${longestUsername} letters and digits, with . _ or - only between them, and no look-alike forms`,
  )

/** The form that makes an address unique. */
export function emailKey(email: string): string {
  return foldText(email)
}

/** The form that makes a user name unique: through upper case, so that `ß`, `ẞ` and `ss` are one (Unicode §5.18). */
export function usernameKey(name: string): string {
  return foldText(foldText(name).toUpperCase())
}

/** Compatibility forms, case and the space around it taken away. */
export function foldText(text: string): string {
  return text.normalize('NFKC').trim().toLowerCase().normalize('NFKC')
}

/** What was typed as a login, read as an address or a user name; undefined if no account can have it. */
export function readLogin(
  login: string,
): { readonly by: 'email' | 'username'; readonly key: string } | undefined {
  if (login.length > longestLogin || !login.isWellFormed() || /\p{Cc}/u.test(login.trim())) return undefined
  const key = foldText(login)
  if (key === '') return undefined
  return key.includes('@') ? { by: 'email', key } : { by: 'username', key: usernameKey(login) }
}

function isEmailAddress(text: string): boolean {
  if (Buffer.byteLength(text) > longestEmailOctets || !hasOneSpelling(text)) return false
  const [local, domain, ...rest] = text.split('@')
  if (local === undefined || domain === undefined || rest.length > 0) return false
  return Buffer.byteLength(local) <= longestLocalPartOctets && localPart.test(local) && isDomain(domain)
}

function isDomain(domain: string): boolean {
  const labels = domain.split('.')
  // A last label of digits is an IP address, and a name of one label belongs to no registered domain.
  return (
    labels.length >= 2 &&
    labels.every((label) => domainLabel.test(label)) &&
    !/^\d+$/.test(labels.at(-1) ?? '')
  )
}

function isUsername(text: string): boolean {
  return Array.from(text).length <= longestUsername && username.test(text) && hasOneSpelling(text)
}

/** T32: full-width letters, ligatures and the like fold into others, so that one text would be two names. */
function hasOneSpelling(text: string): boolean {
  return text.normalize('NFKC') === text && !invisible.test(text)
}

// Not `trim`: a line break at the end of an address is an attempt at a mail header, not a slip of the hand.
function trimSpaces(text: string): string {
  return text.replace(/^ +/, '').replace(/ +$/, '')
}
