/** A server that has hashed a password and tells in which process, to be killed by a test. */
import { setInterval } from 'node:timers'
import { createHashingProcess } from '../../src/domain/accounts/hashing-process.ts'

const hashes = createHashingProcess({ onLost: () => {} })
await hashes.hash('a password', { memoryKibibytes: 64, iterations: 2, parallelism: 1 })
process.send?.(hashes.processId())
setInterval(() => {}, 1000)
