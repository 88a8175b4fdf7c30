import { alert } from '../components/alert.ts'
import { pageHeading, panel } from '../components/app-parts.ts'
import { button } from '../components/button.ts'
import { textField } from '../components/field.ts'
import { html } from '../html.ts'
import type { Html } from '../html.ts'
import { fillText } from '../messages/messages.ts'
import type { ConsoleFrame } from './frame.ts'
import { consoleForm, selectField, ticks } from './parts.ts'
import { signingAlgs } from './signing-algs.ts'

/** The form of an API as it was typed or as the API is, by the names of its fields. */
export interface ApiFormProps {
  readonly values: Readonly<Record<string, string>>
  /** What is wrong, by field. */
  readonly problems: Readonly<Record<string, string>>
  /** What is wrong with the whole. */
  readonly problem: string | undefined
  /** The API that is changed; undefined for a new one. */
  readonly api:
    | { readonly id: string; readonly name: string; readonly version: number; readonly isStale: boolean }
    | undefined
}

/** The form that registers or changes an API. */
export function apiFormContent(frame: ConsoleFrame, props: ApiFormProps): Html {
  const { consoleApiForm: texts, consoleApis, console } = frame.messages
  const { api, problem, problems } = props
  const url = api === undefined ? '/admin/apis' : `/admin/apis/${api.id}`
  const wrong = problem ?? (Object.keys(problems).length > 0 ? texts.wrong : undefined)
  return html`${pageHeading({
    title: api === undefined ? texts.createTitle : fillText(texts.changeTitle, { name: api.name }),
    ...(api === undefined && { lead: texts.next }),
    back:
      api === undefined
        ? { text: consoleApis.toList, url }
        : { text: fillText(consoleApis.toApi, { name: api.name }), url },
  })}
  ${wrong !== undefined && alert({ kind: 'problem', content: html`${wrong} ${api?.isStale === true && html`<a href="${url}">${texts.see}</a>`}` })}
  ${consoleForm(frame, {
    action: api === undefined ? '/admin/apis/new' : `${url}/change`,
    hidden: { version: api === undefined ? undefined : String(api.version) },
    content: html`${basics(frame, props)} ${tokens(frame, props)} ${who(frame, props)}
      <div class="button-row">
        ${button({ text: api === undefined ? texts.register : console.save, kind: 'primary' })}
        <a class="button secondary" href="${url}">${console.cancel}</a>
      </div>`,
  })}`
}

function basics({ messages }: ConsoleFrame, { values, problems, api }: ApiFormProps): Html {
  const { consoleApiForm: texts, consoleApis } = messages
  const line = (name: string, label: string, hint: string, optional = false): Html =>
    textField({
      name,
      label,
      hint,
      value: values[name] ?? '',
      error: problems[name],
      autocomplete: 'off',
      optional,
    })
  return panel({
    id: 'basics',
    title: texts.basics,
    content: html`${line('name', consoleApis.name, texts.nameHint)}
    ${
      api === undefined &&
      html`${line('identifier', consoleApis.identifier, texts.identifierHint)}
      ${line('id', consoleApis.id, texts.idHint, true)}`
    }`,
  })
}

function tokens({ messages }: ConsoleFrame, { values, problems }: ApiFormProps): Html {
  const { consoleApiForm: texts, consoleApis } = messages
  return panel({
    id: 'tokens',
    title: texts.tokens,
    content: html`${selectField({
      name: 'token_format',
      label: consoleApis.tokenFormat,
      value: values['token_format'] ?? 'opaque',
      hint: texts.formatHint,
      choices: [
        { value: 'opaque', text: consoleApis.opaque },
        { value: 'jwt', text: consoleApis.jwt },
      ],
    })}
    ${selectField({
      name: 'signing_alg',
      label: texts.signingAlg,
      value: values['signing_alg'] ?? 'ES256',
      choices: signingAlgs.map((value) => ({ value, text: value })),
    })}
    ${textField({
      name: 'access_token_lifetime_seconds',
      label: texts.lifetime,
      hint: texts.lifetimeHint,
      value: values['access_token_lifetime_seconds'] ?? '600',
      error: problems['access_token_lifetime_seconds'],
      inputmode: 'numeric',
      autocomplete: 'off',
    })}`,
  })
}

function who({ messages }: ConsoleFrame, { values }: ApiFormProps): Html {
  const { consoleApiForm: texts, consoleApis } = messages
  return panel({
    id: 'who',
    title: texts.who,
    content: html`${ticks(
      texts.who,
      [
        {
          name: 'accounts_need_permission',
          value: 'yes',
          title: consoleApis.accountsNeedPermission,
          description: texts.accountsNeedPermissionMeans,
          checked: values['accounts_need_permission'] === 'yes',
        },
        {
          name: 'account_keys',
          value: 'yes',
          title: consoleApis.accountKeys,
          description: texts.accountKeysMeans,
          checked: values['account_keys'] === 'yes',
        },
      ],
      { isLegendHidden: true },
    )}
    ${selectField({
      name: 'minimum_acr',
      label: consoleApis.minimumAcr,
      value: values['minimum_acr'] ?? 'aal1',
      choices: [
        { value: 'aal1', text: consoleApis.anyAcr },
        { value: 'aal2', text: consoleApis.aal2 },
        { value: 'phr', text: consoleApis.phr },
      ],
    })}`,
  })
}
