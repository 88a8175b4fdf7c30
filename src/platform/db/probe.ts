/**
 * Asks the database how it is, on a connection of its own: when the pool is busy the database may be perfectly well,
 * and an instance under load must not be taken away from its load balancer for it.
 */
import { readdir } from 'node:fs/promises'
import type { Connection } from './open.ts'
import { openConnection } from './open.ts'

/** What can be asked. */
export interface DatabaseProbe {
  /** Undefined if it answers and can be written to. */
  readonly reachable: () => Promise<string | undefined>
  /** Undefined if every migration this code brings has run; newer ones may have run as well. */
  readonly migrated: () => Promise<string | undefined>
  readonly close: () => Promise<void>
}

/** Where to ask, and which migrations to ask for. */
export interface ProbeOptions {
  readonly url: string
  readonly migrationsDirectory: string
}

interface Facts {
  readonly readOnly: boolean
  readonly migrated: boolean
}

const answerMilliseconds = 900

/** Makes a probe. It connects when it is first asked, and again after a loss. */
export function createDatabaseProbe({ url, migrationsDirectory }: ProbeOptions): DatabaseProbe {
  let connection: Connection | undefined
  let asking: Promise<Facts> | undefined
  let newest: string | undefined
  const forget = (): undefined => {
    connection?.destroy()
    connection = undefined
  }
  const ask = async (): Promise<Facts> => {
    newest ??= await newestMigration(migrationsDirectory)
    if (connection !== undefined) {
      // It may have died since the last question, which says nothing about the database now.
      const answer = await facts(connection, newest).catch(forget)
      if (answer !== undefined) return answer
    }
    connection = await connect(url)
    return facts(connection, newest)
  }
  const askOnce = () => {
    asking ??= ask()
      .catch((error: unknown) => {
        // Whatever it was, the next question deserves a fresh connection.
        forget()
        throw error
      })
      .finally(() => (asking = undefined))
    return asking
  }
  return {
    reachable: async () => ((await askOnce()).readOnly ? 'read-only' : undefined),
    migrated: async () => ((await askOnce()).migrated ? undefined : 'older than this version'),
    close: async () => {
      await asking?.catch(() => {})
      await connection?.close()
    },
  }
}

async function facts(connection: Connection, newest: string | undefined): Promise<Facts> {
  const [row] = await connection.query<Facts>(
    `select pg_is_in_recovery() or current_setting('default_transaction_read_only') = 'on' as "readOnly",
            exists (select from schema_migrations where name = $1) as migrated`,
    [newest],
  )
  if (row === undefined) throw new Error('the database gave no answer')
  return row
}

function connect(url: string): Promise<Connection> {
  return openConnection({
    url,
    applicationName: 'latchkey probe',
    connectTimeoutMilliseconds: answerMilliseconds,
    statementTimeoutMilliseconds: answerMilliseconds,
  })
}

async function newestMigration(directory: string): Promise<string | undefined> {
  return (await readdir(directory))
    .filter((name) => name.endsWith('.sql'))
    .sort()
    .at(-1)
}
