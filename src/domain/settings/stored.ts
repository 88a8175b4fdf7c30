/**
 * Settings that an installation keeps, by their names in the environment and written as they are there.
 * Owns `settings`, one row: a change is one statement and has one version. What they mean, which there are and what the
 * environment says instead is known to whoever asks; here they are text.
 */
import { z } from 'zod'
import { run, statement } from '../../platform/db/open.ts'
import type { Database } from '../../platform/db/open.ts'

/** Settings by name. */
export type WrittenSettings = Readonly<Record<string, string>>

/** What is stored. A setting that is not there has its default, or what the environment says. */
export interface StoredSettings {
  readonly written: WrittenSettings
  /** Grows with each change. */
  readonly version: number
}

const row = z.object({ version: z.number(), written: z.record(z.string(), z.string()) })

const readRow = statement('settings_read', 'select version, written from settings')
const lockRow = statement('settings_lock', 'select version, written from settings for update')

/** Reads what is stored. */
export async function readStoredSettings(db: Database): Promise<StoredSettings> {
  return storedOf(await run(db, readRow, []))
}

/** The same in a transaction, until whose end nobody else changes it. */
export async function lockStoredSettings(trx: Database): Promise<StoredSettings> {
  return storedOf(await run(trx, lockRow, []))
}

function storedOf([found]: readonly object[]): StoredSettings {
  return row.parse(found)
}
