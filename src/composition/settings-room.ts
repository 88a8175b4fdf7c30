/** The settings of a server as the console and the management API look at them and change them. */
import { isChangeable } from '../config.ts'
import type { Config } from '../config.ts'
import { changeStoredSettings } from '../domain/settings/change.ts'
import type { SettingsChange } from '../domain/settings/change.ts'
import type { StoredSettings } from '../domain/settings/stored.ts'
import type { Database } from '../platform/db/open.ts'
import type { SettingsRoom, SettingSource } from '../web/administration-rooms.ts'
import type { LiveSettings } from './live-settings.ts'
import { settingRules } from './setting-rules.ts'
import { shownSettings, writtenSettings } from './shown-settings.ts'

/** The room. */
export function settingsRoom(
  config: Config,
  { db, settings }: { readonly db: Database; readonly settings: LiveSettings },
): SettingsRoom {
  const rules = settingRules(config)
  return {
    shown: () => shownSettings({ ...config, ...settings.current() }),
    written: () => writtenSettings({ ...config, ...settings.current() }),
    standard: () => writtenSettings({ ...config, ...config.policyWith({}) }),
    source: (name) => sourceOf(config, settings.stored(), name),
    changeable: isChangeable,
    version: () => settings.stored().version,
    catchUp: async (version) => {
      if (version > settings.stored().version) await settings.reload()
    },
    change: async (values, version, act) => {
      try {
        await changeStoredSettings(db, { change: changeOf(values, version), rules }, act)
      } finally {
        // Whoever was refused because of somebody else's change is shown what that one made.
        await settings.reload()
      }
    },
  }
}

/** Where the value of a setting comes from. */
export function sourceOf(
  { given }: Pick<Config, 'given'>,
  { written }: Pick<StoredSettings, 'written'>,
  name: string,
): SettingSource {
  if (given.has(name)) return 'environment'
  return isChangeable(name) && Object.hasOwn(written, name) ? 'stored' : 'default'
}

/** An empty variable of the environment is one that is not set, and so is an empty setting. */
export function changeOf(
  values: Readonly<Record<string, string | null>>,
  version: number | undefined,
): SettingsChange {
  const entries = Object.entries(values)
  return {
    set: Object.fromEntries(entries.filter((entry): entry is [string, string] => Boolean(entry[1]))),
    reset: entries.filter(([, value]) => value === null || value === '').map(([name]) => name),
    version,
  }
}
