/** What a proposal would do to keys, and what came of it. */
import { moment, pageHeading, panel } from '../components/app-parts.ts'
import { button } from '../components/button.ts'
import { outsideName } from '../components/card.ts'
import { attributes, html } from '../html.ts'
import type { Html, HtmlValue } from '../html.ts'
import { fill } from '../messages/messages.ts'
import type { Messages } from '../messages/messages.ts'
import type { ConsoleFrame } from './frame.ts'
import { hygienePath as path } from './hygiene-page.ts'
import type { ShownProposal } from './hygiene-page.ts'
import { momentOr } from './key-parts.ts'
import { consoleForm } from './parts.ts'

/** What would come of a proposal for one key. */
export interface PlannedKey {
  readonly id: string
  readonly name: string
  readonly lastUsedAt: Date | undefined
  readonly plan: 'revoke' | { readonly expiresAt: Date } | { readonly dropped: readonly string[] } | 'none'
}

/** The page that says what a proposal does, key by key, and asks. */
export function confirmProposalContent(
  frame: ConsoleFrame,
  { proposal, keys }: { readonly proposal: ShownProposal; readonly keys: readonly PlannedKey[] },
): Html {
  const { messages } = frame
  const { consoleHygiene: texts, console } = messages
  const titles = { revoke: texts.confirmRevoke, expire: texts.confirmExpire, drop: texts.confirmDrop }
  const can = keys.some(({ plan }) => plan !== 'none')
  const ids = keys.filter(({ plan }) => plan !== 'none')
  const form = consoleForm(frame, {
    action: `${path}/apply`,
    hidden: { proposal },
    content: html`${ids.map(({ id }) => html`<input ${attributes({ type: 'hidden', name: 'key', value: id })} />`)}
      <div class="button-row">
        ${button({
          text: texts[proposal],
          kind: proposal === 'revoke' ? 'danger' : 'primary',
          name: 'confirmed',
          value: 'yes',
        })}
        <a class="button secondary" href="${path}">${console.cancel}</a>
      </div>`,
  })
  return html`${pageHeading({ title: titles[proposal], back: { text: texts.back, url: path } })}
  ${panel({
    id: 'confirm',
    title: console.confirmTitle,
    description: proposal === 'revoke' ? texts.cannotUndo : texts.canUndo,
    kind: proposal === 'revoke' ? 'danger' : 'plain',
    content: html`<ul class="consequences">
        ${keys.map((key) => html`<li>${planSentence(messages, key)}</li>`)}
      </ul>
      ${can ? form : html`<p><a class="button secondary" href="${path}">${texts.back}</a></p>`}`,
  })}`
}

function planSentence(messages: Messages, { name, plan, lastUsedAt }: PlannedKey): Html {
  const { consoleHygiene: texts, consoleKeys } = messages
  const named = outsideName(name)
  if (plan === 'none') return fill(texts.nothingToDo, { name: named })
  if (plan === 'revoke') {
    return fill(texts.revokeAll, { name: named, date: momentOr(messages, lastUsedAt, consoleKeys.neverUsed) })
  }
  if ('expiresAt' in plan)
    return fill(texts.expireAll, { name: named, date: moment(messages, plan.expiresAt, 'day') })
  return fill(texts.dropAll, { name: named, scopes: plan.dropped.join(', ') })
}

/** What came of a proposal for one key. */
export interface AppliedKey {
  readonly name: string
  readonly outcome:
    | 'revoked'
    | { readonly expiresAt: Date }
    | { readonly dropped: readonly string[] }
    | 'gone'
    | 'nothing'
    | 'empty'
    | 'forbidden'
    | 'undone'
    | 'not_undone'
}

/** What was done, with a button that undoes what can be undone. */
export function appliedContent(
  frame: ConsoleFrame,
  { keys, undo }: { readonly keys: readonly AppliedKey[]; readonly undo: readonly string[] },
): Html {
  const { messages } = frame
  const { consoleHygiene: texts } = messages
  const isUndone = keys.some(({ outcome }) => outcome === 'undone' || outcome === 'not_undone')
  return html`${pageHeading({
    title: isUndone ? texts.undoneTitle : texts.doneTitle,
    back: { text: texts.back, url: path },
  })}
  ${panel({
    id: 'done',
    title: texts.title,
    content: html`<ul class="consequences">
        ${keys.map((key) => html`<li>${outcomeSentence(messages, key)}</li>`)}
      </ul>
      ${
        undo.length > 0 &&
        consoleForm(frame, {
          action: `${path}/undo`,
          content: html`${undo.map((value) => html`<input ${attributes({ type: 'hidden', name: 'undo', value })} />`)}
          ${button({ text: texts.undo, kind: 'secondary' })}`,
        })
      }
      <p><a class="button secondary" href="${path}">${texts.back}</a></p>`,
  })}`
}

function outcomeSentence(messages: Messages, { name, outcome }: AppliedKey): Html {
  const { consoleHygiene: texts } = messages
  const said = (text: string, more: Readonly<Record<string, HtmlValue>> = {}): Html =>
    fill(text, { name: outsideName(name), ...more })
  if (typeof outcome === 'object') {
    return 'expiresAt' in outcome
      ? said(texts.doneExpire, { date: moment(messages, outcome.expiresAt, 'day') })
      : said(texts.doneDropped, { scopes: outcome.dropped.join(', ') })
  }
  const sentences = {
    revoked: texts.doneRevoked,
    gone: texts.skippedGone,
    nothing: texts.skippedNone,
    empty: texts.skippedEmpty,
    forbidden: texts.skippedForbidden,
    undone: texts.undone,
    not_undone: texts.notUndone,
  }
  return said(sentences[outcome])
}
