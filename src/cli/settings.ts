/** The settings of the installation at the command line: those that can be stored and changed while servers run. */
import { settingRules } from '../composition/setting-rules.ts'
import { changeOf, sourceOf } from '../composition/settings-room.ts'
import { changeableNames } from '../config.ts'
import { changeStoredSettings } from '../domain/settings/change.ts'
import { readStoredSettings } from '../domain/settings/stored.ts'
import type { StoredSettings } from '../domain/settings/stored.ts'
import { defineCommand } from './command.ts'
import type { Command } from './command.ts'
import type { Context } from './context.ts'
import { CliError } from './failures.ts'
import { requiredTexts } from './option.ts'
import { count, sentence, table } from './output.ts'
import type { Answer } from './output.ts'

const environmentNote =
  'What the environment of a server says wins, so call it where a server has its own: what is fixed there cannot be stored (setting_fixed), and values are judged together with it.'

const list = defineCommand({
  words: 'settings list',
  summary: 'Lists the settings that can be changed while servers run: their value, and where it comes from.',
  notes: [
    'environment: fixed by the environment of this command; stored: in the database; default: neither.',
    environmentNote,
  ],
  examples: ['settings list'],
  run: async (context) => {
    const stored = await readStoredSettings(await context.openDatabase())
    return answerOf(context, stored, changeableNames)
  },
})

const set = defineCommand({
  words: 'settings set',
  summary: 'Stores settings. They are in force on every server within a second, all of them or none.',
  notes: [
    'Values are written as in the environment; an empty one goes back to the default.',
    environmentNote,
  ],
  arguments: { setting: requiredTexts('setting', 'NAME=VALUE, as often as wanted.') },
  examples: [
    "settings set BRAND_NAME='Acme Login' BRAND_ACCENT_COLOUR='#7a1fa2'",
    'settings set SECOND_FACTOR=required',
  ],
  run: async (context, { setting }) => changed(context, Object.fromEntries(valuesOf(setting))),
})

const reset = defineCommand({
  words: 'settings reset',
  summary: 'Takes stored settings back: their defaults, or what the environment says, are in force again.',
  notes: [
    'It also works where stored settings contradict the environment, so that a server does not start.',
    environmentNote,
  ],
  arguments: { name: requiredTexts('name', 'The name of a setting, as often as wanted.') },
  examples: ['settings reset BRAND_NAME', 'settings reset SESSION_IDLE_SECONDS SESSION_LIFETIME_SECONDS'],
  run: async (context, { name }) =>
    changed(context, Object.fromEntries(name.map((each) => [each, null] as const))),
})

/** The commands about settings. */
export const settingCommands: readonly Command[] = [list, set, reset]

function valuesOf(settings: readonly string[]): readonly (readonly [string, string])[] {
  const values = settings.map((setting) => {
    const at = setting.indexOf('=')
    if (at < 1) throw new CliError('usage', '<setting> must be NAME=VALUE.')
    return [setting.slice(0, at), setting.slice(at + 1)] as const
  })
  if (new Set(values.map(([name]) => name)).size < values.length) {
    throw new CliError('usage', 'A setting is given twice.')
  }
  return values
}

async function changed(context: Context, values: Readonly<Record<string, string | null>>): Promise<Answer> {
  const db = await context.openDatabase()
  const before = await readStoredSettings(db)
  const parts = { change: changeOf(values, undefined), rules: settingRules(context.config()) }
  const stored = await changeStoredSettings(db, parts, context.act)
  const { json, blocks } = answerOf(context, stored, Object.keys(values))
  const said =
    stored.version === before.version
      ? 'They are stored like that already.'
      : `${count(Object.keys(values).length, 'setting')} changed, on every server within a second.`
  return { json, blocks: [sentence(said), ...blocks] }
}

function answerOf(context: Context, stored: StoredSettings, names: readonly string[]): Answer {
  const config = context.config()
  const inForce = settingRules(config).inForce(stored.written)
  const items = names.map((name) => ({
    name,
    value: inForce[name] ?? '',
    source: sourceOf(config, stored, name),
  }))
  const rows = items.map(({ name, value, source }) => [name, value, source])
  return {
    json: { version: stored.version, items, next: null },
    blocks: [table(['name', 'value', 'source'], rows)],
  }
}
