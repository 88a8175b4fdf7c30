/** The work of hashing passwords and comparing them, without any bound of how much is done at once. */
import argon2 from 'argon2'
import { isForeignHash, verifyForeign } from './foreign-hashes.ts'

/** What a hash with argon2id (RFC 9106) is to cost. */
export interface HashParameters {
  readonly memoryKibibytes: number
  readonly iterations: number
  readonly parallelism: number
}

/** Where passwords are hashed. They are normalised already. */
export interface PasswordHashes {
  /** The hash to store, with its salt and parameters in it. */
  readonly hash: (password: string, parameters: HashParameters) => Promise<string>
  readonly verify: (hash: string, password: string) => Promise<boolean>
}

const hashBytes = 32

/** In this process, for commands; a server has a process for it. */
export const hashesHere: PasswordHashes = {
  hash: (password, { memoryKibibytes, iterations, parallelism }) =>
    argon2.hash(password, {
      type: argon2.argon2id,
      hashLength: hashBytes,
      memoryCost: memoryKibibytes,
      timeCost: iterations,
      parallelism,
    }),
  verify: (hash, password) =>
    isForeignHash(hash) ? verifyForeign(hash, password) : argon2.verify(hash, password),
}
