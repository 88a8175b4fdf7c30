/**
 * `npm run bench`: what a request costs, beside floors measured in the same run on the same cores.
 * Options: --json, --only <parts of names, separated by commas>, --seconds <measured seconds of each path>, --strict (exit code 1 if a bound
 * does not hold), --cpu-profile <folder> (profiles of the measured servers), --large (in place of all others: credentials
 * not seen before with --rows <number> tokens and a tenth as many keys stored, beside a nearly empty database), --hashing
 * (in place of all others: introspection while a flood of sign-ins keeps the password hashes busy, --hashes <number> of
 * them at once), --lists (in place of all others: the lists of the console and the management API with very many rows).
 */
import { mkdtemp, open, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { startServer } from './child.ts'
import { startDatabase } from './database.ts'
import { groups } from './entries.ts'
import type { Entry } from './entries.ts'
import { createFixtures } from './fixtures.ts'
import { measureHashing, middleTurn, mostTimesLonger, tellHashing } from './hashing.ts'
import { measureIdle } from './idle.ts'
import { measureLarge } from './large.ts'
import { measureGroup } from './measure.ts'
import { measureLists, mostListMilliseconds, tellLists } from './lists.ts'
import { measureMemory } from './memory.ts'
import type { Measurement } from './measure.ts'
import { asJson, asTable, verdicts } from './report.ts'
import type { Results } from './report.ts'
import { stockOf } from './requests.ts'
import type { Stock } from './stock.ts'

const { values: options } = parseArgs({
  options: {
    json: { type: 'boolean', default: false },
    only: { type: 'string' },
    seconds: { type: 'string', default: '6' },
    strict: { type: 'boolean', default: false },
    'cpu-profile': { type: 'string' },
    large: { type: 'boolean', default: false },
    rows: { type: 'string', default: '1000000' },
    hashing: { type: 'boolean', default: false },
    hashes: { type: 'string' },
    lists: { type: 'boolean', default: false },
  },
})

if (options.hashing) await tellOfHashing()
else if (options.lists) await tellOfLists()
else await tellOfRequests()

async function tellOfHashing(): Promise<void> {
  const hashing = await measureHashing({
    seconds: Number(options.seconds),
    hashesAtOnce: options.hashes === undefined ? undefined : Number(options.hashes),
  })
  process.stdout.write(`${options.json ? JSON.stringify(hashing) : tellHashing(hashing)}\n`)
  const holds = middleTurn(hashing).timesLonger <= mostTimesLonger
  if (options.strict && !holds) process.exitCode = 1
}

async function tellOfLists(): Promise<void> {
  const times = await measureLists()
  process.stdout.write(`${options.json ? JSON.stringify(times) : tellLists(times)}\n`)
  const isSlow = times.some(({ medianMilliseconds }) => medianMilliseconds > mostListMilliseconds)
  if (options.strict && isSlow) process.exitCode = 1
}

async function tellOfRequests(): Promise<void> {
  const results = options.large
    ? { measurements: await measureLarge({ rows: Number(options.rows), seconds: Number(options.seconds) }) }
    : await measureAll()
  process.stdout.write(`${options.json ? asJson(results) : asTable(results)}\n`)
  if (options.strict && verdicts(results).some(({ holds }) => !holds)) process.exitCode = 1
}

async function measureAll(): Promise<Results> {
  const wanted = groups.map((group) => selected(group, options.only)).filter((group) => group.length > 0)
  const folder = await mkdtemp(join(tmpdir(), 'latchkey-bench-log-'))
  const output = await open(join(folder, 'servers.log'), 'a')
  const database = await startDatabase()
  try {
    const setup = { databaseUrl: database.url, fixtures: await createFixtures(database.url) }
    const profile = options['cpu-profile']
    const nodeOptions = profile === undefined ? [] : ['--cpu-prof', `--cpu-prof-dir=${profile}`]
    const serverOptions = { output: output.fd, nodeOptions }
    const servers = {
      koa: await startServer('koa', setup, serverOptions),
      bare: await startServer('bare', setup, serverOptions),
      latchkey: await startServer('latchkey', setup, serverOptions),
    }
    let stored: Promise<Stock> | undefined
    const stock = (): Promise<Stock> => {
      stored ??= stockOf({ server: servers.latchkey, ...setup }, { tokenCount: 200_000, keyCount: 50_000 })
      return stored
    }
    const measurements: Measurement[] = []
    for (const group of wanted) {
      process.stderr.write(`measuring ${group.map(({ name }) => name).join(', ')}\n`)
      const bench = { servers, fixtures: setup.fixtures, stock, seconds: Number(options.seconds) }
      measurements.push(...(await measureGroup(group, bench)))
    }
    const memory =
      options.only === undefined || options.only === 'memory'
        ? await measureMemory(setup, { output: output.fd, stock })
        : undefined
    for (const server of Object.values(servers)) await server.stop()
    const idle = options.only === undefined ? await measureIdle(setup, output.fd).catch(toldOf) : undefined
    return { measurements, ...(memory !== undefined && { memory }), ...(idle !== undefined && { idle }) }
  } finally {
    await database.stop()
    await output.close()
    await rm(folder, { recursive: true, force: true })
  }
}

/** What was asked for by name, with the floors it is compared with. */
function selected(group: readonly Entry[], only: string | undefined): readonly Entry[] {
  if (only === undefined) return group
  const named = group.filter(({ name }) => only.split(',').some((part) => name.includes(part)))
  const floors = new Set(named.flatMap(({ floor, leastThroughput }) => [floor, leastThroughput?.of]))
  return group.filter((entry) => named.includes(entry) || floors.has(entry.name))
}

/** What was measured before is worth printing without this. */
function toldOf(error: unknown): undefined {
  process.stderr.write(
    `the idle server was not measured: ${error instanceof Error ? error.message : 'unknown'}\n`,
  )
}
