/** Keys that could end, or could do with less. */
import { alert } from '../components/alert.ts'
import { emptyState, moment, pageHeading, pager, panel } from '../components/app-parts.ts'
import { button } from '../components/button.ts'
import { outsideAddress, outsideName } from '../components/card.ts'
import { attributes, html } from '../html.ts'
import type { Html, HtmlValue } from '../html.ts'
import { fill, fillText } from '../messages/messages.ts'
import type { Messages } from '../messages/messages.ts'
import type { ConsoleFrame } from './frame.ts'
import { momentOr, ownerLink } from './key-parts.ts'
import type { ShownOwner } from './key-parts.ts'
import { consoleForm, filterBar, sheet } from './parts.ts'

const path = '/admin/hygiene'

/** What may be found about a key. */
export type ShownFinding =
  | 'never_used'
  | 'idle'
  | 'no_expiry'
  | 'no_address_list'
  | 'unused_scopes'
  | 'retired_pepper'

/** What may be proposed. */
export type ShownProposal = 'revoke' | 'expire' | 'drop'

/** A key about which something was found. */
export interface FoundKey {
  readonly id: string
  readonly name: string
  readonly owner: ShownOwner
  readonly apiIdentifier: string
  readonly createdAt: Date
  readonly lastUsedAt: Date | undefined
  readonly findings: readonly ShownFinding[]
  readonly unusedScopes: readonly string[]
}

/** A part of the list. */
export interface HygieneProps {
  readonly keys: readonly FoundKey[]
  readonly finding: string
  readonly owner: string
  readonly findings: readonly ShownFinding[]
  readonly first: string | undefined
  readonly next: string | undefined
  readonly noneTicked: boolean
}

/** The content of the list. */
export function hygieneContent(frame: ConsoleFrame, props: HygieneProps): Html {
  const { messages } = frame
  const { consoleHygiene: texts } = messages
  const { keys, finding, owner, findings, first, next } = props
  return html`${pageHeading({ title: texts.title, lead: texts.lead })}
  ${props.noneTicked && alert({ kind: 'problem', content: texts.tickedNone })}
  ${filterBar({
    messages,
    action: path,
    texts: [{ name: 'owner', label: messages.consoleKeys.ownerFilter, value: owner }],
    selects: [
      {
        name: 'finding',
        label: texts.finding,
        value: finding,
        choices: [
          { value: '', text: texts.anyFinding },
          ...findings.map((value) => ({ value, text: texts[value] })),
        ],
      },
    ],
  })}
  ${keys.length === 0 ? emptyState(emptyText(messages, props)) : foundKeys(frame, keys)}
  ${pager(messages, { first, next })}`
}

/** A part of a long list may hold nothing while others do. */
function emptyText(
  { consoleHygiene: texts }: Messages,
  { finding, owner, next, first }: HygieneProps,
): string {
  if (next !== undefined || first !== undefined) return texts.emptyPart
  return finding === '' && owner === '' ? texts.empty : texts.emptyFiltered
}

function foundKeys(frame: ConsoleFrame, keys: readonly FoundKey[]): Html {
  const mayWrite = frame.may('keys:write')
  const { consoleHygiene: texts } = frame.messages
  const list = html`<ul class="rows">
    ${keys.map((key) => foundKey(frame, key, mayWrite))}
  </ul>`
  if (!mayWrite) return sheet(list)
  // It only leads to the page that asks, so it is a form that only looks.
  return html`<form method="get" action="/admin/hygiene/confirm">
    ${sheet(list)}
    <fieldset class="with-ticked">
      <legend class="label">${texts.withTicked}</legend>
      <div class="button-row">
        ${button({ text: texts.revoke, kind: 'danger', name: 'proposal', value: 'revoke' })}
        ${button({ text: texts.expire, kind: 'secondary', name: 'proposal', value: 'expire' })}
        ${button({ text: texts.drop, kind: 'secondary', name: 'proposal', value: 'drop' })}
      </div>
    </fieldset>
  </form>`
}

function foundKey({ messages }: ConsoleFrame, key: FoundKey, mayWrite: boolean): Html {
  const { consoleHygiene: texts, consoleKeys, consoleKey } = messages
  const tick = { type: 'checkbox', name: 'key', value: key.id, autocomplete: 'off' } as const
  const label = fillText(texts.tick, { name: key.name })
  return html`<li class="row hygiene-row">
    ${mayWrite && html`<input ${attributes({ ...tick, class: 'row-tick', 'aria-label': label })} />`}
    <div class="row-text">
      <p class="row-title"><a href="${`/admin/keys/${key.id}`}">${outsideName(key.name)}</a></p>
      <p class="row-line badges">
        ${key.findings.map((finding) => html`<span class="badge problem">${texts[finding]}</span> `)}
      </p>
      <p class="row-line">${ownerLink(key.owner)} · ${outsideAddress(key.apiIdentifier)}</p>
      <p class="row-line">
        ${consoleKey.made} ${moment(messages, key.createdAt, 'day')} · ${consoleKeys.lastUsed}
        ${momentOr(messages, key.lastUsedAt, consoleKeys.neverUsed)}
      </p>
      ${
        key.findings.includes('unused_scopes') &&
        html`<p class="row-line">${fillText(texts.unusedScopes, { scopes: key.unusedScopes.join(', ') })}</p>`
      }
    </div>
    ${mayWrite && html`<div class="row-actions">${proposalsFor(messages, key)}</div>`}
  </li>`
}

/** One link for each thing that was found; each leads to a page that says exactly what it would do. */
function proposalsFor(
  { consoleHygiene: texts }: Messages,
  { id, name, findings }: FoundKey,
): readonly Html[] {
  const to = (proposal: ShownProposal, text: string, named: string): Html =>
    html`<a
      class="button secondary"
      href="${`${path}/confirm?proposal=${proposal}&key=${id}`}"
      aria-label="${fillText(named, { name })}"
      >${text}</a
    >`
  const atKey = (act: 'rotate' | 'change', text: string, named: string): Html =>
    html`<a
      class="button quiet"
      href="${`/admin/keys/${id}/${act}`}"
      aria-label="${fillText(named, { name })}"
      >${text}</a
    >`
  const isUnused = findings.includes('never_used') || findings.includes('idle')
  return [
    ...(isUnused ? [to('revoke', texts.revoke, texts.revokeNamed)] : []),
    ...(findings.includes('no_expiry') ? [to('expire', texts.expire, texts.expireNamed)] : []),
    ...(findings.includes('unused_scopes') && !isUnused ? [to('drop', texts.drop, texts.dropNamed)] : []),
    // One at a time: each new secret is shown once, to be handed on.
    ...(findings.includes('retired_pepper') ? [atKey('rotate', texts.rotate, texts.rotateNamed)] : []),
    ...(findings.includes('no_address_list') && !isUnused
      ? [atKey('change', texts.addAddresses, texts.addAddressesNamed)]
      : []),
  ]
}

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
