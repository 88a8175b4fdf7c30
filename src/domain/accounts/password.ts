import { randomBytes } from 'node:crypto'
import argon2 from 'argon2'
import { Refusal } from '../../platform/errors.ts'
import { isCommonPassword } from './blocklist.ts'
import { kindOf, remainingWork } from './hash-kinds.ts'
import { hashesHere } from './hashes.ts'
import type { HashParameters, PasswordHashes } from './hashes.ts'
import { foldText } from './names.ts'
import { isMadeOf, isRepetition, isSequence, repeatedPart } from './predictable.ts'
import { createTurns } from './turns.ts'

/** What a password costs to try, and how many may be tried at once. */
export interface PasswordHashing extends HashParameters {
  readonly maxConcurrent: number
  readonly maxWaiting: number
}

/** Hashes passwords and compares them, within its bounds of work at once. */
export interface PasswordHasher {
  /** Whether somebody without a line of their own would be refused now. */
  readonly isFull: () => boolean
  /** The hash to store, with its salt and parameters in it. */
  readonly hash: (password: string) => Promise<string>
  /** Compares with a stored hash; without one it does the same work and says no. */
  readonly verify: (
    storedHash: string | undefined,
    password: string,
    options?: ComparisonOptions,
  ) => Promise<PasswordVerdict>
}

/** How a password is compared. */
export interface ComparisonOptions {
  /** Waits in a line of its own, which is served before the other. */
  readonly first?: boolean
  /** The kinds of hashes that it might have been compared with: a rejection costs as much as all of them. */
  readonly kinds?: readonly string[]
  /** Whether the right password is rejected as well. */
  readonly hidesMatch?: boolean
}

/** Whether the password is the right one, and whether its hash was made with other parameters than today's. */
export interface PasswordVerdict {
  readonly matches: boolean
  readonly needsRehash: boolean
}

const shortestPassword = 15
const shortestWithSecondFactor = 8
const longestPassword = 200
const saltBytes = 16
const hashBytes = 32
const refused: PasswordVerdict = { matches: false, needsRehash: false }

/** A hasher. A full line of waiting work is refused with `temporarily_unavailable`. */
export function createPasswordHasher(
  hashing: PasswordHashing,
  hashes: PasswordHashes = hashesHere,
): PasswordHasher {
  const { memoryKibibytes: memoryCost, iterations: timeCost, parallelism } = hashing
  const parameters = { memoryCost, timeCost, parallelism }
  const decoy = decoyHash(hashing)
  const turns = createTurns(hashing)
  return {
    isFull: turns.isFull,
    hash: async (password) => {
      const normalised = readPassword(password)
      if (normalised === undefined)
        throw new Refusal('weak_password', 'The password is too long or is not text.')
      return turns.take(() => hashes.hash(normalised, hashing))
    },
    verify: async (storedHash, password, options = {}) => {
      const normalised = readPassword(password)
      // Answered by the password alone, so it tells nothing of the account.
      if (normalised === undefined) return refused
      const { kinds = [], hidesMatch = false } = options
      const matches = await turns.take(async () => {
        const isMatch = await hashes.verify(storedHash ?? decoy, normalised)
        if (!isMatch || hidesMatch) {
          const rest = remainingWork(storedHash ?? decoy, [kindOf(decoy), ...kinds])
          // Nobody is kept out by a hash in the table that cannot be read.
          for (const hash of rest) await hashes.verify(hash, normalised).catch(() => false)
        }
        return isMatch
      }, options)
      if (!matches || storedHash === undefined) return refused
      // What another server hashed is hashed our way at the first sign-in.
      const isOurs = storedHash.startsWith('$argon2id$')
      return { matches, needsRehash: !isOurs || argon2.needsRehash(storedHash, parameters) }
    },
  }
}

/** Why a new password is not accepted. */
export type PasswordProblem =
  | 'too_short'
  | 'too_long'
  | 'contains_control'
  | 'is_your_name_or_address'
  | 'is_a_context_word'
  | 'is_common'
  | 'is_predictable'

/** Whose password it will be, and the words of this installation: its name, its hosts, the organisation's. */
export interface PasswordContext {
  readonly email: string
  readonly username?: string | undefined
  /** The person's own name. */
  readonly name?: string | undefined
  readonly contextWords: readonly string[]
  /** As `minimumPasswordLengthFor` says; without it the password is taken for the only factor. */
  readonly minimumLength?: number | undefined
}

/** NIST SP 800-63B-4 §3.1.1.2: fifteen where the password is the only factor, eight where another is always asked for. */
export function minimumPasswordLengthFor({
  secondFactorEnforced,
}: {
  readonly secondFactorEnforced: boolean
}): number {
  return secondFactorEnforced ? shortestWithSecondFactor : shortestPassword
}

/**
 * Judges a new password by NIST SP 800-63B-4 §3.1.1.2: its length in code points and what it is as a whole. No rule
 * asks for kinds of characters, and a long password that happens to contain a word is a good one.
 */
export function checkNewPassword(password: string, context: PasswordContext): PasswordProblem | undefined {
  if (isTooLong(password)) return 'too_long'
  // Nobody can type a control character again tomorrow, and half a surrogate pair is stored as something else.
  if (/[\p{Cc}\p{Cs}]/u.test(password)) return 'contains_control'
  const normalised = password.normalize('NFC')
  if (codePoints(normalised) < (context.minimumLength ?? shortestPassword)) return 'too_short'
  return expectedAs(foldText(normalised), context)
}

/** What somebody who guesses would expect it to be, from the nearest to the widest. */
function expectedAs(folded: string, context: PasswordContext): PasswordProblem | undefined {
  const names = namesOf(context)
  const words = context.contextWords.map(foldText)
  if (names.includes(folded)) return 'is_your_name_or_address'
  if (words.includes(folded) || isMadeOf(folded, words)) return 'is_a_context_word'
  if (isMadeOf(folded, [...names.flatMap(partsOf), ...words])) return 'is_your_name_or_address'
  if (isSequence(folded) || isRepetition(folded)) return 'is_predictable'
  return isCommonPassword(folded) || isCommonPassword(repeatedPart(folded)) ? 'is_common' : undefined
}

function namesOf({ email, username, name }: PasswordContext): string[] {
  const names = [email, email.split('@')[0], username, name]
  return names.filter((text) => text !== undefined && text.trim() !== '').map((text) => foldText(text ?? ''))
}

/** A name as a whole, and its parts: `ada.lovelace` is also `ada` and `lovelace`. */
function partsOf(name: string): string[] {
  return [name, ...name.split(/[^\p{L}\p{M}]+/u)]
}

/** The form that is hashed: NFC, so that every keyboard writes the same password. Nothing is cut off. */
function readPassword(password: string): string | undefined {
  return isTooLong(password) || !password.isWellFormed() ? undefined : password.normalize('NFC')
}

function isTooLong(password: string): boolean {
  // A code point takes at most eight units in any spelling, so a megabyte is refused without being looked at.
  return password.length > longestPassword * 8 || codePoints(password.normalize('NFC')) > longestPassword
}

function codePoints(text: string): number {
  return Array.from(text).length
}

/**
 * T31: compared in place of a hash that is missing, so that an unknown login costs what a known one does. The bytes
 * are random, and nobody has a password for them.
 */
function decoyHash({ memoryKibibytes, iterations, parallelism }: PasswordHashing): string {
  const [salt, hash] = [randomBytes(saltBytes), randomBytes(hashBytes)].map((bytes) =>
    bytes.toString('base64').replaceAll('=', ''),
  )
  return `$argon2id$v=19$m=${memoryKibibytes},t=${iterations},p=${parallelism}$${salt}$${hash}`
}
