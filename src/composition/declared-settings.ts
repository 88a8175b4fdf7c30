/**
 * Settings in the declared setup. Those that can be changed and that the environment leaves open are stored as the file
 * says. The others are set in the environment alone, so there the file is compared with what they are.
 */
import { ConfigurationError, isChangeable, readConfig } from '../config.ts'
import type { Config, EffectiveConfig, WrittenSettings } from '../config.ts'
import type { ApplyParts } from '../domain/declared/apply.ts'
import type { PlanOptions } from '../domain/declared/plan.ts'
import { changeStoredSettings } from '../domain/settings/change.ts'
import { lockStoredSettings } from '../domain/settings/stored.ts'
import { Refusal } from '../platform/errors.ts'
import type { SettingValue, ShownSettings } from '../web/administration-rooms.ts'
import { effectivePolicy, settingRules } from './setting-rules.ts'
import { changeOf } from './settings-room.ts'
import { policySettings, writtenOf } from './shown-settings.ts'

/** What a file says of settings, by their names in the environment. */
export type DeclaredSettings = Readonly<Record<string, string | number | boolean>>

/** A setting that is not what a file says. Both as they are written in the environment. */
export interface SettingDifference {
  readonly name: string
  readonly is: string
  readonly declared: string
}

/**
 * The settings that are not what a file says and can only be changed in the environment. Refuses, with `invalid_request`,
 * names and values that there are not.
 */
export function differencesInEnvironment(
  config: EffectiveConfig,
  declared: DeclaredSettings,
): readonly SettingDifference[] {
  return differences(config, policySettings(config), declared).filter(({ name }) => !isFree(config, name))
}

/** Stores what the file says of the others; with `prune`, takes back what it does not name. */
export function settingsApplier(
  config: Config,
  declared: DeclaredSettings,
  { prune }: PlanOptions,
): ApplyParts['applySettings'] {
  const rules = settingRules(config)
  return async (trx, act) => {
    const { written } = await lockStoredSettings(trx)
    const unnamed = Object.keys(written)
      .toSorted()
      .filter((name) => prune && !Object.hasOwn(declared, name))
    const kept = Object.fromEntries(Object.entries(written).filter(([name]) => !unnamed.includes(name)))
    // Read together with what will be there, and compared with it.
    const others = policySettings({ ...config, ...effectivePolicy(config, kept) })
    const wanted = differences(config, others, declared).filter(({ name }) => isFree(config, name))
    const values = [
      ...unnamed.map((name) => [name, null] as const),
      ...wanted.map((setting) => [setting.name, setting.declared] as const),
    ]
    const change = changeOf(Object.fromEntries(values), undefined)
    const { written: after } = await changeStoredSettings(trx, { change, rules }, act)
    const [was, is] = [rules.inForce(written), rules.inForce(after)]
    return values.map(([member]) => ({ member, before: was[member], after: is[member] }))
  }
}

/** The settings that are not the defaults, as a file says them. */
export function settingsToDeclare(config: EffectiveConfig): DeclaredSettings {
  const defaults = writtenPolicy(policySettings(withDefaults(readConfig({}))))
  const current = Object.entries(writtenPolicy(policySettings(config)))
  return Object.fromEntries(current.filter(([name, value]) => value !== defaults[name]))
}

function differences(
  config: Config,
  current: ShownSettings,
  declared: DeclaredSettings,
): readonly SettingDifference[] {
  const stranger = Object.keys(declared).find((name) => !isDeclarable(current, name))
  if (stranger !== undefined) {
    throw new Refusal(
      'invalid_request',
      `settings: ${stranger} is not a setting that a file can name. Secrets, addresses and sizes of a server differ from one to the next.`,
    )
  }
  const [is, wanted] = [writtenPolicy(current), writtenPolicy(readDeclared(current, declared))]
  return Object.keys(declared)
    .map((name) => ({ name, is: is[name] ?? '', declared: wanted[name] ?? '' }))
    .filter((setting) => setting.is !== setting.declared)
}

/** Together with the other settings there are, by the rules of the environment. */
function readDeclared(current: ShownSettings, declared: DeclaredSettings): ShownSettings {
  const said = Object.entries(declared).map(([name, value]) => [name, String(value)] as const)
  const env = { ...writtenPolicy(current), ...Object.fromEntries(said) }
  try {
    return policySettings(withDefaults(readConfig(env, { secretsRequired: false })))
  } catch (error) {
    if (!(error instanceof ConfigurationError)) throw error
    throw new Refusal('invalid_request', `settings: ${error.problems.join('; ')}`)
  }
}

function isFree({ given }: Pick<Config, 'given'>, name: string): boolean {
  return isChangeable(name) && !given.has(name)
}

function isDeclarable(current: ShownSettings, name: string): boolean {
  return Object.hasOwn(current, name) && !isSecret(current[name])
}

function isSecret(value: SettingValue): boolean {
  return typeof value === 'object' && 'isSet' in value
}

function writtenPolicy(shown: ShownSettings): WrittenSettings {
  const known = Object.entries(shown).filter(([, value]) => !isSecret(value))
  return Object.fromEntries(known.map(([name, value]) => [name, writtenOf(value)] as const))
}

function withDefaults(config: Config): EffectiveConfig {
  return { ...config, ...config.policyWith({}) }
}
