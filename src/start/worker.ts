/**
 * One of several processes that serve together. It obeys the primary process and not the signals, which a terminal or a
 * supervisor sends to every process at once.
 */
import { z } from 'zod'
import type { ServerConfig } from '../config.ts'
import type { ServerParts } from '../server.ts'
import { ask } from './ask.ts'
import { startInstance } from './instance.ts'
import type { Serving } from './instance.ts'

/** What the primary process says to a worker. */
export const toWorker = z.discriminatedUnion('say', [
  z.object({ say: z.literal('drain') }),
  z.object({ say: z.literal('stop') }),
  z.object({ say: z.literal('cut') }),
  z.object({ say: z.literal('ask'), question: z.number(), path: z.string(), accept: z.string() }),
])

/** What a worker says to the primary process. */
export const toPrimary = z.discriminatedUnion('say', [
  z.object({ say: z.literal('serving') }),
  z.object({ say: z.literal('answer'), question: z.number(), status: z.number(), body: z.string() }),
])

/** Serves until the primary process says stop. */
export async function runWorker(config: ServerConfig, parts: ServerParts): Promise<void> {
  process
    .on('SIGTERM', () => {})
    .on('SIGINT', () => {})
    .on('SIGHUP', () => {})
  const serving = await startInstance(config, parts)
  const cut = new AbortController()
  const stopped = Promise.withResolvers<void>()
  process.on('message', (message) => {
    const { data } = toWorker.safeParse(message)
    if (data?.say === 'drain') serving.beginDrain()
    if (data?.say === 'cut') cut.abort()
    if (data?.say === 'stop') serving.stop(cut.signal).then(stopped.resolve, stopped.reject)
    if (data?.say === 'ask') void answer(serving, data)
  })
  say({ say: 'serving' })
  await stopped.promise
}

async function answer(
  serving: Serving,
  { question, path, accept }: { question: number; path: string; accept: string },
): Promise<void> {
  const reply = await ask(serving.management, path, { accept }).catch(() => ({ status: 503, body: '' }))
  say({ say: 'answer', question, ...reply })
}

function say(message: z.input<typeof toPrimary>): void {
  // The primary process may be gone, and then this one ends too.
  process.send?.(message, undefined, undefined, () => {})
}
