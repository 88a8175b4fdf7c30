/**
 * One of several processes that serve together. It obeys the primary process and not the signals, which a terminal or a
 * supervisor sends to every process at once.
 */
import { z } from 'zod'
import type { ServerConfig } from '../config.ts'
import type { ServerParts } from '../composition/floor.ts'
import { ask } from './ask.ts'
import { startInstance } from './instance.ts'
import type { Serving } from './instance.ts'
import { aborted } from './signals.ts'

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

/** Serves until the primary process says stop, which it may do while this one still starts. */
export async function runWorker(config: ServerConfig, parts: ServerParts): Promise<void> {
  process
    .on('SIGTERM', () => {})
    .on('SIGINT', () => {})
    .on('SIGHUP', () => {})
  const cut = new AbortController()
  const stop = new AbortController()
  const starting = startInstance(config, parts)
  // Whether it starts is told below; here it only matters who is to be spoken to.
  const withServing = (work: (serving: Serving) => void) => void starting.then(work, () => {})
  process.on('message', (message) => {
    const { data } = toWorker.safeParse(message)
    if (data?.say === 'drain') withServing((serving) => serving.beginDrain())
    if (data?.say === 'cut') cut.abort()
    if (data?.say === 'stop') stop.abort()
    if (data?.say === 'ask') withServing((serving) => void answer(serving, data))
  })
  const serving = await starting
  say({ say: 'serving' })
  await aborted(stop.signal)
  await serving.stop(cut.signal)
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
