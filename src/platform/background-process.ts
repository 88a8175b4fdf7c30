/**
 * A process of its own with low priority, for work that is costly on purpose: on a machine whose cores are all taken
 * by it, everything else is still answered at once. It begins with the first task and ends when there was none for a while,
 * so a server that never needs it has none. Its environment is empty: it is given nothing but its tasks.
 */
import { fork } from 'node:child_process'
import type { ChildProcess } from 'node:child_process'
import { setPriority } from 'node:os'
import { Refusal } from './errors.ts'

/** Such a process, seen from the server. */
export interface BackgroundProcess<Task, Result> {
  /** Rejects with `temporarily_unavailable` if the process dies meanwhile; the next task starts another one. */
  readonly ask: (task: Task) => Promise<Result>
  /** Its id while it runs. */
  readonly processId: () => number | undefined
  /** Ends it, if it runs, and with it what it is asked. */
  readonly close: () => void
}

interface Numbered<Task> {
  readonly id: number
  readonly task: Task
}

type Answer<Result> =
  | { readonly id: number; readonly result: Result }
  | { readonly id: number; readonly failed: true }

interface Running<Task, Result> {
  readonly child: ChildProcess
  readonly ask: (task: Task) => Promise<Result>
  readonly isIdle: () => boolean
}

const idleMilliseconds = 60_000
// Whatever else wants a core comes first.
const lowPriority = 19

/** Starts nothing yet. `entry` is the module of the process, which calls `answerTasks`. */
export function createBackgroundProcess<Task, Result>(
  entry: URL,
  { onLost }: { readonly onLost: (how: string) => void },
): BackgroundProcess<Task, Result> {
  let running: Running<Task, Result> | undefined
  let idle: NodeJS.Timeout | undefined
  const end = (): void => {
    clearTimeout(idle)
    const { child } = running ?? {}
    running = undefined
    if (child?.connected === true) child.disconnect()
  }
  const start = (): Running<Task, Result> => {
    const started = run<Task, Result>(entry)
    const lose = (how: string): void => {
      if (running !== started) return
      running = undefined
      onLost(how)
    }
    started.child.on('exit', (code, signal) => lose(signal ?? `exit code ${code}`))
    // It could not be started, or not be reached: nobody else is sent to it.
    started.child.on('error', ({ message }) => lose(message))
    return started
  }
  return {
    ask: async (task) => {
      clearTimeout(idle)
      running ??= start()
      const { ask, isIdle } = running
      try {
        return await ask(task)
      } finally {
        if (isIdle()) {
          clearTimeout(idle)
          idle = setTimeout(end, idleMilliseconds).unref()
        }
      }
    },
    processId: () => running?.child.pid,
    close: end,
  }
}

function run<Task, Result>(entry: URL): Running<Task, Result> {
  const child = fork(entry, { execArgv: [], env: {}, stdio: ['ignore', 'ignore', 'inherit', 'ipc'] })
  const asked = new Map<number, PromiseWithResolvers<Result>>()
  let lastId = 0
  child.on('message', (answer: Answer<Result>) => {
    const waiting = asked.get(answer.id)
    asked.delete(answer.id)
    if (asked.size === 0) child.channel?.unref()
    if ('failed' in answer) waiting?.reject(new Error('a task failed in the background'))
    else waiting?.resolve(answer.result)
  })
  const lose = (): void => {
    for (const { reject } of asked.values()) reject(lost())
    asked.clear()
  }
  child.on('exit', lose)
  child.on('error', lose)
  // The server may end when nobody waits for an answer; the process ends with it.
  child.unref()
  child.channel?.unref()
  return {
    child,
    ask: (task) => {
      child.channel?.ref()
      const answer = Promise.withResolvers<Result>()
      lastId += 1
      asked.set(lastId, answer)
      const message: Numbered<Task> = { id: lastId, task }
      child.send(message, (error) => {
        if (error !== null) answer.reject(lost())
      })
      return answer.promise
    },
    isIdle: () => asked.size === 0,
  }
}

function lost(): Refusal {
  return new Refusal('temporarily_unavailable', 'The server is busy. Try again in a moment.', {
    retryAfterSeconds: 2,
  })
}

/** What the module of such a process calls: answers the tasks it is sent, several at once, until the server is gone. */
export function answerTasks(work: (task: never) => Promise<unknown>): void {
  setPriority(lowPriority)
  process.on('message', ({ id, task }: Numbered<never>) => {
    work(task).then(
      (result) => process.send?.({ id, result }),
      // What went wrong may quote a secret of the task, and would end up in a log.
      () => process.send?.({ id, failed: true }),
    )
  })
  process.on('disconnect', () => process.exit())
  // Ctrl-C reaches every process of a terminal; the server decides when this one goes.
  process.on('SIGINT', () => {})
  process.on('SIGTERM', () => {})
}
