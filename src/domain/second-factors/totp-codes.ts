/**
 * Codes of authenticator apps (RFC 6238) as such: seeds, addresses for apps, and which time step a code belongs to.
 * SHA-1, six digits and thirty seconds, because that is what every app understands; HMAC is not hurt by what SHA-1 lacks.
 */
import { generateSecret, generateURI, verifySync } from 'otplib'

// RFC 4226 §4 R6 recommends 160 bits; NIST SP 800-63B-4 §3.1.4 wants 112.
const seedBytes = 20
const stepSeconds = 30
// ASVS 6.5.5 wants codes to live thirty seconds, and people type slowly: the code before is taken for a moment longer.
const graceSeconds = 10

/** A new seed, as base32: what the app and this server both know. */
export function newSeed(): string {
  return generateSecret({ length: seedBytes })
}

/** What a seed is put into an app with, by scanning it or following it. */
export function otpauthUrl(given: {
  readonly issuer: string
  readonly accountName: string
  readonly seed: string
}): string {
  // A colon separates the issuer from the name, so neither may have one.
  const [issuer, label] = [given.issuer, given.accountName].map((text) => text.replaceAll(':', ' ').trim())
  return generateURI({ issuer: issuer ?? '', label: label ?? '', secret: given.seed })
}

/** A code as it was meant: apps show it in groups, and people copy it with the space. */
export function readTotpCode(typed: string): string | undefined {
  const code = typed.replaceAll(/[\s-]/g, '')
  return /^[0-9]{6}$/.test(code) ? code : undefined
}

/** The time step that a code belongs to, if it is the present one or has only just been; by the server's clock. */
export function stepOfCode(seed: string, code: string, now: Date): number | undefined {
  const epoch = Math.floor(now.getTime() / 1000)
  const result = verifySync({
    secret: seed,
    token: code,
    epoch,
    period: stepSeconds,
    epochTolerance: [graceSeconds, 0],
  })
  return result.valid && 'timeStep' in result ? result.timeStep : undefined
}
