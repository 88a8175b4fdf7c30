/** The thread of one comparison with a bcrypt hash. It loads nothing else: it is started for each. */
import { parentPort, workerData } from 'node:worker_threads'
import { compareSync } from 'bcryptjs'
import type { BcryptComparison } from './bcrypt.ts'

const { hash, password }: BcryptComparison = workerData
// oxlint-disable-next-line unicorn/require-post-message-target-origin -- a thread's port has no origin
parentPort?.postMessage(compareSync(password, hash))
