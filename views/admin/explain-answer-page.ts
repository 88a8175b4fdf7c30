/** What would happen with a credential: the answer, step by step. */
import { alert } from '../components/alert.ts'
import { pageHeading, panel } from '../components/app-parts.ts'
import { linkButton } from '../components/button.ts'
import { outsideName } from '../components/card.ts'
import { problemIcon, successIcon } from '../components/icons.ts'
import { attributes, html } from '../html.ts'
import type { Html } from '../html.ts'
import { fill } from '../messages/messages.ts'
import type { Messages } from '../messages/messages.ts'
import { explainPath as path } from './explain-page.ts'
import { reasonText, sentenceOf } from './explain-reason.ts'
import type { ShownReason } from './explain-words.ts'
import type { ConsoleFrame } from './frame.ts'

/** One step. */
export type ShownStep = {
  readonly name: 'credential' | 'audience' | 'owner' | 'address' | 'permission' | 'limits'
} & (
  | { readonly outcome: 'passed' | 'failed'; readonly reason: ShownReason }
  | { readonly outcome: 'not_reached' }
)

/** The answer and its reasons. */
export interface ExplainedProps {
  readonly answer: string
  readonly accepted: boolean
  readonly asker: { readonly client: string; readonly api: string | undefined } | undefined
  readonly keyId: string | undefined
  readonly steps: readonly ShownStep[]
}

/** The content of the answer. */
export function explainedContent({ messages }: ConsoleFrame, props: ExplainedProps): Html {
  const { consoleExplain: texts } = messages
  const { answer, accepted, asker, keyId, steps } = props
  const failed = steps.find((step) => step.outcome === 'failed')
  return html`${pageHeading({
      title: accepted ? texts.accepted : texts.refused,
      back: { text: texts.title, url: path },
    })}
    ${alert({
      kind: accepted ? 'success' : 'problem',
      content: failed?.outcome === 'failed' ? sentenceOf(messages, failed.reason) : texts.acceptedLead,
    })}
    ${panel({
      id: 'steps',
      title: texts.steps,
      description: texts.stepsLead,
      content: html`<ol class="explained">
        ${steps.map((step) => stepItem(messages, step))}
      </ol>`,
    })}
    ${panel({
      id: 'answer',
      title: texts.answer,
      description:
        asker === undefined
          ? texts.answerLead
          : html`${texts.answerLead}
            ${fill(texts.askedBy, { client: outsideName(asker.client), api: outsideName(asker.api ?? asker.client) })}`,
      content: html`<div class="snippet">
        <pre
          tabindex="0"
          role="region"
          ${attributes({ 'aria-label': texts.answer })}
        ><code id="answer-bytes">${answer}</code></pre>
      </div>`,
    })}
    <p class="button-row">
      ${linkButton({ text: texts.again, url: path, kind: 'primary' })}
      ${
        keyId !== undefined &&
        html`<a class="button secondary" href="${`/admin/keys/${keyId}`}"
          >${fill(texts.toKey, { name: keyId })}</a
        >`
      }
    </p>`
}

function stepItem(messages: Messages, step: ShownStep): Html {
  const { consoleExplain: texts } = messages
  const icon = { passed: successIcon(), failed: problemIcon(), not_reached: undefined }[step.outcome]
  const kind = { passed: 'success', failed: 'problem', not_reached: 'quiet' }[step.outcome]
  return html`<li
    class="explained-step"
    ${attributes({ 'data-step': step.name, 'data-outcome': step.outcome })}
  >
    <span class="step-mark ${kind}" aria-hidden="true">${icon}</span>
    <div>
      <h3>${texts[`step_${step.name}`]} <span class="badge ${kind}">${texts[step.outcome]}</span></h3>
      ${step.outcome === 'not_reached' ? html`<p class="hint">${texts.notReached}</p>` : reasonText(messages, step.reason)}
    </div>
  </li>`
}
