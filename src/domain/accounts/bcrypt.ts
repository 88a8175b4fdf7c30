/**
 * bcrypt, for hashes that another server made. It looks at the first 72 bytes of a password and no further, and the one
 * that is left to us is written in JavaScript, so it works in a thread of its own: on the main one it would keep every
 * other hash waiting.
 */
import { once } from 'node:events'
import { Worker } from 'node:worker_threads'

/** What is compared. */
export interface BcryptComparison {
  readonly hash: string
  readonly password: string
}

const longestBytes = 72

/** The cost of a hash of a form that can be compared here, or undefined. */
export function bcryptCost(hash: string): number | undefined {
  const [, cost] = /^\$2[aby]\$(\d\d)\$[./A-Za-z0-9]{53}$/.exec(hash) ?? []
  return cost === undefined ? undefined : Number(cost)
}

/** Compares a password with a hash. What bcrypt would not tell apart from another password never matches. */
export async function verifyBcrypt(comparison: BcryptComparison): Promise<boolean> {
  const worker = new Worker(new URL('bcrypt-worker.ts', import.meta.url), { workerData: comparison, env: {} })
  const answer: readonly unknown[] = await once(worker, 'message')
  // Looked at afterwards, so that the time is the same.
  return answer[0] === true && isWhole(comparison.password)
}

/** Of a longer one the rest would not count. bcrypt repeats a password with a NUL between, so `a` NUL `a` is as `a`. */
function isWhole(password: string): boolean {
  return Buffer.byteLength(password) <= longestBytes && !password.includes('\0')
}
