/** How the measurements are told: a table for people, one JSON document for programs. */
import { availableParallelism, cpus } from 'node:os'
import { idleBounds } from './idle.ts'
import type { Idle } from './idle.ts'
import type { CachedMemory } from './memory.ts'
import { mostCachedMebibytes } from './memory.ts'
import type { Measurement, Ratio } from './measure.ts'

/** Everything that was measured. */
export interface Results {
  readonly measurements: readonly Measurement[]
  readonly idle?: Idle
  readonly memory?: CachedMemory
}

/** What a bound asks for, and whether it holds. */
export interface Verdict {
  readonly name: string
  readonly bound: string
  readonly found: string
  readonly holds: boolean
}

// Rows in memory are read again after half a minute, or when the machine stood still: a few in forty requests.
const rereadStatements = 0.2

/** All bounds that were looked at. */
export function verdicts({ measurements, idle, memory }: Results): Verdict[] {
  const found = [
    ...measurements.flatMap(verdictsOf),
    ...(memory === undefined ? [] : [memoryVerdict(memory)]),
  ]
  if (idle === undefined) return found
  const { readySeconds, residentMebibytes } = idle
  return [
    ...found,
    {
      name: 'ready on an existing database',
      bound: `≤ ${idleBounds.readySeconds} s`,
      found: `${readySeconds.toFixed(2)} s`,
      holds: readySeconds <= idleBounds.readySeconds,
    },
    {
      name: 'idle memory',
      bound: `≤ ${idleBounds.residentMebibytes} MiB`,
      found: `${residentMebibytes.toFixed(0)} MiB`,
      holds: residentMebibytes <= idleBounds.residentMebibytes,
    },
  ]
}

function memoryVerdict(memory: CachedMemory): Verdict {
  const { credentials, grownMebibytes, grownHeapMebibytes, forgetfulMebibytes } = memory
  const apart = `heap ${grownHeapMebibytes.toFixed(0)}; ${forgetfulMebibytes.toFixed(0)} without remembering`
  return {
    name: `memory of ${credentials} credentials seen`,
    bound: `≤ ${mostCachedMebibytes} MiB more`,
    found: `${grownMebibytes.toFixed(0)} MiB (${apart})`,
    holds: grownMebibytes <= mostCachedMebibytes,
  }
}

function verdictsOf({
  entry,
  timesFloor,
  throughput,
  statements,
  failed,
  requestsPerSecond,
}: Measurement): Verdict[] {
  const { name, mostTimesFloor, leastThroughput, mostStatements } = entry
  const found: Verdict[] = []
  if (failed > 0 || requestsPerSecond === 0) {
    found.push({
      name,
      bound: 'every request is answered with success',
      found: `${failed} failed`,
      holds: false,
    })
  }
  if (mostTimesFloor !== undefined && timesFloor !== undefined) {
    const bound = `CPU ≤ ${mostTimesFloor} × ${entry.floor}`
    found.push({
      name,
      bound,
      found: `${timesFloor.whole.toFixed(2)} ×`,
      holds: timesFloor.whole <= mostTimesFloor,
    })
  }
  if (leastThroughput !== undefined && throughput !== undefined) {
    found.push({
      name,
      bound: `requests/s ≥ ${leastThroughput.times} × ${leastThroughput.of}`,
      found: `${throughput.whole.toFixed(2)} ×`,
      holds: throughput.whole >= leastThroughput.times,
    })
  }
  if (mostStatements !== undefined && statements !== undefined) {
    const bound = `SQL statements ≤ ${mostStatements}`
    found.push({
      name,
      bound,
      found: String(statements),
      holds: statements <= mostStatements + rereadStatements,
    })
  }
  return found
}

/** The table. */
export function asTable(results: Results): string {
  const { measurements } = results
  const main = table(
    [
      'path',
      'requests/s',
      'CPU µs',
      'SQL',
      'at once',
      '× floor',
      '(middle half)',
      '× requests/s',
      '(middle half)',
    ],
    measurements.map(({ entry, requestsPerSecond, cpuMicroseconds, ...found }) => [
      entry.name,
      requestsPerSecond.toFixed(0),
      cpuMicroseconds.toFixed(0),
      found.statements === undefined ? '' : String(found.statements),
      found.statementsUnderLoad === undefined ? '' : found.statementsUnderLoad.toFixed(2),
      ...ratioCells(found.timesFloor),
      ...ratioCells(found.throughput),
    ]),
  )
  const waits = table(
    ['at half of the capacity, 2000/s at most', 'requests/s', 'p50 ms', 'p99 ms', 'p99.9 ms'],
    measurements.flatMap(({ entry, waiting }) =>
      waiting === undefined
        ? []
        : [
            [
              entry.name,
              waiting.requestsPerSecond.toFixed(0),
              waiting.p50.toFixed(1),
              waiting.p99.toFixed(1),
              waiting.p999.toFixed(1),
            ],
          ],
    ),
  )
  const bounds = table(
    ['bound', '', 'found', ''],
    verdicts(results).map(({ name, bound, found, holds }) => [name, bound, found, holds ? 'pass' : 'FAIL']),
  )
  return [machine(), main, waits, bounds, notes].join('\n\n')
}

function ratioCells(ratio: Ratio | undefined): readonly string[] {
  if (ratio === undefined) return ['', '']
  return [ratio.whole.toFixed(2), `${ratio.least.toFixed(2)}–${ratio.most.toFixed(2)}`]
}

/** The same for programs. */
export function asJson(results: Results): string {
  return JSON.stringify(
    {
      machine: machine(),
      measurements: results.measurements.map(({ entry, ...found }) => ({
        name: entry.name,
        server: entry.server,
        floor: entry.floor,
        ...found,
      })),
      idle: results.idle,
      memory: results.memory,
      verdicts: verdicts(results),
    },
    undefined,
    2,
  )
}

function machine(): string {
  const model = cpus()[0]?.model.trim() ?? 'unknown processor'
  return `Node ${process.version}, ${availableParallelism()} × ${model}, ${process.platform}`
}

const notes = `CPU is user and system time of the server's process alone, all its threads included, over the half of the turns that
were disturbed least; in parentheses, between what the ratios of the middle half of all turns lie. SQL statements are counted at the
driver inside the server, for forty requests one after the other, and "at once" under full load. "bare" is oidc-provider
with its memory adapter and static clients; "koa" is Koa alone. Latchkey logs to a file and talks to its PostgreSQL over a Unix socket where there is one.
The load generator and PostgreSQL share the machine with the server: trust ratios and CPU before requests per second.`

function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const lines = [head, ...rows]
  const widths = head.map((_, column) => Math.max(...lines.map((line) => (line[column] ?? '').length)))
  const isText = (column: number): boolean => column === 0 || head[column] === ''
  return lines
    .map((line) =>
      line
        .map((cell, column) =>
          isText(column) ? cell.padEnd(widths[column] ?? 0) : cell.padStart(widths[column] ?? 0),
        )
        .join('  ')
        .trimEnd(),
    )
    .join('\n')
}
