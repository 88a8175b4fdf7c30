import { spawn } from 'node:child_process'
import type { ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import type { AnswerMessage, CallMessage, Calls, Setup } from './servers/protocol.ts'

/** The servers that can be measured. */
export type ServerName = 'koa' | 'bare' | 'latchkey'

/** A measured server in a process of its own. */
export interface MeasuredServer {
  readonly origin: string
  readonly processId: number
  readonly call: <Name extends keyof Calls>(
    name: Name,
    argument: Calls[Name]['takes'],
  ) => Promise<Calls[Name]['gives']>
  readonly stop: () => Promise<void>
}

/** Where a server's standard output goes, and Node's own options for it. */
export interface ServerOptions {
  /** An open file: what is logged costs as much as where lines are kept. */
  readonly output: number
  readonly nodeOptions: readonly string[]
}

/** Starts a server and waits until it listens. */
export async function startServer(
  name: ServerName,
  setup: Setup,
  { output, nodeOptions }: ServerOptions,
): Promise<MeasuredServer> {
  const file = join(import.meta.dirname, 'servers', `${name}.ts`)
  const child = spawn(process.execPath, [...nodeOptions, file], {
    stdio: ['ignore', output, 'inherit', 'ipc'],
    // What the library says about development settings is known and wanted here.
    env: { ...process.env, NODE_ENV: '', NODE_NO_WARNINGS: '1' },
  })
  const call = callerOf(child)
  const { origin } = await call('start', setup)
  return {
    origin,
    processId: child.pid ?? 0,
    call,
    stop: async () => {
      const exited = once(child, 'exit')
      child.disconnect()
      await exited
    },
  }
}

function callerOf(child: ChildProcess): MeasuredServer['call'] {
  const waiting = new Map<number, PromiseWithResolvers<unknown>>()
  let lastId = 0
  child.on('message', ({ id, result, error }: AnswerMessage) => {
    const call = waiting.get(id)
    waiting.delete(id)
    if (error === undefined) call?.resolve(result)
    else call?.reject(new Error(error))
  })
  child.on('exit', (code) => {
    for (const call of waiting.values()) call.reject(new Error(`a measured server ended with ${code}`))
  })
  return <Name extends keyof Calls>(name: Name, argument: Calls[Name]['takes']) => {
    lastId += 1
    const call = Promise.withResolvers<unknown>()
    waiting.set(lastId, call)
    const message: CallMessage = { id: lastId, name, argument }
    child.send(message)
    return call.promise as Promise<Calls[Name]['gives']>
  }
}
