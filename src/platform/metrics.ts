/**
 * Numbers about this process in Prometheus's form, with names that begin with `latchkey_`. Every label comes from a
 * closed set or is capped: whoever sends requests must not decide how many series there are, nor what they are called.
 */
import { setTimeout as delay } from 'node:timers/promises'
import { Counter, Gauge, Registry, collectDefaultMetrics } from 'prom-client'
import { requestSeries } from './request-metrics.ts'
import type { RequestSeries } from './request-metrics.ts'

/** How the database's connections are used right now. */
export interface PoolUsage {
  readonly total: number
  readonly idle: number
  readonly waiting: number
}

/** What may be counted, and what may be looked at whenever somebody collects the numbers. */
export interface Metrics {
  readonly registry: Registry
  /** One answered request; `route` is a name, never a path. Cheap: it is on the way of every request. */
  readonly observeRequest: (route: string, method: string, status: number, seconds: number) => void
  readonly countToken: (grantType: string) => void
  readonly countSignIn: (outcome: string) => void
  readonly countIntrospection: (outcome: 'active' | 'inactive' | 'refused') => void
  /** One request that was refused because a limit was used up. */
  readonly countLimited: (limit: string) => void
  readonly countJobRun: (job: string, outcome: 'done' | 'failed') => void
  readonly watchPool: (read: () => PoolUsage) => void
  readonly watchChanges: (isTrusted: () => boolean) => void
  /** Reads how many uses of API keys were not counted because there was no room to keep them. */
  readonly watchDroppedUses: (read: () => number) => void
  /** Reads how much waits in the queues of the installation, by queue; what cannot be read in a second is not told. */
  readonly watchQueues: (read: () => Promise<Readonly<Record<string, number>>>) => void
  /** Reads the age in seconds of the key that signs, by purpose. */
  readonly watchSigningKeys: (readAges: () => Readonly<Record<string, number>>) => void
}

const knownMethods = new Set(['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS'])
const statusClasses = ['other', '1xx', '2xx', '3xx', '4xx', '5xx'] as const
const mostValuesOfLabel = 100

/** Makes the numbers of one server; two servers in one process have their own. */
export function createMetrics(): Metrics {
  const registry = new Registry()
  collectDefaultMetrics({ register: registry })
  return {
    registry,
    observeRequest: requestObserver(registry),
    countToken: counterBy(registry, {
      name: 'latchkey_tokens_issued_total',
      help: 'Access tokens issued, by grant type.',
      label: 'grant_type',
    }),
    countSignIn: counterBy(registry, {
      name: 'latchkey_sign_ins_total',
      help: 'Attempts to sign in, by outcome.',
      label: 'outcome',
    }),
    countIntrospection: counterBy(registry, {
      name: 'latchkey_introspections_total',
      help: 'Introspection requests, by outcome.',
      label: 'outcome',
    }),
    countLimited: counterBy(registry, {
      name: 'latchkey_limited_requests_total',
      help: 'Requests refused because a limit was used up, by limit.',
      label: 'limit',
    }),
    countJobRun: jobCounter(registry),
    watchPool: (read) => watchPool(registry, read),
    watchChanges: (isTrusted) => watchChanges(registry, isTrusted),
    watchDroppedUses: (read) => watchDroppedUses(registry, read),
    watchQueues: (read) => watchQueues(registry, read),
    watchSigningKeys: (readAges) => watchSigningKeys(registry, readAges),
  }
}

/** Series are opened once per combination and found again by three look-ups, so a request makes no new objects here. */
function requestObserver(registry: Registry): Metrics['observeRequest'] {
  const open = requestSeries(registry)
  const capped = cap()
  const routes = new Map<string, Map<string, RequestSeries[]>>()
  return (route, method, status, seconds) => {
    const byMethod = entry(routes, capped(route), () => new Map<string, RequestSeries[]>())
    const name = knownMethods.has(method) ? method : 'other'
    const byStatus = entry(byMethod, name, () => [])
    const index = classIndex(status)
    byStatus[index] ??= open({ route: capped(route), method: name, status: statusClasses[index] ?? 'other' })
    byStatus[index].count(seconds)
  }
}

interface Counted {
  readonly name: string
  readonly help: string
  readonly label: string
}

function counterBy(registry: Registry, { name, help, label }: Counted): (value: string) => void {
  const counts = new Map<string, number>()
  const counter = new Counter({
    name,
    help,
    labelNames: [label],
    registers: [],
    // Here and not with each request, for which the library's way to a series would be long.
    collect() {
      this.reset()
      for (const [value, count] of counts) this.inc({ [label]: value }, count)
    },
  })
  registry.registerMetric(counter)
  const capped = cap()
  return (value) => {
    const known = capped(value)
    counts.set(known, (counts.get(known) ?? 0) + 1)
  }
}

function jobCounter(registry: Registry): Metrics['countJobRun'] {
  const runs = new Counter({
    name: 'latchkey_job_runs_total',
    help: 'Runs of background jobs on this instance, by job and outcome.',
    labelNames: ['job', 'outcome'],
    registers: [registry],
  })
  const capped = cap()
  return (job, outcome) => runs.labels(capped(job), outcome).inc()
}

function watchPool(registry: Registry, read: () => PoolUsage): void {
  const gauge = new Gauge({
    name: 'latchkey_database_connections',
    help: 'Connections of the pool, by use; "waiting" are requests without one.',
    labelNames: ['state'],
    registers: [],
    collect() {
      const { total, idle, waiting } = read()
      this.set({ state: 'used' }, total - idle)
      this.set({ state: 'idle' }, idle)
      this.set({ state: 'waiting' }, waiting)
    },
  })
  registry.registerMetric(gauge)
}

function watchChanges(registry: Registry, isTrusted: () => boolean): void {
  const gauge = new Gauge({
    name: 'latchkey_changes_trusted',
    help: '1 while changes of other instances are known to arrive and caches are used.',
    registers: [],
    // Over several processes the worst one counts.
    aggregator: 'min',
    collect() {
      this.set(isTrusted() ? 1 : 0)
    },
  })
  registry.registerMetric(gauge)
}

function watchDroppedUses(registry: Registry, read: () => number): void {
  const counter = new Counter({
    name: 'latchkey_key_uses_dropped_total',
    help: 'Uses of API keys that were not counted because there was no room to keep them.',
    registers: [],
    collect() {
      this.reset()
      this.inc(read())
    },
  })
  registry.registerMetric(counter)
}

const queueMilliseconds = 1000

function watchQueues(registry: Registry, read: () => Promise<Readonly<Record<string, number>>>): void {
  const gauge = new Gauge({
    name: 'latchkey_queue_length',
    help: 'What waits to be delivered, in the whole installation, by queue.',
    labelNames: ['queue'],
    registers: [],
    // Every process counts the same rows.
    aggregator: 'max',
    async collect() {
      // The other numbers are told while the database is away.
      const late = delay(queueMilliseconds, {}, { ref: false })
      const lengths = await Promise.race([read().catch(() => ({})), late])
      this.reset()
      for (const [queue, length] of Object.entries(lengths)) this.set({ queue }, length)
    },
  })
  registry.registerMetric(gauge)
}

function watchSigningKeys(registry: Registry, readAges: () => Readonly<Record<string, number>>): void {
  const gauge = new Gauge({
    name: 'latchkey_signing_key_age_seconds',
    help: 'Age of the key that signs, by purpose.',
    labelNames: ['purpose'],
    registers: [],
    aggregator: 'max',
    collect() {
      this.reset()
      for (const [purpose, seconds] of Object.entries(readAges())) this.set({ purpose }, seconds)
    },
  })
  registry.registerMetric(gauge)
}

/**
 * Lets the first hundred well-formed values through and calls all others `other`: a mistake of a caller, or of a
 * library that lets a request choose a name (CVE-2026-16100), costs a fixed amount of memory.
 */
function cap(): (value: string) => string {
  const known = new Set<string>()
  return (value) => {
    if (known.has(value)) return value
    if (known.size >= mostValuesOfLabel || !/^[A-Za-z][\w.:-]{0,79}$/.test(value)) return 'other'
    known.add(value)
    return value
  }
}

function classIndex(status: number): number {
  const index = Math.trunc(status / 100)
  return index >= 1 && index <= 5 ? index : 0
}

function entry<Value>(map: Map<string, Value>, key: string, make: () => Value): Value {
  const known = map.get(key)
  if (known !== undefined) return known
  const made = make()
  map.set(key, made)
  return made
}
