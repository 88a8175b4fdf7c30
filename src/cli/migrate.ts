/** Migrations at the command line. */
import { migrate, migrationStatus } from '../platform/db/migrate.ts'
import type { MigrationStatus } from '../platform/db/migrate.ts'
import { defineCommand } from './command.ts'
import type { Command } from './command.ts'
import { migrationsDirectory } from './context.ts'
import { count, sentence, table } from './output.ts'
import type { Answer } from './output.ts'

/** How a database stands to this program. */
type SchemaState = 'up_to_date' | 'pending' | 'newer' | 'changed'

const exitCodes: Record<SchemaState, number> = { up_to_date: 0, pending: 4, newer: 5, changed: 1 }

const up = defineCommand({
  words: 'migrate up',
  summary: 'Brings the database to the schema of this program. Servers do so too when they start.',
  notes: ['It exits with 5 if the database is newer than this program.'],
  examples: ['migrate up'],
  run: async (context) => {
    const url = await context.databaseUrl({ create: true })
    const migrated: string[] = []
    const status = await migrate(url, migrationsDirectory, (message) => {
      migrated.push(message.replace(/^migrated /, ''))
    })
    const said =
      migrated.length === 0 ? 'The database is up to date.' : `${count(migrated.length, 'migration')} done.`
    return {
      json: { ...statusJson(status), migrated },
      blocks: [
        sentence(said),
        ...(migrated.length > 0
          ? [
              table(
                ['migration'],
                migrated.map((name) => [name]),
              ),
            ]
          : []),
      ],
    }
  },
})

const status = defineCommand({
  words: 'migrate status',
  summary: 'Says whether the database has the schema of this program, and changes nothing.',
  notes: ['It exits with 0 if so, with 4 if migrations are pending, and with 5 if the database is newer.'],
  examples: ['migrate status'],
  run: async (context) =>
    statusAnswer(await migrationStatus(await context.databaseUrl(), migrationsDirectory)),
})

/** The commands about migrations. */
export const migrateCommands: readonly Command[] = [up, status]

function statusAnswer(status: MigrationStatus): Answer {
  const state = stateOf(status)
  const { applied, pending, unknown, changed } = status
  const rows = [
    ...applied.map(({ name, appliedAt }) => [name, noteOf(name, { unknown, changed }), appliedAt] as const),
    ...pending.map((name) => [name, 'pending', undefined] as const),
  ]
  const nothing = rows.length === 0 ? [] : [table(['migration', 'state', 'since'], rows)]
  return {
    json: statusJson(status),
    exitCode: exitCodes[state],
    blocks: [sentence(sentences[state]), ...nothing],
  }
}

const sentences: Record<SchemaState, string> = {
  up_to_date: 'The database is up to date.',
  pending: 'Migrations are pending. Run: latchkey migrate up',
  newer: 'The database was migrated by a newer version of this program; use that one.',
  changed: 'A migration that has run here was changed afterwards; use the files of the released version.',
}

function stateOf({ pending, unknown, changed }: MigrationStatus): SchemaState {
  if (unknown.length > 0) return 'newer'
  if (changed.length > 0) return 'changed'
  return pending.length > 0 ? 'pending' : 'up_to_date'
}

function noteOf(name: string, { unknown, changed }: Pick<MigrationStatus, 'unknown' | 'changed'>): string {
  if (unknown.includes(name)) return 'not known here'
  return changed.includes(name) ? 'changed since' : 'applied'
}

function statusJson(status: MigrationStatus) {
  return {
    state: stateOf(status),
    applied: status.applied.map(({ name, appliedAt }) => ({ name, applied_at: appliedAt })),
    pending: status.pending,
    unknown: status.unknown,
    changed: status.changed,
  }
}
