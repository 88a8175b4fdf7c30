import { dataTable, pageHeading, panel } from '../components/app-parts.ts'
import { html } from '../html.ts'
import type { Html } from '../html.ts'
import type { Messages } from '../messages/messages.ts'
import type { ConsoleFrame } from './frame.ts'
import { settingText } from './settings-values.ts'
import type { ShownSettings } from './settings-values.ts'

type Group = 'reach' | 'brand' | 'people' | 'tokens' | 'keys' | 'operation'

// The first group whose beginning a name has; what belongs to none is operation.
const groups: readonly (readonly [group: Group, names: RegExp])[] = [
  ['reach', /^(ISSUER|NODE_ENV|HOST|PORT|MANAGEMENT_|ALLOWED_|TRUSTED_|OUTBOUND_)/],
  ['brand', /^(BRAND_|SUPPORT_)/],
  ['people', /^(SIGN_UP|SECOND_|ADMINISTRATOR_|PASSWORD_RANGE|ARGON2_|SMTP_|MAIL_)/],
  ['tokens', /^(SESSION_|REFRESH_|ID_TOKEN_|TOKEN_|DPOP_)/],
  ['keys', /^(KEY_|LEAKED_|GITHUB_|SIGNING_|SEALING_)/],
  ['operation', /^/],
]

/** The page of what an installation is set to. */
export function settingsContent({ messages }: ConsoleFrame, settings: ShownSettings): Html {
  const { consoleSettings: texts } = messages
  const byGroup = Map.groupBy(Object.keys(settings), groupOf)
  return html`${pageHeading({ title: texts.title, lead: texts.lead })}
    <p class="settings-where">${texts.where}</p>
    ${groups.map(([group]) => {
      const names = byGroup.get(group) ?? []
      return (
        names.length > 0 &&
        panel({
          id: group,
          title: texts[group],
          ...(group === 'brand' && {
            action: html`<a class="button secondary" href="/admin/settings/brand">${texts.tryBrand}</a>`,
          }),
          content: groupTable(messages, texts[group], { names, settings }),
        })
      )
    })}`
}

function groupOf(name: string): Group {
  return groups.find(([, names]) => names.test(name))?.[0] ?? 'operation'
}

function groupTable(
  messages: Messages,
  caption: string,
  { names, settings }: { readonly names: readonly string[]; readonly settings: ShownSettings },
): Html {
  const { consoleSettings: texts } = messages
  const sentences: Readonly<Record<string, string>> = messages.consoleSettingTexts
  return dataTable({
    caption,
    columns: [texts.setting, texts.value],
    rows: names.map((name) => [
      html`<span class="event"
        ><code class="setting-name">${name}</code
        ><span class="party-kind">${Object.hasOwn(sentences, name) && sentences[name]}</span></span
      >`,
      html`<span class="setting-value">${settingText(messages, settings[name])}</span>`,
    ]),
  })
}
