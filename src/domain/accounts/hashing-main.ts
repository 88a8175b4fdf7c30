/** The process that hashes passwords, started by `hashing-process.ts`. */
import { answerTasks } from '../../platform/background-process.ts'
import { hashesHere } from './hashes.ts'
import type { HashingTask } from './hashing-process.ts'

answerTasks((task: HashingTask) =>
  task.kind === 'hash'
    ? hashesHere.hash(task.password, task.parameters)
    : hashesHere.verify(task.hash, task.password),
)
