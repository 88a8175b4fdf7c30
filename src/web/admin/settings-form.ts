/** How a form of settings is read, and what a refusal says about which of its fields. */
import { settingForm, isChangeable, changeableNames } from '../../config.ts'
import type { ChangeableName } from '../../config.ts'
import type { Refusal } from '../../platform/errors.ts'
import { secondsBounds } from '../../../views/admin/settings-controls.ts'
import type { SettingField } from '../../../views/admin/settings-controls.ts'
import { groupOfSetting } from '../../../views/admin/settings-groups.ts'
import type { SettingGroup } from '../../../views/admin/settings-groups.ts'
import { fillText } from '../../../views/messages/messages.ts'
import type { Messages } from '../../../views/messages/messages.ts'
import { problemText } from '../../../views/messages/problems.ts'
import type { SettingsRoom } from '../administration-rooms.ts'
import type { OwnForm } from '../own-session.ts'

type Problems = Readonly<Record<string, string>>

/** A form as it was sent. */
export interface ReadSettings {
  /** What differs from what is in force; null goes back to the default. */
  readonly values: Readonly<Record<string, string | null>>
  /** What was typed, for the form to show again. */
  readonly typed: Readonly<Record<string, string>>
  readonly resets: readonly string[]
  readonly problems: Problems
  /** Everything of the form that counts, for a page that asks before it is done. */
  readonly hidden: Readonly<Record<string, string>>
}

/** The group that an address names, if anything of it can be changed. */
export function changeableGroup(name: string | undefined): SettingGroup | undefined {
  return changeableNames.map(groupOfSetting).find((group) => group === name)
}

/** The settings of a group that can be changed at all. */
export function namesOfGroup(group: SettingGroup): readonly ChangeableName[] {
  return changeableNames.filter((name) => groupOfSetting(name) === group)
}

/** Reads what was sent about these settings; what the form did not hold stays. */
export function readSettingsForm(
  { fields }: OwnForm,
  settings: SettingsRoom,
  { names, messages }: { readonly names: readonly ChangeableName[]; readonly messages: Messages },
): ReadSettings {
  const inForce = settings.written()
  const sent = names.filter((name) => fields[name] !== undefined)
  const resets = names.filter((name) => fields[`reset_${name}`] === 'yes')
  const typed = Object.fromEntries(sent.map((name) => [name, typedOf(fields, name)]))
  const changed = sent.filter((name) => !resets.includes(name) && typed[name] !== inForce[name])
  const problems = Object.fromEntries(
    changed.flatMap((name) => {
      const problem = boundsProblem(messages, name, typed[name] ?? '')
      return problem === undefined ? [] : [[name, problem] as const]
    }),
  )
  const back = resets.filter((name) => settings.source(name) === 'stored')
  return {
    values: Object.fromEntries([
      ...changed.map((name) => [name, typed[name] === '' ? null : (typed[name] ?? null)] as const),
      ...back.map((name) => [name, null] as const),
    ]),
    typed,
    resets,
    problems,
    hidden: {
      ...typed,
      ...Object.fromEntries(resets.map((name) => [`reset_${name}`, 'yes'] as const)),
      version: fields['version'] ?? '',
      was: fields['was'] ?? '',
    },
  }
}

/** The fields of a group, as they are in force or as they were typed. */
export function fieldsOfGroup(
  settings: SettingsRoom,
  group: SettingGroup,
  {
    typed = {},
    resets = [],
    problems = {},
  }: Partial<Pick<ReadSettings, 'typed' | 'resets' | 'problems'>> = {},
): readonly SettingField[] {
  const [inForce, standard] = [settings.written(), settings.standard()]
  return namesOfGroup(group).map((name) => ({
    name,
    control: settingForm(name),
    value: typed[name] ?? inForce[name] ?? '',
    standard: standard[name] ?? '',
    source: settings.source(name),
    backToDefault: resets.includes(name),
    error: problems[name],
  }))
}

/** What a refusal says: beside the fields it names, and of the whole. */
export function toldOf(
  messages: Messages,
  { message }: Refusal,
): { readonly problems: Problems; readonly problem: string } {
  const problems: Record<string, string> = {}
  const others: string[] = []
  for (const piece of message.split(/; (?=[A-Z][A-Z_]+[:,])/)) {
    const [, name = '', problem = ''] = /^([A-Z_]+): (.*?)\.?$/.exec(piece) ?? []
    if (isChangeable(name)) problems[name] ??= fieldProblem(messages, name, problem)
    else others.push(problemText(messages, piece))
  }
  const wrong = messages.consoleSettingForms.wrong
  return { problems, problem: others.length > 0 ? others.join(' ') : wrong }
}

/** What a schema says of a shape is said in the words of the field. */
function fieldProblem(messages: Messages, name: ChangeableName, problem: string): string {
  const { consoleSettingForms: texts, consoleSettings } = messages
  const form = settingForm(name)
  if (form.kind === 'colour') return consoleSettings.accentWrong
  if (!/^(?:Too |Invalid )/.test(problem)) return problemText(messages, problem)
  if (name === 'BRAND_NAME') return consoleSettings.nameWrong
  switch (form.kind) {
    case 'seconds':
      return fillText(texts.notBetween, secondsBounds(messages, form))
    case 'url':
      return texts.urlWrong
    case 'choice':
    case 'switch':
      return texts.choiceWrong
    case 'links':
      return texts.linksWrong
    case 'text':
      return name === 'TOKEN_RATE_LIMIT' ? texts.rateWrong : problemText(messages, problem)
  }
}

/** What is no number in bounds is told at once, in the words of the field. */
function boundsProblem(messages: Messages, name: ChangeableName, text: string): string | undefined {
  const form = settingForm(name)
  if (form.kind !== 'seconds' || text === '') return undefined
  const seconds = /^\d{1,12}$/.test(text) ? Number(text) : -1
  if (seconds >= form.minimum && seconds <= form.maximum) return undefined
  return fillText(messages.consoleSettingForms.notBetween, secondsBounds(messages, form))
}

function typedOf(fields: OwnForm['fields'], name: ChangeableName): string {
  const text = (fields[name] ?? '').trim()
  switch (settingForm(name).kind) {
    case 'links':
      return text
        .split('\n')
        .map((line) => line.trim())
        .filter((line) => line !== '')
        .join(',')
    case 'colour': {
      // Beside the text stands a control to pick a colour with; it counts where the text was left alone.
      const { [`${name}_shown`]: shown, [`${name}_picked`]: picked } = fields
      const wasPicked = picked !== undefined && picked !== shown?.toLowerCase() && text === shown
      return wasPicked ? picked : text
    }
    default:
      return text
  }
}
