/**
 * How a measured server is told what to do: it is a process of its own, and the measuring process talks to it over
 * Node's channel between parent and child, so that nothing but the load reaches its HTTP port.
 */
import { giveBackMemory } from '../../src/start/memory.ts'
import { once } from 'node:events'
import { createServer } from 'node:http'
import type { Server as HttpServer } from 'node:http'
import type { Fixtures } from '../fixtures.ts'

/** What every server is given. */
export interface Setup {
  readonly fixtures: Fixtures
  readonly databaseUrl: string
  /** How many credentials may be remembered; without it, as many as by default. */
  readonly cacheEntries?: number
  /** How many passwords are hashed at the same time; else as without any setting. */
  readonly passwordHashesAtOnce?: number
}

/** One-use values to be made before a measurement. */
export interface Preparation {
  readonly kind: 'code' | 'refreshToken'
  readonly count: number
  /** True for access tokens of the API; else they are for the userinfo endpoint. */
  readonly forApi: boolean
}

/** CPU time of the whole process so far, all its threads and the kernel's work for it included. */
export interface Usage {
  readonly cpuMicroseconds: number
}

/** Memory of the process after everything that is not used any more was collected. */
export interface Memory {
  readonly residentMebibytes: number
  readonly heapMebibytes: number
}

/** The calls a server answers, by name, with what they take and give. */
export interface Calls {
  readonly start: { readonly takes: Setup; readonly gives: { readonly origin: string } }
  readonly usage: { readonly takes: undefined; readonly gives: Usage }
  /** Needs `--expose-gc`. */
  readonly memory: { readonly takes: undefined; readonly gives: Memory }
  readonly prepare: { readonly takes: Preparation; readonly gives: readonly string[] }
  readonly beginCount: { readonly takes: undefined; readonly gives: undefined }
  readonly endCount: { readonly takes: undefined; readonly gives: readonly string[] }
}

/** A call on its way to a server. */
export interface CallMessage {
  readonly id: number
  readonly name: keyof Calls
  readonly argument: unknown
}

/** Its answer. */
export interface AnswerMessage {
  readonly id: number
  readonly result?: unknown
  readonly error?: string
}

/** What a server can do; what it has no use for it leaves out. */
export type Answers = {
  readonly [Name in Exclude<keyof Calls, 'usage' | 'memory'>]?: (
    argument: Calls[Name]['takes'],
  ) => Promise<Calls[Name]['gives']>
}

/** Answers the measuring process until it goes away. */
export function answerCalls(answers: Answers): void {
  process.on('message', (message: CallMessage) => {
    void answer(answers, message).then((reply) => process.send?.(reply))
  })
  process.on('disconnect', () => process.exit(0))
}

async function answer(answers: Answers, { id, name, argument }: CallMessage): Promise<AnswerMessage> {
  try {
    if (name === 'usage') return { id, result: usage() }
    if (name === 'memory') return { id, result: memory() }
    const handler = answers[name] as ((argument: unknown) => Promise<unknown>) | undefined
    if (handler === undefined) throw new Error(`this server knows no ${name}`)
    return { id, result: await handler(argument) }
  } catch (error) {
    return { id, error: error instanceof Error ? (error.stack ?? error.message) : String(error) }
  }
}

function usage(): Usage {
  const { user, system } = process.cpuUsage()
  return { cpuMicroseconds: user + system }
}

function memory(): Memory {
  // What is only waiting to be collected, or to be given back, is not taken by what is kept.
  giveBackMemory()
  const { rss, heapUsed } = process.memoryUsage()
  return { residentMebibytes: rss / 2 ** 20, heapMebibytes: heapUsed / 2 ** 20 }
}

/** Listens on a port of its own, before there is anything to answer: the issuer's name holds the port. */
export async function listen(): Promise<{ readonly listener: HttpServer; readonly origin: string }> {
  const listener = createServer()
  listener.listen(0, '127.0.0.1')
  await once(listener, 'listening')
  const address = listener.address()
  if (address === null || typeof address === 'string') throw new Error('the listener has no port')
  return { listener, origin: `http://127.0.0.1:${address.port}` }
}
