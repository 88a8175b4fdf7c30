/** What a change of settings weakens or ends, which is asked about before it is made. */
import { exactTime, fillText } from '../../../views/messages/messages.ts'
import type { Messages } from '../../../views/messages/messages.ts'

type Written = Readonly<Record<string, string>>
type Texts = Messages['consoleSettingForms']

const weakenings: readonly (readonly [name: string, to: string, told: keyof Texts])[] = [
  ['ADMINISTRATOR_SECOND_FACTOR', 'optional', 'weak_administrators'],
  ['SECOND_FACTOR', 'optional', 'weak_everybody'],
  ['ADMINISTRATOR_REMEMBERED_DEVICES', 'true', 'weak_devices'],
  ['LEAKED_KEY_POLICY', 'notify', 'weak_leaks'],
  ['SIGN_UP', 'open', 'weak_sign_up'],
]

// Sessions end by the lifetimes of now; what an app was given keeps the end it has.
const endings: readonly (readonly [name: string, told: keyof Texts])[] = [
  ['SESSION_LIFETIME_SECONDS', 'ends_sign_in'],
  ['SESSION_IDLE_SECONDS', 'ends_idle'],
  ['KEY_USAGE_RETENTION_SECONDS', 'ends_counts'],
]

/** A sentence for each; none for a change that needs no second thought. */
export function consequencesOf(messages: Messages, before: Written, after: Written): readonly string[] {
  const texts = messages.consoleSettingForms
  const weak = weakenings
    .filter(([name, to]) => before[name] !== to && after[name] === to)
    .map(([, , told]) => texts[told])
  const ended = endings
    .filter(([name]) => Number(after[name]) < Number(before[name]))
    .map(([name, told]) => fillText(texts[told], { time: exactTime(messages, Number(after[name])) }))
  return [...weak, ...ended]
}
