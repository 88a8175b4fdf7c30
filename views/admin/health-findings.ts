import { alert } from '../components/alert.ts'
import { moment, panel } from '../components/app-parts.ts'
import { html } from '../html.ts'
import type { Html } from '../html.ts'
import { fillText } from '../messages/messages.ts'
import type { Messages } from '../messages/messages.ts'

/** What was found when settings and stored things were looked at. */
export interface ShownFinding {
  readonly code: string
  readonly level: 'ok' | 'advice' | 'problem'
  readonly sentence: string
  readonly mend?: string
  readonly source?: string
}

/** The findings: what to mend first, and what is as it should be behind a click. */
export function findingsPanel(
  messages: Messages,
  { at, findings }: { readonly at: Date; readonly findings: readonly ShownFinding[] },
): Html {
  const { consoleHealth: texts } = messages
  const of = (level: ShownFinding['level']) => findings.filter((finding) => finding.level === level)
  const open = [...of('problem'), ...of('advice')]
  return panel({
    id: 'findings',
    title: texts.findings,
    description: html`${texts.findingsLead} ${moment(messages, at)}.`,
    content: html`${
        open.length === 0
          ? alert({ kind: 'success', content: texts.allGood })
          : html`<ul class="findings">
              ${open.map((finding) => openFinding(messages, finding))}
            </ul>`
      }
      ${goodFindings(messages, of('ok'))}
      <p class="hint">${texts.outside}</p>`,
  })
}

// The doctor speaks English, at the command line too.
function openFinding({ consoleHealth }: Messages, { level, sentence, mend, source }: ShownFinding): Html {
  const isProblem = level === 'problem'
  return html`<li class="finding">
    <p>
      <span class="badge ${isProblem ? 'problem' : 'quiet'}"
        >${isProblem ? consoleHealth.problem : consoleHealth.consider}</span
      >
    </p>
    <div lang="en">
      <p class="finding-title">${sentence}</p>
      <p>${mend}</p>
      ${source !== undefined && html`<p class="hint">${source}</p>`}
    </div>
  </li>`
}

function goodFindings(messages: Messages, findings: readonly ShownFinding[]): Html {
  return html`<details class="good-findings">
    <summary>${fillText(messages.consoleHealth.good, { count: findings.length })}</summary>
    <ul class="plain-list" lang="en">
      ${findings.map(({ sentence }) => html`<li>${sentence}</li>`)}
    </ul>
  </details>`
}
