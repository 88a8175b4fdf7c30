/**
 * Password hashes that another server made, taken over as they are and replaced at the first sign-in: scrypt and PBKDF2
 * in the form of the PHC, in that of passlib, and Django's; bcrypt; argon2 is our own. What a hash may cost is bounded,
 * because whoever imports one decides what every attempt at it costs us.
 */
import { pbkdf2, scrypt } from 'node:crypto'
import { equalDigests } from '../../platform/crypto/digest.ts'
import { bcryptCost, verifyBcrypt } from './bcrypt.ts'

/** Why a hash cannot be taken over. */
export type HashProblem = 'unknown_form' | 'too_costly' | 'too_weak'

type Parsed =
  | { readonly kind: 'argon2'; readonly kibibytesTimesIterations: number }
  | { readonly kind: 'bcrypt'; readonly cost: number }
  | {
      readonly kind: 'scrypt'
      readonly cost: number
      readonly blockSize: number
      readonly parallelization: number
      readonly salt: Buffer
      readonly digest: Buffer
    }
  | {
      readonly kind: 'pbkdf2'
      readonly algorithm: 'sha1' | 'sha256' | 'sha512'
      readonly iterations: number
      readonly salt: Buffer
      readonly digest: Buffer
    }

const mostScryptBytes = 64 * 1024 * 1024
const mostLanes = 4
const mostIterations = 2_000_000
const fewestIterations = 1000
const mostArgon2Kibibytes = 256 * 1024
const mostArgon2KibibytesTimesIterations = 2 * mostArgon2Kibibytes
// A step more takes twice as long, and every attempt waits for it, whoever's account it names. Peers make 10 to 13.
const mostBcryptCost = 13
const leastBcryptCost = 4
const digestBytes = { sha1: 20, sha256: 32, sha512: 64 }

/** What is wrong with a hash from elsewhere, or undefined for one that can be verified here. */
export function foreignHashProblem(hash: string): HashProblem | undefined {
  const parsed = parseHash(hash)
  return typeof parsed === 'string' ? parsed : undefined
}

/** True for a hash that `verifyForeign` is for; ours are argon2's business. */
export function isForeignHash(hash: string): boolean {
  return !hash.startsWith('$argon2')
}

/** What a comparison costs, as a part of the most that one may. */
export function costOfHash(hash: string): number {
  const parsed = parseHash(hash)
  if (parsed === 'too_costly') return 1
  return typeof parsed === 'string' ? 0 : costOf(parsed)
}

function costOf(parsed: Parsed): number {
  switch (parsed.kind) {
    case 'argon2':
      return parsed.kibibytesTimesIterations / mostArgon2KibibytesTimesIterations
    case 'bcrypt':
      return 2 ** (parsed.cost - mostBcryptCost)
    case 'scrypt':
      return (128 * parsed.cost * parsed.blockSize * parsed.parallelization) / (mostScryptBytes * mostLanes)
    case 'pbkdf2':
      return pbkdf2Rounds(parsed) / mostIterations
  }
}

/** Compares a password with a hash from elsewhere. */
export async function verifyForeign(hash: string, password: string): Promise<boolean> {
  const parsed = parseHash(hash)
  if (typeof parsed === 'string' || parsed.kind === 'argon2') return false
  if (parsed.kind === 'bcrypt') return verifyBcrypt({ hash, password })
  return equalDigests(parsed.digest, await digestOf(parsed, password))
}

function parseHash(hash: string): Parsed | HashProblem {
  if (hash.length > 500) return 'unknown_form'
  return parseArgon2(hash) ?? parseBcrypt(hash) ?? parseScrypt(hash) ?? parsePbkdf2(hash) ?? 'unknown_form'
}

function parseArgon2(hash: string): Parsed | HashProblem | undefined {
  const [, text] =
    /^\$argon2(?:id|i|d)\$v=19\$((?:[mtp]=\d{1,9}(?:,|(?=\$))){3})\$[A-Za-z0-9+/]{11,86}\$[A-Za-z0-9+/]{22,172}$/.exec(
      hash,
    ) ?? []
  if (text === undefined) return undefined
  // Libraries write them in different orders.
  const given = new Map(text.split(',').map((part) => [part.slice(0, 1), Number(part.slice(2))]))
  const [memory, iterations, lanes] = [given.get('m'), given.get('t'), given.get('p')]
  if (memory === undefined || iterations === undefined || lanes === undefined) return 'unknown_form'
  if (memory > mostArgon2Kibibytes || iterations > 20 || lanes > 16) return 'too_costly'
  if (memory * iterations > mostArgon2KibibytesTimesIterations) return 'too_costly'
  if (lanes < 1 || memory < 8 * lanes || iterations < 1) return 'too_weak'
  return { kind: 'argon2', kibibytesTimesIterations: memory * iterations }
}

function parseBcrypt(hash: string): Parsed | HashProblem | undefined {
  const cost = bcryptCost(hash)
  if (cost === undefined) return undefined
  if (cost > mostBcryptCost) return 'too_costly'
  return cost < leastBcryptCost ? 'too_weak' : { kind: 'bcrypt', cost }
}

function parseScrypt(hash: string): Parsed | HashProblem | undefined {
  const [, log, blockSize, parallelization, salt = '', digest = ''] =
    /^\$scrypt\$ln=(\d{1,2}),r=(\d{1,2}),p=(\d{1,2})\$([A-Za-z0-9+/=]{4,172})\$([A-Za-z0-9+/=]{22,172})$/.exec(
      hash,
    ) ?? []
  if (log === undefined) return undefined
  const [cost, block, lanes] = [2 ** Number(log), Number(blockSize), Number(parallelization)]
  if (cost < 1024 || block < 1 || lanes < 1) return 'too_weak'
  // RFC 7914 §2: there is no scrypt of these, so nothing could be compared with it.
  if (cost >= 2 ** (16 * block)) return 'unknown_form'
  if (128 * cost * block > mostScryptBytes || lanes > mostLanes) return 'too_costly'
  return {
    kind: 'scrypt',
    cost,
    blockSize: block,
    parallelization: lanes,
    salt: Buffer.from(salt, 'base64'),
    digest: Buffer.from(digest, 'base64'),
  }
}

function parsePbkdf2(hash: string): Parsed | HashProblem | undefined {
  const ours =
    /^\$pbkdf2(?:-(sha1|sha256|sha512))?\$(?:i=)?(\d{1,9})(?:,l=\d{1,3})?\$([^$]{4,172})\$([^$]{22,172})$/
  const [, name = 'sha1', iterations, salt = '', digest = ''] = ours.exec(hash) ?? []
  if (iterations !== undefined) {
    return pbkdf2Of(name, Number(iterations), { salt: fromPasslib(salt), digest: fromPasslib(digest) })
  }
  const [, django, rounds, text = '', value = ''] =
    /^pbkdf2_(sha1|sha256|sha512)\$(\d{1,9})\$([A-Za-z0-9]{1,100})\$([A-Za-z0-9+/=]{22,172})$/.exec(hash) ??
    []
  if (django === undefined) return undefined
  return pbkdf2Of(django, Number(rounds), { salt: Buffer.from(text), digest: Buffer.from(value, 'base64') })
}

function pbkdf2Of(
  algorithm: string,
  iterations: number,
  rest: { readonly salt: Buffer; readonly digest: Buffer },
): Parsed | HashProblem {
  if (algorithm !== 'sha1' && algorithm !== 'sha256' && algorithm !== 'sha512') return 'unknown_form'
  if (pbkdf2Rounds({ algorithm, iterations, ...rest }) > mostIterations) return 'too_costly'
  if (iterations < fewestIterations || rest.digest.length < 16) return 'too_weak'
  return { kind: 'pbkdf2', algorithm, iterations, ...rest }
}

/** RFC 8018 §5.2: all iterations are done again for each part of the digest that is as long as the hash. */
function pbkdf2Rounds({
  algorithm,
  iterations,
  digest,
}: Pick<Extract<Parsed, { kind: 'pbkdf2' }>, 'algorithm' | 'iterations' | 'digest'>): number {
  return iterations * Math.ceil(digest.length / digestBytes[algorithm])
}

/** passlib writes a full stop where base64 has a plus. */
function fromPasslib(text: string): Buffer {
  return Buffer.from(text.replaceAll('.', '+'), 'base64')
}

function digestOf(parsed: Extract<Parsed, { kind: 'scrypt' | 'pbkdf2' }>, password: string): Promise<Buffer> {
  const { salt, digest } = parsed
  return new Promise((resolve, reject) => {
    const done = (error: Error | null, derived: Buffer): void => {
      if (error === null) resolve(derived)
      else reject(error)
    }
    if (parsed.kind === 'pbkdf2') {
      pbkdf2(password, salt, parsed.iterations, digest.length, parsed.algorithm, done)
      return
    }
    const { cost, blockSize, parallelization } = parsed
    // Node refuses by default what takes more than 32 MiB.
    const maxmem = 2 * mostScryptBytes
    scrypt(password, salt, digest.length, { cost, blockSize, parallelization, maxmem }, done)
  })
}
