/**
 * A TCP proxy in front of PostgreSQL that holds one kind of statement: on its way there, or its answer on the way back.
 * With the server killed meanwhile, these are the moments before and after a commit, without a hook in the server.
 */
import { once } from 'node:events'
import { connect, createServer } from 'node:net'
import type { Socket } from 'node:net'
import { targetOf, throughPort } from '../support/postgres-address.ts'

/** A way to PostgreSQL on which statements can be held. */
export interface StatementProxy {
  /** The given url, by way of the proxy. */
  readonly url: string
  /** Holds every statement of the name from now on: before it arrives, or after it was executed. */
  readonly hold: (what: 'request' | 'answer') => void
  /** How many are held. Of an answer that is held, the statement has committed. */
  readonly heldCount: () => number
  /** Sends the held requests on, whoever sent them, and returns when PostgreSQL has answered all of them. */
  readonly deliver: () => Promise<void>
  readonly close: () => Promise<void>
}

interface Line {
  readonly near: Socket
  readonly far: Socket
  /** True from the moment the statement has been seen. */
  marked: boolean
  readonly held: Buffer[]
}

/** Starts a proxy that looks for the named statement. */
export async function startStatementProxy(url: string, statementName: string): Promise<StatementProxy> {
  const target = targetOf(url)
  // As PostgreSQL's protocol writes a name, in Parse and in Bind (§54.7).
  const mark = Buffer.from(`${statementName}\0`)
  const lines = new Set<Line>()
  let holding: 'request' | 'answer' | undefined
  const server = createServer((near) => {
    const line: Line = { near, far: connect(target), marked: false, held: [] }
    const { far } = line
    lines.add(line)
    near.on('data', (data: Buffer) => {
      if (holding !== undefined && data.includes(mark)) line.marked = true
      if (line.marked && holding === 'request') line.held.push(data)
      else far.write(data)
    })
    far.on('data', (data: Buffer) => {
      if (line.marked) line.held.push(data)
      else near.write(data)
    })
    near.on('error', () => {})
    far.on('error', () => {})
    near.on('close', () => line.marked || far.destroy())
    far.on('close', () => near.destroy())
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  if (address === null || typeof address === 'string') throw new Error('the proxy has no port')
  const heldLines = () => [...lines].filter(({ held }) => held.length > 0)
  return {
    url: throughPort(url, address.port),
    hold: (what) => (holding = what),
    heldCount: () => heldLines().length,
    deliver: async () => {
      await Promise.all(
        heldLines().map(async ({ far, held }) => {
          const answered = once(far, 'data')
          far.write(Buffer.concat(held.splice(0)))
          await answered
        }),
      )
    },
    close: async () => {
      for (const { near, far } of lines) {
        near.destroy()
        far.destroy()
      }
      server.close()
      await once(server, 'close')
    },
  }
}
