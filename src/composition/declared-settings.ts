/**
 * Settings in the declared setup. They are set in the environment: a server that took them from the database would need
 * settings to find the database. So a file says what they should be, and is compared with what they are.
 */
import { isDeepStrictEqual } from 'node:util'
import { ConfigurationError, readConfig } from '../config.ts'
import type { Config, EffectiveConfig } from '../config.ts'
import type { SettingValue, ShownSettings } from '../web/administration-rooms.ts'
import { Refusal } from '../platform/errors.ts'
import { policySettings, writtenOf } from './shown-settings.ts'

/** What a file says of settings, by their names in the environment. */
export type DeclaredSettings = Readonly<Record<string, string | number | boolean>>

/** A setting that is not what a file says. Both as they are written in the environment. */
export interface SettingDifference {
  readonly name: string
  readonly is: string
  readonly declared: string
}

/** The settings that are not what a file says. Refuses, with `invalid_request`, names and values that there are not. */
export function settingDifferences(
  config: EffectiveConfig,
  declared: DeclaredSettings,
): readonly SettingDifference[] {
  const current = policySettings(config)
  const stranger = Object.keys(declared).find((name) => !isDeclarable(current, name))
  if (stranger !== undefined) {
    throw new Refusal(
      'invalid_request',
      `settings: ${stranger} is not a setting that a file can name. Secrets, addresses and sizes of a server differ from one to the next.`,
    )
  }
  const wanted = policySettings(readDeclared(current, declared))
  return Object.keys(declared)
    .filter((name) => !isDeepStrictEqual(wanted[name], current[name]))
    .map((name) => ({ name, is: writtenOf(current[name]), declared: writtenOf(wanted[name]) }))
}

/** The settings that are not the defaults, as a file says them. */
export function settingsToDeclare(config: EffectiveConfig): DeclaredSettings {
  const defaults = policySettings(effective(readConfig({})))
  return Object.fromEntries(
    Object.entries(policySettings(config))
      .filter(([name, value]) => !isSecret(value) && !isDeepStrictEqual(value, defaults[name]))
      .map(([name, value]) => [name, writtenOf(value)] as const),
  )
}

/** Together with the other settings there are, by the rules of the environment. */
function readDeclared(current: ShownSettings, declared: DeclaredSettings): EffectiveConfig {
  const others = Object.entries(current).filter(([, value]) => !isSecret(value))
  const env = Object.fromEntries([
    ...others.map(([name, value]) => [name, writtenOf(value)] as const),
    ...Object.entries(declared).map(([name, value]) => [name, String(value)] as const),
  ])
  try {
    return effective(readConfig(env, { secretsRequired: false }))
  } catch (error) {
    if (!(error instanceof ConfigurationError)) throw error
    throw new Refusal('invalid_request', `settings: ${error.problems.join('; ')}`)
  }
}

function isDeclarable(current: ShownSettings, name: string): boolean {
  return Object.hasOwn(current, name) && !isSecret(current[name])
}

function isSecret(value: SettingValue): boolean {
  return typeof value === 'object' && 'isSet' in value
}

function effective(config: Config): EffectiveConfig {
  return { ...config, ...config.policyWith({}) }
}
