/**
 * `npm run db:types`: writes schema.ts, the types of the tables, from the migrations themselves.
 * With `--verify` it changes nothing and fails if the file is not what the migrations say.
 */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { migrate } from './migrate.ts'
import { startTemporaryDatabase } from './temporary.ts'

const migrations = join(import.meta.dirname, '../../../migrations')
const schema = join(import.meta.dirname, 'schema.ts')

const database = await startTemporaryDatabase()
try {
  await migrate(database.url, migrations, () => {})
  process.exitCode = await generate(database.url)
} finally {
  await database.stop()
}

async function generate(url: string): Promise<number> {
  const program = join(dirname(createRequire(import.meta.url).resolve('kysely-codegen')), 'cli/bin.js')
  const child = spawn(
    process.execPath,
    [
      program,
      '--dialect=postgres',
      '--camel-case',
      '--exclude-pattern=schema_migrations',
      // The pool reads int8 as a number.
      '--type-mapping={"int8":"number"}',
      `--out-file=${schema}`,
      ...(process.argv.includes('--verify') ? ['--verify'] : []),
    ],
    { env: { DATABASE_URL: url }, stdio: 'inherit' },
  )
  await once(child, 'exit')
  return child.exitCode ?? 1
}
