/** Passwords are hashed in a process that gives way to every other: what a hash costs, nobody else waits for (R10). */
import { createBackgroundProcess } from '../../platform/background-process.ts'
import type { BackgroundProcess } from '../../platform/background-process.ts'
import type { HashParameters, PasswordHashes } from './hashes.ts'

/** What the process is asked. */
export type HashingTask =
  | { readonly kind: 'hash'; readonly password: string; readonly parameters: HashParameters }
  | { readonly kind: 'verify'; readonly password: string; readonly hash: string }

/** Such a process, seen from the server. */
export type HashingProcess = PasswordHashes &
  Pick<BackgroundProcess<HashingTask, unknown>, 'processId' | 'close'>

/** Where a server hashes passwords. `onLost` is told how the process ended when nobody wanted it to. */
export function createHashingProcess(parts: { readonly onLost: (how: string) => void }): HashingProcess {
  const entry = new URL('hashing-main.ts', import.meta.url)
  const { ask, processId, close } = createBackgroundProcess<HashingTask, string | boolean>(entry, parts)
  return {
    hash: async (password, { memoryKibibytes, iterations, parallelism }) =>
      String(await ask({ kind: 'hash', password, parameters: { memoryKibibytes, iterations, parallelism } })),
    verify: async (hash, password) => (await ask({ kind: 'verify', hash, password })) === true,
    processId,
    close,
  }
}
