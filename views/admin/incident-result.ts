import { alert } from '../components/alert.ts'
import { button, linkButton } from '../components/button.ts'
import { dataTable, moment, pageHeading, panel } from '../components/app-parts.ts'
import { html } from '../html.ts'
import type { Html } from '../html.ts'
import { fill, fillText } from '../messages/messages.ts'
import type { Messages } from '../messages/messages.ts'
import type { ConsoleFrame } from './frame.ts'
import { countText, incidentUrl, subjectUrl } from './incident-page.ts'
import type { ShownHearing, ShownStanding, ShownSubject } from './incident-page.ts'
import { consoleForm } from './parts.ts'

/** What came of an end of everything. */
export interface IncidentResultProps {
  readonly subject: ShownSubject
  readonly endedAt: Date
  readonly ended: ShownStanding & { readonly disabled: boolean; readonly reason?: string | undefined }
  /** What stands at this moment. */
  readonly standing: ShownStanding
  readonly hearing: ShownHearing
}

/** The page that shows what was ended and where it has arrived. */
export function incidentResultContent(frame: ConsoleFrame, props: IncidentResultProps): Html {
  const { messages } = frame
  const { subject, endedAt, ended } = props
  const { consoleIncident: texts } = messages
  return html`${pageHeading({
    title: texts.resultTitle,
    lead: html`${fillText(texts.resultLead, { name: subject.name })} ${moment(messages, endedAt)}`,
    back: { text: texts[`to_${subject.kind}`], url: subjectUrl(subject) },
  })}
  ${hearingPanel(frame, props)}
  ${panel({
    id: 'counts',
    title: texts.counts,
    description: ended.reason !== undefined && fill(texts.becauseOf, { reason: ended.reason }),
    content: html`${countsTable(messages, props)} ${ended.disabled && html`<p>${texts.disabledToo}</p>`}
    ${goOn(frame, props)}`,
  })}`
}

function hearingPanel({ messages }: ConsoleFrame, { subject, hearing }: IncidentResultProps): Html {
  const { consoleIncident: texts } = messages
  const { listening, heard, milliseconds } = hearing
  const isEverywhere = heard === listening && listening > 0
  const facts = { heard: String(heard), listening: String(listening), milliseconds: String(milliseconds) }
  return panel({
    id: 'instances',
    title: texts.instances,
    content: html`${alert({
        kind: isEverywhere ? 'success' : 'problem',
        content: fillText(isEverywhere ? texts.heardByAll : texts.heardBySome, facts),
      })}
      <p class="hint">${texts.howChecked}</p>
      ${linkButton({ text: texts.checkAgain, url: `${incidentUrl(subject)}/result?again=yes`, kind: 'secondary' })}`,
  })
}

function countsTable(messages: Messages, { subject, ended, standing }: IncidentResultProps): Html {
  const { consoleIncident: texts } = messages
  const kinds = (['sessions', 'grants', 'keys'] as const).filter((kind) => isAbout(subject, kind))
  return dataTable({
    caption: texts.counts,
    columns: [texts.what, texts.wasEnded, texts.standsNow],
    rows: kinds.map((kind) => [
      html`<strong>${texts[kind]}</strong>`,
      countText(messages.language, ended[kind]),
      countText(messages.language, standing[kind]),
    ]),
  })
}

function isAbout({ kind }: ShownSubject, what: keyof ShownStanding): boolean {
  if (what === 'keys') return true
  return kind === 'account' || (kind === 'client' && what === 'grants')
}

/** More keys than one step ends are ended by the next. */
function goOn(frame: ConsoleFrame, { subject, standing }: IncidentResultProps): Html | undefined {
  if (standing.keys === 0) return undefined
  const { consoleIncident: texts } = frame.messages
  return html`<p>${texts.moreKeys}</p>
    ${consoleForm(frame, {
      action: incidentUrl(subject),
      hidden: { confirmed: 'yes' },
      content: button({ text: texts.goOn, kind: 'danger' }),
    })}`
}
