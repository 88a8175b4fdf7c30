/**
 * Configuration is the environment, read once into one frozen value: complete, or not at all.
 * Nothing else in the server reads `process.env`. `.env.example` lists every variable with its default and unit.
 */
import { z } from 'zod'
import { brandPolicy, brandProblems, brandSettings, brandVariables } from './config/brand.ts'
import { isChangeable } from './config/changeable.ts'
import type { ChangeableName } from './config/changeable.ts'
import { formOf } from './config/forms.ts'
import type { SettingForm } from './config/forms.ts'
import { keyPolicy, keyProblems, keySettings, keyVariables } from './config/keys.ts'
import { peoplePolicy, peopleProblems, peopleSettings, peopleVariables } from './config/people.ts'
import { processProblems, processSettings, processVariables } from './config/process.ts'
import { reachProblems, reachSettings, reachVariables } from './config/reach.ts'
import { tokenPolicy, tokenProblems, tokenSettings, tokenVariables } from './config/tokens.ts'

const variables = z.object({
  ...processVariables,
  ...reachVariables,
  ...keyVariables,
  ...tokenVariables,
  ...peopleVariables,
  ...brandVariables,
})

/** Which of them can be stored and changed, see there. */
export { changeableNames, isChangeable } from './config/changeable.ts'
export type { ChangeableName } from './config/changeable.ts'
export type { SettingForm } from './config/forms.ts'

/** What may be written into a setting. */
export function settingForm(name: ChangeableName): SettingForm {
  return formOf(name, variables.shape[name])
}

/** The names of all variables that are read. */
export const variableNames: readonly string[] = Object.keys(variables.shape)

type Environment = z.output<typeof variables>

/** What a server is started with, frozen. Two modes: trying it (no settings at all), and running it. */
export type Config = Readonly<ReturnType<typeof settingsOf>> & {
  /** The names of the variables that the environment gives: what could be stored of them is fixed here. */
  readonly given: ReadonlySet<string>
  /** What is in force with these stored. The environment wins. Throws {@link ConfigurationError}. */
  readonly policyWith: (stored: WrittenSettings) => PolicySettings
}

/** Settings that can change while a server runs, so that nobody may keep them from its start. */
export type PolicySettings = Readonly<ReturnType<typeof policyOf>>

/** Everything that is in force at one moment. */
export type EffectiveConfig = Config & PolicySettings

/** Settings by their names in the environment, written as they are there. */
export type WrittenSettings = Readonly<Record<string, string>>

/** A configuration that can serve: the database and the sealing keys are known, given or made by the trying mode. */
export type ServerConfig = Config & { readonly databaseUrl: string }

/** The environment is not fit to run with; the message lists everything that is wrong, one line each. */
export class ConfigurationError extends Error {
  /** One for each thing that is wrong, each beginning with the variables it is about. */
  readonly problems: readonly string[]

  constructor(problems: readonly string[]) {
    super(`The configuration cannot be used:\n${problems.map((problem) => `  - ${problem}`).join('\n')}`)
    this.name = 'ConfigurationError'
    this.problems = problems
  }
}

/**
 * Reads the environment. Throws {@link ConfigurationError} that names everything missing, malformed or unsafe at once.
 * Without `secretsRequired`, production may do without sealing keys and peppers: most of what an operator does needs none.
 */
export function readConfig(
  env: Readonly<Record<string, string | undefined>>,
  { secretsRequired = true }: { readonly secretsRequired?: boolean } = {},
): Config {
  const given = Object.fromEntries(
    Object.entries(env).filter(
      (entry): entry is [string, string] => entry[1] !== undefined && entry[1] !== '',
    ),
  )
  const policyWith = (stored: WrittenSettings): PolicySettings =>
    Object.freeze(policyOf(readSound({ ...onlyChangeable(stored), ...given }, secretsRequired)))
  const settings = settingsOf(readSound(given, secretsRequired))
  return Object.freeze({ ...settings, given: givenNames(given), policyWith })
}

/** Reads variables, all of them sound by themselves and together. */
function readSound(given: WrittenSettings, secretsRequired: boolean): Environment {
  const { malformed, problems, read } = readVariables(given)
  const all = [
    ...problems,
    // What was malformed has been spoken of, and its default stands for it here.
    ...problemsOf(read, secretsRequired).filter((problem) => !malformed.has(variableOf(problem))),
  ]
  if (all.length > 0) throw new ConfigurationError(all)
  return read
}

function givenNames(given: WrittenSettings): ReadonlySet<string> {
  return new Set(variableNames.filter((name) => Object.hasOwn(given, name)))
}

function onlyChangeable(written: WrittenSettings): WrittenSettings {
  return Object.fromEntries(Object.entries(written).filter(([name]) => isChangeable(name)))
}

/** Reads each variable by itself; the default stands for one that is malformed. */
function readVariables(given: Readonly<Record<string, unknown>>): {
  readonly read: Environment
  readonly malformed: ReadonlySet<string>
  readonly problems: readonly string[]
} {
  const parsed = variables.safeParse(given)
  if (parsed.success) return { read: parsed.data, malformed: new Set(), problems: [] }
  const problems = parsed.error.issues.map((issue) => `${issue.path.join('.')}: ${issue.message}`)
  const malformed = new Set(problems.map(variableOf))
  const wellFormed = Object.entries(given).filter(([name]) => !malformed.has(name))
  return { read: variables.parse(Object.fromEntries(wellFormed)), malformed, problems }
}

function variableOf(problem: string): string {
  return problem.slice(0, problem.indexOf(':'))
}

function problemsOf(env: Environment, secretsRequired: boolean): string[] {
  const { production } = processSettings(env)
  return [
    ...reachProblems(env, { production }),
    ...processProblems(env),
    ...keyProblems(env, { secretsRequired: production && secretsRequired }),
    ...tokenProblems(env),
    ...peopleProblems(env, { production }),
    ...brandProblems(env),
  ]
}

function settingsOf(env: Environment) {
  const { production, ...process } = processSettings(env)
  const mode: 'trying' | 'production' = production ? 'production' : 'trying'
  return {
    mode,
    production,
    ...process,
    ...reachSettings(env, { production }),
    ...keySettings(env),
    ...tokenSettings(env),
    ...peopleSettings(env),
    ...brandSettings(env),
  }
}

function policyOf(env: Environment) {
  return { ...brandPolicy(env), ...peoplePolicy(env), ...tokenPolicy(env), ...keyPolicy(env) }
}
