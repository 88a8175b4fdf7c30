/** The form that changes a group of settings, and the question before what weakens or ends something. */
import { alert } from '../components/alert.ts'
import { pageHeading, panel } from '../components/app-parts.ts'
import { button } from '../components/button.ts'
import { html } from '../html.ts'
import type { Html } from '../html.ts'
import { fill, fillText } from '../messages/messages.ts'
import type { ConsoleFrame } from './frame.ts'
import { confirmContent, consoleForm } from './parts.ts'
import { settingControl, writtenText } from './settings-controls.ts'
import type { SettingField } from './settings-controls.ts'
import type { SettingGroup } from './settings-groups.ts'

/** A setting that somebody else changed since the form was opened. */
export interface OtherChange {
  readonly name: string
  readonly before: string
  readonly after: string
}

/** What the form shows. */
export interface SettingsFormProps {
  readonly group: SettingGroup
  readonly fields: readonly SettingField[]
  /** What is wrong with the whole. */
  readonly problem?: string | undefined
  /** Present after a lost race. */
  readonly others?: readonly OtherChange[] | undefined
  /** What goes along unseen: what the form was made from. */
  readonly hidden: Readonly<Record<string, string>>
}

const listUrl = '/admin/settings'

/** The form of a group. */
export function settingsFormContent(frame: ConsoleFrame, props: SettingsFormProps): Html {
  const { consoleSettings, consoleSettingForms: texts, console } = frame.messages
  const { group, fields, problem, others, hidden } = props
  return html`${pageHeading({
    title: fillText(texts.editTitle, { group: consoleSettings[group] }),
    lead: texts.editLead,
    back: { text: consoleSettings.title, url: listUrl },
  })}
  ${problem !== undefined && alert({ kind: 'problem', content: problem })}
  ${others !== undefined && othersPanel(frame, others)}
  ${consoleForm(frame, {
    action: `${listUrl}/${group}/change`,
    hidden,
    content: html`${panel({
        id: group,
        title: consoleSettings[group],
        content: html`${fields.map((field) => settingControl(frame.messages, field))}`,
      })}
      <div class="button-row">
        ${button({ text: texts.save, kind: 'primary' })}
        <a class="button secondary" href="${listUrl}">${console.cancel}</a>
      </div>`,
  })}`
}

function othersPanel({ messages }: ConsoleFrame, others: readonly OtherChange[]): Html {
  const { consoleSettingForms: texts } = messages
  return panel({
    id: 'others',
    title: texts.whatTheyChanged,
    content:
      others.length === 0
        ? html`<p>${texts.staleNone}</p>`
        : html`<ul class="consequences">
            ${others.map(
              ({ name, before, after }) =>
                html`<li>
                  ${fill(texts.staleChange, {
                    name: html`<code>${name}</code>`,
                    before: html`<bdi>${writtenText(messages, name, before)}</bdi>`,
                    after: html`<strong><bdi>${writtenText(messages, name, after)}</bdi></strong>`,
                  })}
                </li>`,
            )}
          </ul>`,
  })
}

/** The question before a change that weakens or ends something; what was typed goes along. */
export function confirmSettingsContent(
  frame: ConsoleFrame,
  asked: {
    readonly group: SettingGroup
    readonly consequences: readonly string[]
    readonly hidden: Readonly<Record<string, string>>
  },
): Html {
  const { consoleSettingForms: texts } = frame.messages
  const action = `${listUrl}/${asked.group}/change`
  return confirmContent({
    frame,
    title: texts.confirmTitle,
    consequences: asked.consequences,
    action,
    hidden: asked.hidden,
    submit: texts.confirm,
    cancelUrl: action,
  })
}
