import { alert } from '../components/alert.ts'
import { pageHeading, panel } from '../components/app-parts.ts'
import { button } from '../components/button.ts'
import { textField } from '../components/field.ts'
import { html } from '../html.ts'
import type { Html } from '../html.ts'
import { fillText } from '../messages/messages.ts'
import type { Messages } from '../messages/messages.ts'
import { usesSentences } from './api-uses.ts'
import type { ShownUses } from './api-uses.ts'
import type { ConsoleFrame } from './frame.ts'
import { confirmContent, consoleForm } from './parts.ts'

/** The API whose scope it is, at the version it was looked at. */
export interface ScopeOwner {
  readonly id: string
  readonly name: string
  readonly version: number
}

/** A scope as it was typed. */
export interface ScopeFormProps {
  readonly name: string
  readonly description: string
  /** Whether it is a new one; the name of another stays. */
  readonly isNew: boolean
  readonly problems: { readonly name?: string; readonly description?: string }
  readonly problem?: string | undefined
}

/** The form of a scope. */
export function scopeFormContent(frame: ConsoleFrame, api: ScopeOwner, scope: ScopeFormProps): Html {
  const { consoleApiScopes: texts, consoleApis, console } = frame.messages
  const { isNew, problems, problem } = scope
  const url = `/admin/apis/${api.id}`
  return html`${pageHeading({
    title: isNew
      ? fillText(texts.addTitle, { name: api.name })
      : fillText(texts.describeTitle, { scope: scope.name }),
    back: { text: fillText(consoleApis.toApi, { name: api.name }), url },
  })}
  ${problem !== undefined && alert({ kind: 'problem', content: problem })}
  ${panel({
    id: 'scope',
    title: isNew ? texts.add : html`<code>${scope.name}</code>`,
    content: consoleForm(frame, {
      action: `${url}/scopes/${isNew ? 'new' : 'describe'}`,
      hidden: { version: String(api.version), scope: isNew ? undefined : scope.name },
      content: html`${
          isNew &&
          textField({
            name: 'scope',
            label: texts.name,
            hint: texts.nameHint,
            value: scope.name,
            error: problems.name,
            autocomplete: 'off',
          })
        }
        ${textField({
          name: 'description',
          label: texts.description,
          hint: texts.descriptionHint,
          value: scope.description,
          error: problems.description,
          autocomplete: 'off',
        })}
        <div class="button-row">
          ${button({ text: isNew ? texts.add : console.save, kind: 'primary' })}
          <a class="button secondary" href="${url}">${console.cancel}</a>
        </div>`,
    }),
  })}`
}

/** The page that asks before a scope is removed, and says from whom it is taken. */
export function removeScopeContent(
  frame: ConsoleFrame,
  api: ScopeOwner,
  {
    scope,
    uses,
    problem,
  }: { readonly scope: string; readonly uses: ShownUses; readonly problem?: string | undefined },
): Html {
  const { consoleApiScopes: texts } = frame.messages
  return html`${problem !== undefined && alert({ kind: 'problem', content: problem })}
  ${confirmContent({
    frame,
    title: fillText(texts.removeTitle, { scope }),
    consequences: [...takenFrom(frame.messages, uses), texts.tokens],
    action: `/admin/apis/${api.id}/scopes/remove`,
    hidden: { scope, version: String(api.version) },
    submit: texts.remove,
    cancelUrl: `/admin/apis/${api.id}`,
  })}`
}

function takenFrom({ consoleApiScopes: texts }: Messages, uses: ShownUses): readonly string[] {
  const sentences = usesSentences(uses, texts)
  return sentences.length === 0 ? [texts.unused] : sentences
}
