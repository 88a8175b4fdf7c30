import { alert } from '../components/alert.ts'
import { moment, panel } from '../components/app-parts.ts'
import { attributes, html } from '../html.ts'
import type { Html } from '../html.ts'
import { fillText } from '../messages/messages.ts'
import type { Messages } from '../messages/messages.ts'
import { consoleFindingsDe } from '../messages/console-findings.ts'

/** What was found when settings and stored things were looked at. */
export interface ShownFinding {
  readonly code: string
  readonly level: 'ok' | 'advice' | 'problem'
  readonly sentence: string
  readonly mend?: string
  readonly source?: string
  /** What the sentence names. */
  readonly about?: string
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

interface Said {
  readonly sentence: string
  readonly mend: string | undefined
  /** The language it is said in, if that is not the one of the page. */
  readonly lang: string | undefined
}

/** A finding in the language of the page; one that is not translated is said in English, and marked as such. */
function said({ language }: Messages, { code, level, sentence, mend, about = '' }: ShownFinding): Said {
  if (language === 'en') return { sentence, mend, lang: undefined }
  const texts = Object.hasOwn(consoleFindingsDe, code) ? consoleFindingsDe[code] : undefined
  if (texts === undefined) return { sentence, mend, lang: 'en' }
  const told = level === 'ok' ? texts.good : texts.bad
  return { sentence: fillText(told, { about }), mend: texts.mend, lang: undefined }
}

function openFinding(messages: Messages, finding: ShownFinding): Html {
  const { consoleHealth } = messages
  const { sentence, mend, lang } = said(messages, finding)
  const isProblem = finding.level === 'problem'
  return html`<li class="finding">
    <p>
      <span class="badge ${isProblem ? 'problem' : 'quiet'}"
        >${isProblem ? consoleHealth.problem : consoleHealth.consider}</span
      >
    </p>
    <div ${attributes({ lang })}>
      <p class="finding-title">${sentence}</p>
      <p>${mend}</p>
      ${finding.source !== undefined && html`<p class="hint">${finding.source}</p>`}
    </div>
  </li>`
}

function goodFindings(messages: Messages, findings: readonly ShownFinding[]): Html {
  return html`<details class="good-findings">
    <summary>${fillText(messages.consoleHealth.good, { count: findings.length })}</summary>
    <ul class="plain-list">
      ${findings.map((finding) => {
        const { sentence, lang } = said(messages, finding)
        return html`<li ${attributes({ lang })}>${sentence}</li>`
      })}
    </ul>
  </details>`
}
