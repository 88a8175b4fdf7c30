/** What may be stored of settings, judged by the rules of the environment, and together with what that says. */
import { ConfigurationError, isChangeable, variableNames } from '../config.ts'
import type { Config, PolicySettings, WrittenSettings } from '../config.ts'
import type { SettingRules } from '../domain/settings/change.ts'
import { Refusal } from '../platform/errors.ts'
import { writtenSettings } from './shown-settings.ts'

/** The rules of one installation. */
export function settingRules(config: Config): SettingRules {
  return {
    judge: ({ set, reset }, before, after) => {
      for (const name of Object.keys(set)) refuseFixed(config, name)
      for (const name of reset) if (!Object.hasOwn(before, name)) refuseFixed(config, name)
      // What contradicts already is mended step by step, so only what a change adds to it speaks against it.
      const known = problemsWith(config, before)
      const added = problemsWith(config, after).filter((problem) => !known.includes(problem))
      if (added.length > 0) throw new Refusal('invalid_request', added.join('; '))
    },
    inForce: (stored) =>
      problemsWith(config, stored).length > 0
        ? { ...writtenSettings({ ...config, ...config.policyWith({}) }), ...stored }
        : writtenSettings({ ...config, ...config.policyWith(stored) }),
  }
}

/**
 * What is in force with these stored. Throws {@link ConfigurationError} where they contradict the environment, which says
 * how to take them back.
 */
export function effectivePolicy(config: Config, stored: WrittenSettings): PolicySettings {
  const problems = problemsWith(config, stored)
  if (problems.length === 0) return config.policyWith(stored)
  throw new ConfigurationError(problems.map((problem) => `${problem}${wayOut(config, stored, problem)}`))
}

function problemsWith(config: Config, stored: WrittenSettings): readonly string[] {
  try {
    config.policyWith(stored)
    return []
  } catch (error) {
    if (!(error instanceof ConfigurationError)) throw error
    return error.problems
  }
}

function wayOut({ given }: Config, stored: WrittenSettings, problem: string): string {
  const free = Object.keys(stored).filter((name) => isChangeable(name) && !given.has(name))
  const named = free.filter((name) => new RegExp(`\\b${name}\\b`).test(problem))
  const names = named.length > 0 ? named : free
  return ` (${names.join(', ')} is stored in the database; take it back with: latchkey settings reset ${names.join(' ')})`
}

function refuseFixed({ given }: Config, name: string): void {
  if (!isChangeable(name)) throw new Refusal('invalid_request', whyNot(name))
  if (!given.has(name)) return
  throw new Refusal(
    'setting_fixed',
    `${name} is set in the environment of the server, which wins. Remove it there first, and restart.`,
  )
}

function whyNot(name: string): string {
  if (variableNames.includes(name)) {
    return `${name} is set in the environment of the servers alone, with everything that is secret, that says where and on what they run, or that they read from their disk.`
  }
  return `There is no setting ${name.slice(0, 60).replaceAll(/[^\w.-]/g, '?')}.`
}
