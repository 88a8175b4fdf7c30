/**
 * Several processes behind one port. The primary process serves nothing itself: it keeps the number of workers, tells
 * them when to stop, and answers for all of them on the management listener.
 */
import cluster from 'node:cluster'
import { once } from 'node:events'
import { setTimeout as delay } from 'node:timers/promises'
import type { z } from 'zod'
import type { ServerConfig } from '../config.ts'
import type { SealingKey } from '../platform/crypto/seal.ts'
import type { Logger } from '../platform/log.ts'
import type { Colleague, Reply } from './ask.ts'
import { createFleetManagement } from './fleet-management.ts'
import type { Serving } from './instance.ts'
import { StartError } from './start-error.ts'
import { toPrimary } from './worker.ts'
import type { toWorker } from './worker.ts'

const shortestPauseMilliseconds = 100
const longestPauseMilliseconds = 30_000
// A worker that lived this long did not die of what it found at its start.
const healthyMilliseconds = 10_000
const answerMilliseconds = 2000

/** Starts the workers and returns when all of them serve. If the first cannot, nobody is started. */
export async function startWorkers(config: ServerConfig, log: Logger): Promise<Serving> {
  const environment = workerEnvironment(config)
  const employNext = () => employ(environment)
  const first = employNext()
  if (!(await first.serves)) throw new StartError('The server did not start, for the reason above.')
  const others = Array.from({ length: config.workers - 1 }, employNext)
  await Promise.all(others.map((worker) => worker.serves))
  const stopping = new AbortController()
  const places = [first, ...others].map((worker, index) =>
    keepPlace(worker, { employNext, log, number: index + 1, stopping: stopping.signal }),
  )
  const present = () => places.map((place) => place.worker()).filter((worker) => worker !== undefined)
  let draining = false
  return {
    management: createFleetManagement({
      colleagues: () => places.map((place) => place.worker()),
      replacements: () => places.reduce((sum, place) => sum + place.replacements(), 0),
      isDraining: () => draining,
    }),
    beginDrain: () => {
      draining = true
      present().forEach((worker) => worker.say({ say: 'drain' }))
    },
    stop: async (cut) => {
      stopping.abort()
      const leaving = present()
      const tellToCut = () => leaving.forEach((worker) => worker.say({ say: 'cut' }))
      if (cut.aborted) tellToCut()
      cut.addEventListener('abort', tellToCut)
      leaving.forEach((worker) => worker.say({ say: 'stop' }))
      await Promise.all(leaving.map((worker) => worker.ended))
    },
  }
}

/** Ends all workers without asking them. */
export function killWorkers(): void {
  for (const worker of Object.values(cluster.workers ?? {})) worker?.process.kill('SIGKILL')
}

interface Employed extends Colleague {
  /** False if the worker ended before it served. */
  readonly serves: Promise<boolean>
  readonly ended: Promise<void>
  readonly say: (message: z.input<typeof toWorker>) => void
}

interface Place {
  /** Undefined while there is none. */
  readonly worker: () => Employed | undefined
  readonly replacements: () => number
}

interface PlaceOptions {
  readonly employNext: () => Employed
  readonly log: Logger
  readonly number: number
  readonly stopping: AbortSignal
}

/** Puts another worker in the place of each that died, at once the first time and ever later while they keep dying. */
function keepPlace(first: Employed, { employNext, log, number, stopping }: PlaceOptions): Place {
  let worker: Employed | undefined = first
  let replacements = 0
  const keep = async () => {
    let pauseMilliseconds = shortestPauseMilliseconds
    while (worker !== undefined) {
      const employedAt = performance.now()
      await worker.ended
      worker = undefined
      if (performance.now() - employedAt > healthyMilliseconds) pauseMilliseconds = shortestPauseMilliseconds
      if (!stopping.aborted) log.error({ worker: number, pauseMilliseconds }, 'a worker died and is replaced')
      await delay(pauseMilliseconds, undefined, { signal: stopping }).catch(() => {})
      if (stopping.aborted) return
      pauseMilliseconds = Math.min(pauseMilliseconds * 4, longestPauseMilliseconds)
      replacements += 1
      worker = employNext()
    }
  }
  void keep()
  return { worker: () => worker, replacements: () => replacements }
}

function employ(environment: Readonly<Record<string, string>>): Employed {
  const worker = cluster.fork(environment)
  const { promise: serves, resolve } = Promise.withResolvers<boolean>()
  const waiting = new Map<number, (reply: Reply) => void>()
  worker.on('message', (message: unknown) => {
    const { data } = toPrimary.safeParse(message)
    if (data?.say === 'serving') resolve(true)
    if (data?.say === 'answer') waiting.get(data.question)?.(data)
  })
  worker.on('error', () => {})
  const ended = once(worker, 'exit').then(() => {
    resolve(false)
    waiting.forEach((answered) => answered(noAnswer))
  })
  const say = (message: z.input<typeof toWorker>) => {
    if (worker.isConnected()) worker.send(message, () => {})
  }
  return {
    serves,
    ended,
    say,
    ask: (path, accept) => askWorker({ waiting, say }, path, accept),
  }
}

const noAnswer: Reply = { status: 503, body: '' }
let questions = 0

async function askWorker(
  { waiting, say }: { waiting: Map<number, (reply: Reply) => void>; say: Employed['say'] },
  path: string,
  accept: string,
): Promise<Reply> {
  questions += 1
  const question = questions
  const answered = new AbortController()
  const { promise, resolve } = Promise.withResolvers<Reply>()
  waiting.set(question, resolve)
  say({ say: 'ask', question, path, accept })
  const silence = delay(answerMilliseconds, undefined, { signal: answered.signal }).catch(() => {})
  const reply = await Promise.race([promise, silence])
  answered.abort()
  waiting.delete(question)
  return reply ?? noAnswer
}

/** What the primary process has found or made is given to the workers as if an operator had set it. */
function workerEnvironment(config: ServerConfig): Readonly<Record<string, string>> {
  return {
    DATABASE_URL: config.databaseUrl,
    SEALING_KEYS: keyList(config.sealingKeys),
    KEY_PEPPERS: keyList(config.keyPeppers),
  }
}

function keyList(keys: readonly SealingKey[]): string {
  return keys.map(({ id, key }) => `${id}:${key.toString('base64')}`).join(',')
}
