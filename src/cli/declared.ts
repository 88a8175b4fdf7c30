/** The declared setup at the command line: a file in version control that says what APIs and clients there are. */
import { parse, stringify } from 'yaml'
import {
  differencesInEnvironment,
  settingsApplier,
  settingsToDeclare,
} from '../composition/declared-settings.ts'
import type { SettingDifference } from '../composition/declared-settings.ts'
import { applyDeclared, planDeclared } from '../domain/declared/apply.ts'
import type { ApplyParts } from '../domain/declared/apply.ts'
import { readCurrent } from '../domain/declared/current.ts'
import { parseDeclared, writeDeclared } from '../domain/declared/document.ts'
import type { Declared } from '../domain/declared/document.ts'
import type { MemberChange, PlannedChange, PlanOptions } from '../domain/declared/plan.ts'
import { ownClientIds } from '../domain/clients/own-clients.ts'
import { deleteClientWithAll } from '../oidc/lifecycle.ts'
import { randomId } from '../platform/crypto/random.ts'
import { defineCommand } from './command.ts'
import type { Command } from './command.ts'
import { effectiveConfig } from './effective-config.ts'
import type { Context } from './context.ts'
import { CliError } from './failures.ts'
import { confirm, readTextFile } from './input.ts'
import { confirmable } from './listing.ts'
import { choice, flag, requiredText } from './option.ts'
import { count, printable, sentence } from './output.ts'
import type { Answer, Block } from './output.ts'

const isOwnClient = (id: string): boolean => ownClientIds.includes(id)
const rooms = { newId: randomId, isOwnClient, deleteClient: deleteClientWithAll }
const fileArgument = requiredText('file', 'The YAML or JSON file; - reads standard input.')
const settingsNote =
  'Settings that can be changed are stored, and in force everywhere within a second. What the environment fixes, and what is set there alone, is compared with the environment of this command, so call it where a server has its own.'
const pruneOption = {
  prune: flag(
    'Deletes APIs and clients that the file does not name, and takes stored settings back; without it they are left alone.',
  ),
}

const plan = defineCommand({
  words: 'setup plan',
  summary: 'Shows what applying a file would change, and changes nothing.',
  notes: [
    'The file has the form that `setup export` writes. The exit code is 0, also when there is something to change.',
    settingsNote,
  ],
  arguments: { file: fileArgument },
  options: pruneOption,
  examples: ['setup plan latchkey.yaml', 'setup plan latchkey.yaml --prune'],
  run: async (context, { file, prune }) => {
    const wanted = parseDeclared(await readDocument(file))
    const db = await context.openDatabase()
    const settings = differencesInEnvironment(await effectiveConfig(context, db), wanted.settings)
    const changes = await planDeclared(db, documentOf(context, { prune, wanted }), context.act)
    return answerOf({ changes, settings }, 'planned')
  },
})

const apply = defineCommand({
  words: 'setup apply',
  summary: 'Makes the settings, APIs, roles and clients what a file says: all of it, or nothing.',
  notes: [
    'Where the environment has a setting otherwise, nothing is changed and the exit code is 1 (settings_differ).',
    'Secrets are never in the file: a new client that needs one gets it with `clients secrets add`.',
    'Applying the same file again changes nothing.',
    settingsNote,
  ],
  arguments: { file: fileArgument },
  options: { ...pruneOption, ...confirmable },
  examples: ['setup apply latchkey.yaml', 'setup apply latchkey.yaml --prune --yes'],
  run: async (context, { file, prune, yes }) => {
    const wanted = parseDeclared(await readDocument(file))
    const db = await context.openDatabase()
    refuseOtherSettings(differencesInEnvironment(await effectiveConfig(context, db), wanted.settings))
    const document = documentOf(context, { prune, wanted })
    const planned = await planDeclared(db, document, context.act)
    if (planned.length > 0) {
      await confirm(`${linesOf(planned)}\n\n${summaryOf(planned, 'planned')}`, { yes })
    }
    const changes = await applyDeclared(db, document, context.act)
    return answerOf({ changes, settings: [] }, 'done')
  },
})

const formats = ['yaml', 'json'] as const

const exportCommand = defineCommand({
  words: 'setup export',
  summary: 'Writes the settings, APIs, roles and clients there are in the form that `setup apply` takes.',
  notes: [
    'There is no secret in it, and nothing that the server makes for itself. Of settings, those that are not the default.',
    settingsNote,
  ],
  options: { format: choice(formats, 'YAML unless given; --json is the same as json.') },
  examples: ['setup export > latchkey.yaml'],
  run: async (context, { format = 'yaml' }) => {
    const db = await context.openDatabase()
    const { declared } = await readCurrent(db, isOwnClient)
    const settings = settingsToDeclare(await effectiveConfig(context, db))
    const document = writeDeclared({ ...declared, settings })
    const text =
      format === 'yaml' ? stringify(document, { lineWidth: 100 }) : JSON.stringify(document, null, 2)
    return { json: document, blocks: [verbatim(text)] }
  },
})

/** The commands about the declared setup. */
export const declaredCommands: readonly Command[] = [plan, apply, exportCommand]

function documentOf(
  context: Context,
  { prune, wanted }: PlanOptions & { readonly wanted: Declared },
): ApplyParts & PlanOptions & { readonly wanted: Declared } {
  const applySettings = settingsApplier(context.config(), wanted.settings, { prune })
  return { ...rooms, applySettings, prune, wanted }
}

function verbatim(text: string): Block {
  return { kind: 'verbatim', text }
}

/** JSON is YAML. Aliases are bounded, so that a small file cannot become a huge one. */
async function readDocument(file: string): Promise<unknown> {
  const text = await readTextFile(file)
  try {
    return parse(text, { maxAliasCount: 50, uniqueKeys: true, strict: true })
  } catch (error) {
    const reason = error instanceof Error ? (error.message.split('\n')[0] ?? '') : 'unknown'
    throw new CliError('input_unreadable', `${file} is neither YAML nor JSON: ${reason}`)
  }
}

interface Differences {
  readonly changes: readonly PlannedChange[]
  readonly settings: readonly SettingDifference[]
}

function answerOf(json: Differences, when: 'planned' | 'done'): Answer {
  const { changes, settings } = json
  const blocks: Block[] = []
  if (changes.length > 0) blocks.push(sentence(summaryOf(changes, when)), verbatim(linesOf(changes)))
  if (settings.length > 0) {
    blocks.push(
      sentence(`${count(settings.length, 'setting')} to be changed in the environment of the servers first:`),
      verbatim(settings.map(settingLine).join('\n')),
    )
  }
  if (blocks.length === 0) blocks.push(sentence('Everything is as the file says.'))
  return { json, blocks }
}

function settingLine({ name, is, declared }: SettingDifference): string {
  return printable(`! ${name}: ${JSON.stringify(is)} -> ${JSON.stringify(declared)}`)
}

function refuseOtherSettings(settings: readonly SettingDifference[]): void {
  if (settings.length === 0) return
  throw new CliError(
    'settings_differ',
    `The environment is not what the file says of it, so nothing was changed. Change it first:\n${settings.map(settingLine).join('\n')}`,
  )
}

function summaryOf(changes: readonly PlannedChange[], when: 'planned' | 'done'): string {
  const of = (action: PlannedChange['action']) => changes.filter((change) => change.action === action).length
  const wanted = `${of('create')} to make, ${of('change')} to change, ${of('delete')} to delete`
  if (when === 'planned') return `${count(changes.length, 'difference')}: ${wanted}.`
  return `Done: ${of('create')} made, ${of('change')} changed, ${of('delete')} deleted.`
}

const signs = { create: '+', change: '~', delete: '-' } as const

function linesOf(changes: readonly PlannedChange[]): string {
  return (
    changes
      .flatMap(({ action, kind, name, members }) => [
        kind === 'settings' ? `${signs[action]} ${kind}` : `${signs[action]} ${kind} ${name}`,
        ...members.flatMap(memberLines).map((line) => `    ${line}`),
      ])
      // Names and descriptions are what somebody wrote: a terminal must not obey them.
      .map(printable)
      .join('\n')
  )
}

function memberLines({ member, before, after }: MemberChange): string[] {
  if (isTextList(before ?? []) && isTextList(after)) {
    const [old, now] = [new Set(listOf(before)), new Set(listOf(after))]
    const taken = [...old.difference(now)].map((item) => `- ${item}`)
    return [...taken, ...[...now.difference(old)].map((item) => `+ ${item}`)].map(
      (line) => `${member} ${line}`,
    )
  }
  if (before === undefined) return after === undefined ? [] : [`${member}: ${JSON.stringify(after)}`]
  return [`${member}: ${JSON.stringify(before)} -> ${JSON.stringify(after) ?? 'nothing'}`]
}

function isTextList(value: unknown): boolean {
  return Array.isArray(value) && value.every((item) => typeof item === 'string')
}

function listOf(value: unknown): string[] {
  return Array.isArray(value) ? value.map(String) : []
}
