/**
 * Credentials not seen before with very many stored, beside the same with few: two databases and two servers, which take
 * turns. In both each request asks about another one than those before. Both databases have the buffers of one that is meant
 * for this, and have been read through once, as after a while of use.
 */
import { execFile } from 'node:child_process'
import { open } from 'node:fs/promises'
import { devNull, totalmem } from 'node:os'
import { promisify } from 'node:util'
import { startServer } from './child.ts'
import type { MeasuredServer } from './child.ts'
import { startDatabase } from './database.ts'
import { createFixtures } from './fixtures.ts'
import { measureContenders } from './measure.ts'
import type { Contender, Measurement } from './measure.ts'
import { pathsOf } from './paths.ts'
import { otherKeys, otherTokens, stockOf } from './requests.ts'
import type { Target } from './requests.ts'

interface LargeOptions {
  /** Tokens; keys are a tenth as many. */
  readonly rows: number
  /** Measured time of each. */
  readonly seconds: number
}

// More than are remembered, so that each is a stranger again when it is asked about the next time; and as many as there are
// texts of keys where very many are stored, so that the uses of as many keys are written down.
const few = 50_000
// PostgreSQL's own advice for memory, a quarter of the machine, and its own default for the log. The embedded one has 32 MB and
// 256 MB: it copies each page in from the system again, and is always writing whole pages to the log.
const productionSettings = {
  shared_buffers: `${Math.floor(totalmem() / 4 / 1024 ** 2)}MB`,
  max_wal_size: '1GB',
}
const warmUpSeconds = 10

interface Installation {
  readonly target: Target
  readonly stop: () => Promise<void>
}

/** Measures both. */
export async function measureLarge({ rows, seconds }: LargeOptions): Promise<Measurement[]> {
  const output = await open(devNull, 'a')
  const stops: (() => Promise<void>)[] = []
  try {
    const targets: Target[] = []
    for (const [tokenCount, keyCount] of [
      [few, few],
      [rows, Math.max(few, rows / 10)],
    ] as const) {
      process.stderr.write(`storing ${tokenCount} tokens and ${keyCount} keys\n`)
      const { target, stop } = await install({ tokenCount, keyCount }, output.fd)
      stops.push(stop)
      targets.push(target)
    }
    // Gigabytes that are still on their way to the disk would be in the way of whoever reads beside them.
    await promisify(execFile)('sync')
    const [small, large] = targets
    if (small === undefined || large === undefined) throw new Error('an installation is missing')
    return await measureBoth(small, large, { rows, seconds })
  } finally {
    for (const stop of stops.toReversed()) await stop()
    await output.close()
  }
}

async function install(
  counts: { readonly tokenCount: number; readonly keyCount: number },
  output: number,
): Promise<Installation> {
  const database = await startDatabase(productionSettings)
  let server: MeasuredServer | undefined
  const stop = async (): Promise<void> => {
    await server?.stop()
    await database.stop()
  }
  try {
    const setup = { databaseUrl: database.url, fixtures: await createFixtures(database.url) }
    server = await startServer('latchkey', setup, { output, nodeOptions: [] })
    const stored = await stockOf({ server, ...setup }, counts)
    await database.settle()
    const stock = async () => stored
    return { target: { server, fixtures: setup.fixtures, paths: pathsOf.latchkey, stock }, stop }
  } catch (error) {
    await stop()
    throw error
  }
}

async function measureBoth(
  small: Target,
  large: Target,
  { rows, seconds }: LargeOptions,
): Promise<Measurement[]> {
  const measurements: Measurement[] = []
  for (const [kind, source] of [
    ['token', otherTokens((paths) => paths.introspection)],
    ['key', otherKeys],
  ] as const) {
    const floor = `${kind} not seen before, ${few} stored`
    const contenders: readonly Contender[] = [
      {
        entry: { name: floor, server: 'latchkey', source },
        server: small.server,
        source: await source(small),
        windows: [],
      },
      {
        entry: {
          name: `${kind} not seen before, with ${rows} tokens and a tenth as many keys stored`,
          server: 'latchkey',
          source,
          floor,
          leastThroughput: { times: 0.9, of: floor },
        },
        server: large.server,
        source: await source(large),
        windows: [],
      },
    ]
    process.stderr.write(`measuring ${contenders.map(({ entry }) => entry.name).join(', ')}\n`)
    measurements.push(...(await measureContenders(contenders, { seconds, warmUpSeconds })))
  }
  return measurements
}
