/** Keys that could end, or could do with less. */
import { alert } from '../components/alert.ts'
import { emptyState, moment, pageHeading, pager } from '../components/app-parts.ts'
import { button } from '../components/button.ts'
import { outsideAddress, outsideName } from '../components/card.ts'
import { attributes, html } from '../html.ts'
import type { Html } from '../html.ts'
import { fillText } from '../messages/messages.ts'
import type { Messages } from '../messages/messages.ts'
import type { ConsoleFrame } from './frame.ts'
import { momentOr, ownerLink } from './key-parts.ts'
import type { ShownOwner } from './key-parts.ts'
import { filterBar, sheet } from './parts.ts'

/** Where the list stands. */
export const hygienePath = '/admin/hygiene'

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
    action: hygienePath,
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
  return html`<form method="get" action="${`${hygienePath}/confirm`}">
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
      href="${`${hygienePath}/confirm?proposal=${proposal}&key=${id}`}"
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
