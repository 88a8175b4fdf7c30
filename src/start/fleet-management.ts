import type { RequestListener } from 'node:http'
import { AggregatorRegistry, Counter, Gauge, Registry } from 'prom-client'
import { z } from 'zod'
import { managementListener, readinessAnswer } from '../web/management.ts'
import type { Readiness } from '../web/management.ts'
import type { Colleague } from './ask.ts'

/** What the management listener of several processes tells about. */
export interface Fleet {
  /** One entry for each worker there should be; undefined where one has died and is being replaced. */
  readonly colleagues: () => readonly (Colleague | undefined)[]
  readonly replacements: () => number
  readonly isDraining: () => boolean
}

const readinessBody = z.object({ checks: z.record(z.string(), z.string()) })
const metricsBody = z.array(z.looseObject({ name: z.string() }))

/** Answers for all workers: ready when each of them is, and the numbers of all of them added up. */
export function createFleetManagement(fleet: Fleet): RequestListener {
  const own = ownMetrics(fleet)
  return managementListener({
    '/healthz': async () => ({ status: 200, type: 'text/plain; charset=utf-8', body: 'alive\n' }),
    '/readyz': async () => readinessAnswer(await readiness(fleet)),
    '/metrics': async () => {
      const numbers = [await added(fleet), await own.metrics()].join('\n')
      return { status: 200, type: own.contentType, body: numbers }
    },
  })
}

async function readiness(fleet: Fleet): Promise<Readiness> {
  const replies = await Promise.all(
    fleet.colleagues().map(async (colleague) => colleague?.ask('/readyz', 'application/json')),
  )
  const ready = replies.filter((reply) => reply?.status === 200).length
  const checks: Record<string, string> = {}
  for (const reply of replies) {
    const parsed = readinessBody.safeParse(parseJson(reply?.body ?? ''))
    for (const [name, outcome] of Object.entries(parsed.data?.checks ?? {})) {
      if (checks[name] === undefined || checks[name] === 'ok') checks[name] = outcome
    }
  }
  checks['workers'] = ready === replies.length ? 'ok' : `${ready} of ${replies.length} are ready`
  if (fleet.isDraining()) checks['listener'] = 'draining'
  return { ready: Object.values(checks).every((outcome) => outcome === 'ok'), checks }
}

async function added(fleet: Fleet): Promise<string> {
  const replies = await Promise.all(
    fleet.colleagues().map(async (colleague) => colleague?.ask('/metrics', 'application/json')),
  )
  const ofWorkers = replies.flatMap((reply) => {
    const parsed = metricsBody.safeParse(parseJson(reply?.body ?? ''))
    return parsed.success ? [parsed.data] : []
  })
  return AggregatorRegistry.aggregate(ofWorkers).metrics()
}

function ownMetrics({ colleagues, replacements }: Fleet): Registry {
  const registry = new Registry()
  const workers = new Gauge({
    name: 'latchkey_workers',
    help: 'Worker processes that run.',
    registers: [],
    collect() {
      this.set(colleagues().filter((colleague) => colleague !== undefined).length)
    },
  })
  const replaced = new Counter({
    name: 'latchkey_worker_replacements_total',
    help: 'Workers that died and were replaced.',
    registers: [],
    collect() {
      this.reset()
      this.inc(replacements())
    },
  })
  registry.registerMetric(workers)
  registry.registerMetric(replaced)
  return registry
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}
