/** Changing settings: a form for each group, a question before what weakens or ends something, and what others did meanwhile. */
import { z } from 'zod'
import { changeableNames } from '../../config.ts'
import { Refusal } from '../../platform/errors.ts'
import { confirmSettingsContent, settingsFormContent } from '../../../views/admin/settings-form-page.ts'
import type { OtherChange, SettingsFormProps } from '../../../views/admin/settings-form-page.ts'
import type { SettingGroup } from '../../../views/admin/settings-groups.ts'
import { fillText } from '../../../views/messages/messages.ts'
import { consequencesOf } from './setting-consequences.ts'
import { changeableGroup, fieldsOfGroup, namesOfGroup, readSettingsForm, toldOf } from './settings-form.ts'
import type { ReadSettings } from './settings-form.ts'
import type { ConsoleRoute, Visit } from './route.ts'

const current = '/admin/settings'

function askChange(visit: Visit): void {
  const group = requireGroup(visit)
  showForm(visit, { group, fields: fieldsOfGroup(visit.rooms.settings, group), hidden: madeFrom(visit) })
}

async function change(visit: Visit): Promise<void> {
  const { form, frame, rooms, act, leadTo } = visit
  const { messages } = frame
  const { settings } = rooms
  const group = requireGroup(visit)
  const version = /^\d{1,9}$/.test(form.fields['version'] ?? '') ? Number(form.fields['version']) : undefined
  if (version === undefined) return leadTo(`${current}/${group}/change`)
  await settings.catchUp(version)
  const read = readSettingsForm(form, settings, { names: namesOfGroup(group), messages })
  if (Object.keys(read.problems).length > 0) {
    return again(visit, { group, read }, { problem: messages.consoleSettingForms.wrong })
  }
  if (Object.keys(read.values).length === 0) return leadTo(`${current}?nothing=1`)
  // What was overtaken is told as that, and asks nothing.
  if (version >= settings.version() && form.fields['confirmed'] !== 'yes') {
    const consequences = consequencesOf(messages, settings.written(), afterOf(visit, read))
    if (consequences.length > 0) return askConfirmation(visit, { group, consequences, read })
  }
  try {
    await settings.change(read.values, version, act)
  } catch (error) {
    if (!(error instanceof Refusal)) throw error
    if (error.code === 'conflict') {
      // A second press of the same button finds its own work done.
      const left = readSettingsForm(form, settings, { names: namesOfGroup(group), messages })
      const isDone = Object.keys(left.values).length === 0
      return isDone ? leadTo(`${current}?nothing=1`) : stale(visit, { group, read })
    }
    const { problems, problem } = toldOf(messages, error)
    return again(visit, { group, read: { ...read, problems } }, { problem, status: error.status })
  }
  const names = Object.keys(read.values).join(',')
  return leadTo(`${current}?changed=${names}&version=${settings.version()}`, 'settings')
}

/** What would be in force; the room judges whether it may be. */
function afterOf({ rooms }: Visit, { values }: ReadSettings): Readonly<Record<string, string>> {
  const [written, standard] = [rooms.settings.written(), rooms.settings.standard()]
  const given = Object.entries(values).map(([name, value]) => [name, value ?? standard[name] ?? ''] as const)
  return { ...written, ...Object.fromEntries(given) }
}

interface Sent {
  readonly group: SettingGroup
  readonly read: ReadSettings
}

function askConfirmation(
  { frame, show }: Visit,
  { group, consequences, read }: Sent & { readonly consequences: readonly string[] },
): void {
  const content = confirmSettingsContent(frame, { group, consequences, hidden: read.hidden })
  show({ title: frame.messages.consoleSettingForms.confirmTitle, current, content })
}

/** The form as it was typed. */
function again(
  visit: Visit,
  { group, read }: Sent,
  { problem, status = 400 }: { readonly problem: string; readonly status?: number },
): void {
  const { version = '', was = '' } = read.hidden
  const fields = fieldsOfGroup(visit.rooms.settings, group, read)
  showForm(visit, { group, fields, problem, hidden: { version, was } }, status)
}

/** The same after somebody else was faster: with what they changed, and ready to be sent once more. */
function stale(visit: Visit, { group, read }: Sent): void {
  const { frame, rooms } = visit
  const [then, now] = [writtenThen(read), rooms.settings.written()]
  const others: OtherChange[] = changeableNames.flatMap((name) => {
    const [before, after] = [then[name], now[name] ?? '']
    return before === undefined || before === after ? [] : [{ name, before, after }]
  })
  // What this one left alone would undo the change of the other one.
  const typed = Object.fromEntries(Object.entries(read.typed).filter(([name, text]) => text !== then[name]))
  const fields = fieldsOfGroup(rooms.settings, group, { ...read, typed })
  const problem = frame.messages.consoleSettingForms.stale
  showForm(visit, { group, fields, problem, others, hidden: madeFrom(visit) }, 409)
}

const thenShape = z.record(z.string().max(100), z.string().max(4000))

/** It travels in the form and is only ever shown. */
function writtenThen({ hidden }: ReadSettings): Readonly<Record<string, string>> {
  try {
    const parsed = thenShape.safeParse(JSON.parse(hidden['was'] ?? ''))
    return parsed.success ? parsed.data : {}
  } catch {
    return {}
  }
}

/** What a form says it was made from. */
export function madeFrom({ rooms: { settings } }: Pick<Visit, 'rooms'>): Readonly<Record<string, string>> {
  return { version: String(settings.version()), was: JSON.stringify(settings.written()) }
}

function requireGroup({ params }: Visit): SettingGroup {
  const group = changeableGroup(params['group'])
  if (group === undefined) throw new Refusal('not_found', 'There are no such settings.')
  return group
}

function showForm({ frame, show }: Visit, props: SettingsFormProps, status = 200): void {
  const { consoleSettings, consoleSettingForms: texts } = frame.messages
  const title = fillText(texts.editTitle, { group: consoleSettings[props.group] })
  show({ title, current, hasProblem: status >= 400, content: settingsFormContent(frame, props) }, status)
}

const path = '/settings/:group/change'

/** The pages that change settings. */
export const settingChangePages: readonly ConsoleRoute[] = [
  { method: 'GET', path, needs: 'settings:write', fresh: true, handle: askChange },
  { method: 'POST', path, needs: 'settings:write', fresh: true, handle: change },
]
