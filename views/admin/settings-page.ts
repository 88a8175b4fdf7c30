import { alert } from '../components/alert.ts'
import { dataTable, pageHeading, panel } from '../components/app-parts.ts'
import { breakableName } from '../components/card.ts'
import { html } from '../html.ts'
import type { Html } from '../html.ts'
import type { Messages } from '../messages/messages.ts'
import type { ConsoleFrame } from './frame.ts'
import { groupOfSetting, settingGroups } from './settings-groups.ts'
import type { SettingGroup } from './settings-groups.ts'
import { settingText } from './settings-values.ts'
import type { ShownSettings } from './settings-values.ts'

/** What the page of settings shows. */
export interface SettingsPageProps {
  readonly settings: ShownSettings
  /** Where each comes from. */
  readonly sourceOf: (name: string) => 'environment' | 'stored' | 'default'
  /** The groups of which something can be changed, by whoever looks. */
  readonly editable: readonly SettingGroup[]
  /** What was changed a moment ago. */
  readonly changed: readonly string[]
  readonly notice?: string | undefined
}

/** The page of what an installation is set to. */
export function settingsContent({ messages }: ConsoleFrame, props: SettingsPageProps): Html {
  const { consoleSettings: texts, consoleSettingForms: forms } = messages
  const { settings, editable, changed, notice } = props
  const byGroup = Map.groupBy(Object.keys(settings), groupOfSetting)
  return html`${pageHeading({ title: texts.title, lead: texts.lead })}
  ${notice !== undefined && alert({ kind: 'notice', content: notice })}
  ${
    changed.length > 0 &&
    panel({
      id: 'changed',
      title: forms.changed,
      content: groupTable(messages, forms.changed, { names: changed, props }),
    })
  }
  ${settingGroups.map((group) => {
    const names = byGroup.get(group) ?? []
    return (
      names.length > 0 &&
      html`${group === 'reach' && html`<p class="settings-where">${texts.where}</p>`}
      ${panel({
        id: group,
        title: texts[group],
        action: actions(messages, { group, mayEdit: editable.includes(group) }),
        content: groupTable(messages, texts[group], { names, props }),
      })}`
    )
  })}`
}

function actions(
  { consoleSettings: texts, consoleSettingForms: forms }: Messages,
  { group, mayEdit }: { readonly group: SettingGroup; readonly mayEdit: boolean },
): Html {
  return html`<span class="button-row">
    ${group === 'brand' && html`<a class="button secondary" href="/admin/settings/brand">${texts.tryBrand}</a>`}
    ${
      mayEdit &&
      html`<a class="button secondary" href="${`/admin/settings/${group}/change`}"
        >${forms.edit}<span class="visually-hidden"> ${texts[group]}</span></a
      >`
    }
  </span>`
}

function groupTable(
  messages: Messages,
  caption: string,
  { names, props }: { readonly names: readonly string[]; readonly props: SettingsPageProps },
): Html {
  const { consoleSettings: texts, consoleSettingForms: forms } = messages
  const sentences: Readonly<Record<string, string>> = messages.consoleSettingTexts
  return dataTable({
    caption,
    columns: [texts.setting, texts.value, forms.comesFrom],
    rows: names.map((name) => [
      html`<span class="event"
        ><code class="setting-name">${breakableName(name)}</code
        ><span class="party-kind">${Object.hasOwn(sentences, name) && sentences[name]}</span></span
      >`,
      html`<span class="setting-value">${settingText(messages, props.settings[name])}</span>`,
      html`<span class="party-kind">${forms[`from_${props.sourceOf(name)}`]}</span>`,
    ]),
  })
}
