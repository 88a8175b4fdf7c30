// RFC 5322 specials other than the `@` itself, spaces, and control characters: with one of them, a line of header could name
// somebody else or several people.
const separating = /[\p{Cc}\p{Z}\p{Cf},;:<>()[\]\\"]/u

/**
 * T32: refuses whatever a mail program might read as more than one address, or as another one. The door has checked what a
 * person typed; this is the last look before the envelope.
 */
export function requireOneAddress(address: string): string {
  const parts = address.split('@')
  const isOne =
    parts.length === 2 &&
    parts.every((part) => part !== '') &&
    address.length <= 320 &&
    address.isWellFormed() &&
    !separating.test(address) &&
    // Full-width signs and letters fold into others, an `@` among them.
    address.normalize('NFKC') === address
  if (!isOne) throw new TypeError('not one e-mail address')
  return address
}
