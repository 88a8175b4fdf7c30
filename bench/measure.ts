import type { MeasuredServer, ServerName } from './child.ts'
import { pathsOf } from './paths.ts'
import type { Entry } from './entries.ts'
import type { Fixtures } from './fixtures.ts'
import { nextOf, pace, saturate, sum } from './load.ts'
import type { LoadRequest, RequestSource, Waiting, Window } from './load.ts'
import type { Stock } from './stock.ts'

/** What one entry was found to be. */
export interface Measurement {
  readonly entry: Entry
  readonly requestsPerSecond: number
  readonly cpuMicroseconds: number
  /** CPU time as a multiple of the floor's, and between what the middle half of the single turns lies. */
  readonly timesFloor?: Ratio
  /** Requests per second as a multiple of another entry's: the median of the turns. */
  readonly throughput?: Ratio & { readonly of: string }
  readonly statements?: number
  /** The same while many ask at once, where each request asks about something else. */
  readonly statementsUnderLoad?: number
  readonly waiting?: Waiting
  readonly failed: number
}

/** How one thing compares with another, and between what the middle half of the single turns lies. */
export interface Ratio {
  readonly whole: number
  readonly least: number
  readonly most: number
}

/** What all measurements share. */
export interface Bench {
  readonly servers: Readonly<Record<ServerName, MeasuredServer>>
  readonly fixtures: Fixtures
  readonly stock: () => Promise<Stock>
  /** Measured time of each entry, warm-up not counted. */
  readonly seconds: number
}

/** Somebody who takes turns. */
export interface Contender {
  readonly entry: Entry
  readonly server: MeasuredServer
  readonly source: RequestSource
  readonly windows: Window[]
}

const turns = 16
const defaultWarmUpSeconds = 2
const paceSeconds = 3
// What the load generator can send evenly while it shares the cores with the server.
const mostPacedPerSecond = 2000
const countedRequests = 40
const countedSeconds = 1

/**
 * Measures a group: everybody is warmed up, then they take turns, forwards and backwards, so that what disturbs the
 * machine disturbs all of them.
 */
export async function measureGroup(entries: readonly Entry[], bench: Bench): Promise<Measurement[]> {
  const contenders: Contender[] = []
  for (const entry of entries) contenders.push(await enter(entry, bench))
  return measureContenders(contenders, { seconds: bench.seconds, warmUpSeconds: defaultWarmUpSeconds })
}

/** How long everybody is measured, and warmed up before. */
export interface Timing {
  readonly seconds: number
  readonly warmUpSeconds: number
}

/** The same for contenders whose servers and requests are known already. */
export async function measureContenders(
  contenders: readonly Contender[],
  { seconds, warmUpSeconds }: Timing,
): Promise<Measurement[]> {
  for (const { server, source } of contenders) await saturate(server, source, warmUpSeconds)
  for (let turn = 0; turn < turns; turn += 1) {
    const order = turn % 2 === 0 ? contenders : contenders.toReversed()
    for (const { server, source, windows } of order) {
      windows.push(await saturate(server, source, seconds / turns))
    }
  }
  const measurements: Measurement[] = []
  for (const contender of contenders) measurements.push(await conclude(contender, contenders))
  return measurements
}

async function enter(entry: Entry, { servers, fixtures, stock }: Bench): Promise<Contender> {
  const server = servers[entry.server]
  const source = await entry.source({ server, fixtures, stock, paths: pathsOf[entry.server] })
  return { entry, server, source, windows: [] }
}

async function conclude(contender: Contender, group: readonly Contender[]): Promise<Measurement> {
  const { entry, server, source, windows } = contender
  const whole = windows.reduce(sum)
  const best = calm(windows)
  const requestsPerSecond = best.requests / best.seconds
  const floor = group.find(({ entry: { name } }) => name === entry.floor)
  const rival = group.find(({ entry: { name } }) => name === entry.leastThroughput?.of)
  return {
    entry,
    requestsPerSecond,
    cpuMicroseconds: cost(best),
    failed: whole.failed,
    ...(floor !== undefined && { timesFloor: compare(windows, floor.windows) }),
    ...(rival !== undefined && {
      throughput: {
        of: rival.entry.name,
        ...spread(windows.map((window, turn) => speed(window) / speed(rival.windows[turn] ?? window))),
      },
    }),
    ...(entry.server === 'latchkey' &&
      source.kind === 'other' && { statementsUnderLoad: await statementsUnderLoad(server, source) }),
    ...(entry.server === 'latchkey' && { statements: await statementsPerRequest(server, source) }),
    ...(entry.paced === true && {
      waiting: await pace(server, source, {
        requestsPerSecond: Math.min(requestsPerSecond / 2, mostPacedPerSecond),
        seconds: paceSeconds,
      }),
    }),
  }
}

/** Neighbours only ever make a request dearer, so the half of the turns that they disturbed least is what counts. */
function calm(windows: readonly Window[]): Window {
  const byCost = windows.toSorted((left, right) => cost(left) - cost(right))
  return byCost.slice(0, Math.ceil(windows.length / 2)).reduce(sum)
}

function cost({ cpuMicroseconds, requests }: Window): number {
  return cpuMicroseconds / requests
}

/** The spread is told turn by turn, because in each both met the same neighbours. */
function compare(windows: readonly Window[], floor: readonly Window[]): Ratio {
  const ratios = windows.map((window, turn) => cost(window) / cost(floor[turn] ?? window))
  return { ...spread(ratios), whole: cost(calm(windows)) / cost(calm(floor)) }
}

/** The median, and between what the middle half lies. */
function spread(values: readonly number[]): Ratio {
  const sorted = values.toSorted((left, right) => left - right)
  const at = (share: number): number => sorted[Math.round((sorted.length - 1) * share)] ?? 0
  return { whole: at(0.5), least: at(0.25), most: at(0.75) }
}

function speed({ requests, seconds }: Window): number {
  return requests / seconds
}

async function statementsUnderLoad(server: MeasuredServer, source: RequestSource): Promise<number> {
  await server.call('beginCount', undefined)
  const { requests } = await saturate(server, source, countedSeconds)
  const statements = await server.call('endCount', undefined)
  return statements.length / requests
}

/** Counted at the driver in the server's process, one request after the other. */
async function statementsPerRequest(server: MeasuredServer, source: RequestSource): Promise<number> {
  const requests: readonly LoadRequest[] =
    source.kind === 'once'
      ? await source.make(countedRequests)
      : Array.from({ length: countedRequests }, () => nextOf(source)).filter((next) => next !== undefined)
  await server.call('beginCount', undefined)
  for (const { method, path, headers, body } of requests) {
    const answer = await fetch(`${server.origin}${path}`, { method, headers, body: body ?? null })
    // A refusal is answered with 200 here, and costs less.
    if ((await answer.text()) === '{"active":false}') throw new Error(`${path} knows no such credential`)
  }
  const statements = await server.call('endCount', undefined)
  return statements.length / countedRequests
}
