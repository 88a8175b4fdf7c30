import { effectivePolicy } from '../composition/setting-rules.ts'
import type { EffectiveConfig } from '../config.ts'
import { readStoredSettings } from '../domain/settings/stored.ts'
import type { Database } from '../platform/db/open.ts'
import type { Context } from './context.ts'

/** The configuration with the settings in force: those of this command's environment first, then those that are stored. */
export async function effectiveConfig(context: Context, db: Database): Promise<EffectiveConfig> {
  const config = context.config()
  return { ...config, ...effectivePolicy(config, (await readStoredSettings(db)).written) }
}
