import { button } from '../components/button.ts'
import { dataTable, emptyState, moment, pageHeading, panel } from '../components/app-parts.ts'
import { wholeCode } from '../components/card.ts'
import { html } from '../html.ts'
import type { Html } from '../html.ts'
import type { Messages } from '../messages/messages.ts'
import type { ConsoleFrame } from './frame.ts'
import { confirmContent, consoleForm, sheet } from './parts.ts'

/** A key of the installation as the page shows it; nothing of the key itself. */
export interface ShownSigningKey {
  readonly id: string
  readonly purpose: string
  readonly state: 'next' | 'current' | 'retired' | 'gone'
  readonly publishedAt: Date
  readonly activatesAt: Date
}

/** How keys are replaced: announced first, at once, or because the old ones are known to somebody. */
export type RotationWish = 'announced' | 'immediately' | 'compromised'

const path = '/admin/signing-keys'

/** The page of the keys that sign. */
export function signingKeysContent(
  frame: ConsoleFrame,
  {
    keys,
    nextRotationAt,
  }: { readonly keys: readonly ShownSigningKey[]; readonly nextRotationAt: Date | undefined },
): Html {
  const { consoleSigningKeys: texts } = frame.messages
  return html`${pageHeading({
    title: texts.title,
    lead: nextRotationAt
      ? html`${texts.lead} ${texts.nextRotation} ${moment(frame.messages, nextRotationAt)}.`
      : texts.lead,
  })}
  ${keys.length === 0 ? emptyState(texts.empty) : sheet(keyTable(frame.messages, keys))}
  ${
    frame.may('signing-keys:rotate') &&
    panel({ id: 'rotate', title: texts.rotate, description: texts.rotateLead, content: rotateForms(frame) })
  }`
}

function keyTable(messages: Messages, keys: readonly ShownSigningKey[]): Html {
  const { consoleSigningKeys: texts } = messages
  return dataTable({
    caption: texts.title,
    columns: [texts.purpose, texts.state, texts.id, texts.published, texts.signsFrom],
    rows: keys.map(({ id, purpose, state, publishedAt, activatesAt }) => [
      html`<strong>${purpose}</strong>`,
      html`<span class="badge">${texts[state]}</span>`,
      wholeCode(id),
      moment(messages, publishedAt),
      moment(messages, activatesAt),
    ]),
  })
}

function rotateForms(frame: ConsoleFrame): Html {
  const { consoleSigningKeys: texts } = frame.messages
  return html`<div class="button-row">
    ${consoleForm(frame, {
      action: `${path}/rotate`,
      hidden: { manner: 'announced', confirmed: 'yes' },
      content: button({ text: texts.announced, kind: 'primary' }),
    })}
    <a class="button secondary" href="${`${path}/rotate?manner=immediately`}">${texts.immediately}</a>
    <a class="button danger" href="${`${path}/rotate?manner=compromised`}">${texts.compromised}</a>
  </div>`
}

/** The page that asks before keys are replaced in a way that people notice. */
export function confirmRotationContent(
  frame: ConsoleFrame,
  manner: Exclude<RotationWish, 'announced'>,
): Html {
  const { consoleSigningKeys: texts } = frame.messages
  return confirmContent({
    frame,
    title: texts[manner],
    consequences:
      manner === 'immediately'
        ? [texts.immediatelyOne]
        : [texts.compromisedOne, texts.compromisedTwo, texts.compromisedThree],
    action: `${path}/rotate`,
    hidden: { manner },
    submit: texts[manner],
    cancelUrl: path,
  })
}
