/** Changing, rotating and ending an API key. */
import { alert } from '../components/alert.ts'
import { moment, pageHeading, panel } from '../components/app-parts.ts'
import { button } from '../components/button.ts'
import { outsideName } from '../components/card.ts'
import { html } from '../html.ts'
import type { Html } from '../html.ts'
import { fill, fillText } from '../messages/messages.ts'
import type { ConsoleFrame } from './frame.ts'
import { keyFields } from './key-form.ts'
import type { KeyFieldsProps } from './key-form.ts'
import { lastUse } from './key-secrets.ts'
import type { ShownSecret } from './key-secrets.ts'
import { numberText } from './key-parts.ts'
import { confirmContent, consoleForm, selectField } from './parts.ts'

/** A key, as much as the pages that ask about it need. */
export interface NamedKey {
  readonly id: string
  readonly name: string
  readonly version: number
}

/** The form for changing a key. */
export function changeKeyContent(
  frame: ConsoleFrame,
  props: { readonly key: NamedKey; readonly fields: KeyFieldsProps; readonly problem?: string | undefined },
): Html {
  const { messages } = frame
  const { key, fields, problem } = props
  const { consoleKeyForm: texts, console } = messages
  const url = `/admin/keys/${key.id}`
  return html`${pageHeading({
    title: fill(texts.changeTitle, { name: outsideName(key.name) }),
    back: { text: key.name, url },
  })}
  ${problem !== undefined && alert({ kind: 'problem', content: problem })}
  ${panel({
    id: 'change',
    title: messages.consoleKey.facts,
    content: consoleForm(frame, {
      action: `${url}/change`,
      hidden: { version: String(key.version) },
      content: html`${keyFields(messages, fields)}
        <div class="button-row">
          ${button({ text: console.save, kind: 'primary' })}
          <a class="button secondary" href="${url}">${console.cancel}</a>
        </div>`,
    }),
  })}`
}

/** The overlaps that can be chosen, in seconds. */
export const overlaps = ['0', '3600', '86400', '604800', '2592000'] as const

/** The form for rotating a key. */
export function rotateKeyContent(
  frame: ConsoleFrame,
  props: {
    readonly key: NamedKey
    readonly secrets: readonly ShownSecret[]
    readonly isUnderWay: boolean
    readonly problem?: string | undefined
  },
): Html {
  const { messages } = frame
  const { consoleKey: texts, console } = messages
  const { key, secrets, isUnderWay, problem } = props
  const url = `/admin/keys/${key.id}`
  const words = {
    '0': texts.overlapNone,
    '3600': texts.overlapHour,
    '86400': texts.overlapDay,
    '604800': texts.overlapWeek,
    '2592000': texts.overlapMonth,
  }
  const form = consoleForm(frame, {
    action: `${url}/rotate`,
    hidden: { version: String(key.version) },
    content: html`${selectField({
        name: 'overlap',
        label: texts.overlap,
        value: '86400',
        choices: overlaps.map((value) => ({ value, text: words[value] })),
      })}
      <div class="button-row">
        ${button({ text: texts.rotateSubmit, kind: 'primary' })}
        <a class="button secondary" href="${url}">${console.cancel}</a>
      </div>`,
  })
  const current = secrets.find(({ kind }) => kind !== 'older')
  return html`${pageHeading({
    title: fill(texts.rotateTitle, { name: outsideName(key.name) }),
    lead: texts.rotateLead,
    back: { text: key.name, url },
  })}
  ${problem !== undefined && alert({ kind: 'problem', content: problem })}
  ${panel({
    id: 'rotate',
    title: texts.rotate,
    description: lastUse(messages, current),
    content: isUnderWay
      ? html`<p>${texts.rotateUnderWay}</p>
          <p class="button-row">
            <a class="button secondary" href="${`${url}/end-rotation`}">${texts.endRotation}</a>
          </p>`
      : form,
  })}`
}

/** The page that asks before the older secret of a key ends. */
export function endRotationContent(
  frame: ConsoleFrame,
  { key, oldUsedAt }: { readonly key: NamedKey; readonly oldUsedAt: Date | undefined },
): Html {
  const { messages } = frame
  const { consoleKey: texts } = messages
  return confirmContent({
    frame,
    title: fill(texts.endRotationTitle, { name: outsideName(key.name) }),
    consequences: [
      texts.endRotationOne,
      oldUsedAt === undefined
        ? texts.endRotationUnused
        : fill(texts.endRotationUsed, { date: moment(messages, oldUsedAt) }),
    ],
    action: `/admin/keys/${key.id}/end-rotation`,
    submit: texts.endRotation,
    cancelUrl: `/admin/keys/${key.id}`,
  })
}

/** The pages that ask before a key ends for good. */
export function endKeyContent(
  frame: ConsoleFrame,
  props: {
    readonly key: NamedKey
    readonly how: 'revoke' | 'delete'
    /** How often it was verified in the last thirty days, and in how many hours. */
    readonly uses: number
    readonly hours: number
    readonly secret: ShownSecret | undefined
  },
): Html {
  const { messages } = frame
  const { consoleKey: texts } = messages
  const { key, how, uses, hours, secret } = props
  const title = how === 'revoke' ? texts.revokeTitle : texts.deleteTitle
  const used =
    uses === 0 ? texts.revokeUseNone : fillText(texts.revokeUse, { count: numberText(messages, uses) })
  const gone = fillText(texts.deleteOne, { count: numberText(messages, hours) })
  return confirmContent({
    frame,
    title: fill(title, { name: outsideName(key.name) }),
    consequences: [
      texts.revokeOne,
      ...(how === 'delete' ? [gone] : []),
      html`${used} ${lastUse(messages, secret)}.`,
    ],
    action: `/admin/keys/${key.id}/${how}`,
    submit: how === 'revoke' ? texts.revoke : texts.delete,
    cancelUrl: `/admin/keys/${key.id}`,
    asksReason: how === 'revoke',
  })
}
