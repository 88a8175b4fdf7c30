import { run, statement } from '../../platform/db/open.ts'
import type { Database } from '../../platform/db/open.ts'
import { inTransaction } from '../../platform/db/transaction.ts'
import { Refusal } from '../../platform/errors.ts'
import { lineOfText } from '../../platform/text.ts'
import type { Act } from '../audit/act.ts'
import { changeDetails } from '../audit/changes.ts'
import { record } from '../audit/record.ts'
import { lockStoredSettings } from './stored.ts'
import type { StoredSettings, WrittenSettings } from './stored.ts'

/** Settings to be stored, and names of those that are no longer to be; all of it, or nothing. */
export interface SettingsChange {
  readonly set: WrittenSettings
  readonly reset: readonly string[]
  /** The version it was made from; left out by whoever means to change whatever is there. */
  readonly version?: number | undefined
}

/** What only the configuration knows of settings. */
export interface SettingRules {
  /** Refuses a change that may not be made. */
  readonly judge: (change: SettingsChange, before: WrittenSettings, after: WrittenSettings) => void
  /** What is in force with these stored, as it is written. */
  readonly inForce: (stored: WrittenSettings) => WrittenSettings
}

// The list of links at the foot of pages is the longest of them.
const longestValue = 2000
const value = lineOfText(longestValue)

/**
 * Stores settings and takes others back. Refuses with `conflict` what was made from another version than there is; what
 * changes nothing is written nowhere.
 */
export function changeStoredSettings(
  db: Database,
  { change, rules }: { readonly change: SettingsChange; readonly rules: SettingRules },
  act: Act,
): Promise<StoredSettings> {
  refuseUnwritable(change)
  return inTransaction(db, async (trx) => {
    const { written: before, version } = await lockStoredSettings(trx)
    if (change.version !== undefined && change.version !== version) throw changedMeanwhile()
    const after = afterChange(before, change)
    rules.judge(change, before, after)
    const names = [...Object.keys(change.set), ...change.reset].filter((name) => before[name] !== after[name])
    if (names.length === 0) return { written: before, version }
    if ((await run(trx, moveRow, [version, JSON.stringify(after)])).length !== 1) throw changedMeanwhile()
    const details = changeDetails(names, rules.inForce(before), rules.inForce(after))
    await record(trx, { type: 'settings.changed', details }, act)
    return { written: after, version: version + 1 }
  })
}

const moveRow = statement(
  'settings_change',
  'update settings set version = version + 1, written = $2 where version = $1 returning 1 as one',
)

function afterChange(before: WrittenSettings, { set, reset }: SettingsChange): WrittenSettings {
  const kept = Object.entries(before).filter(([name]) => !reset.includes(name))
  return Object.fromEntries([...kept, ...Object.entries(set)])
}

/** Before the database is asked: it would keep neither half a character nor one that is none. */
function refuseUnwritable({ set, reset }: SettingsChange): void {
  for (const [name, text] of Object.entries(set)) {
    const problem = value.safeParse(text).error?.issues[0]?.message
    if (problem !== undefined) throw new Refusal('invalid_request', `${shown(name)}: ${problem}.`)
    if (reset.includes(name)) {
      throw new Refusal('invalid_request', `${shown(name)}: cannot be set and reset in one change.`)
    }
  }
}

function shown(name: string): string {
  return name.slice(0, 60).replaceAll(/[^\w.-]/g, '?')
}

function changedMeanwhile(): Refusal {
  return new Refusal('conflict', 'The settings were changed by somebody else meanwhile; look at them again.')
}
