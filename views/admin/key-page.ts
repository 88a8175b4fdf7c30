/** One API key: what it is, how it is used, and what can be done with it. */
import { alert } from '../components/alert.ts'
import { factList, moment, pageHeading, panel, rows } from '../components/app-parts.ts'
import { button, linkButton } from '../components/button.ts'
import { outsideAddress, outsideName } from '../components/card.ts'
import { html } from '../html.ts'
import type { Html, HtmlValue } from '../html.ts'
import { fill } from '../messages/messages.ts'
import type { Messages } from '../messages/messages.ts'
import type { ConsoleFrame } from './frame.ts'
import { momentOr, ownerLink, quotaText, rateText, stateBadge } from './key-parts.ts'
import type { ShownOwner, ShownRate } from './key-parts.ts'
import { lastUse, newestUse, secretsPanel } from './key-secrets.ts'
import type { ShownSecrets } from './key-secrets.ts'
import { keyUsage } from './key-usage.ts'
import type { KeyUsageProps } from './key-usage.ts'
import { consoleForm } from './parts.ts'

/** A scope of the key. */
export interface ShownScope {
  readonly name: string
  readonly description: string | undefined
  readonly used: { readonly first: Date; readonly last: Date } | undefined
  /** The owner does not have it now. */
  readonly isLost: boolean
}

/** A key as its page shows it. */
export interface ShownKey extends ShownSecrets {
  readonly name: string
  readonly owner: ShownOwner
  readonly apiId: string
  readonly apiIdentifier: string
  readonly expiresAt: Date | undefined
  readonly allowedAddresses: readonly string[]
  readonly rateLimit: ShownRate | undefined
  readonly quota: { readonly requests: number; readonly period: 'day' | 'month' } | undefined
  readonly disabledAt: Date | undefined
  readonly revokedAt: Date | undefined
  readonly revocationReason: string | undefined
  readonly createdAt: Date
  readonly scopes: readonly ShownScope[]
}

/** The content of the page. */
export function keyContent(frame: ConsoleFrame, key: ShownKey, usage: KeyUsageProps): Html {
  const { messages } = frame
  const { consoleKeys, consoleKey: texts } = messages
  const mayWrite = frame.may('keys:write')
  const change =
    mayWrite && key.state !== 'revoked'
      ? linkButton({ text: texts.change, url: `/admin/keys/${key.id}/change`, kind: 'secondary' })
      : undefined
  return html`${pageHeading({
    title: outsideName(key.name),
    lead: html`${stateBadge(messages, key.state)} ${stateSentence(messages, key)}`,
    back: { text: consoleKeys.title, url: '/admin/keys' },
    action: change,
  })}
  ${key.owner.isDisabled && alert({ kind: 'notice', content: texts.ownerDisabled })}
  ${panel({ id: 'facts', title: texts.facts, content: factList(factsOf(messages, key)) })}
  ${panel({
    id: 'usage',
    title: texts.usage,
    description: texts.usageLead,
    content: html`<p>${lastUse(messages, newestUse(key.secrets))}</p>
      ${keyUsage(messages, key.id, usage)}`,
  })}
  ${scopesPanel(messages, key)} ${secretsPanel(frame, key)} ${elsewhere(frame, key)}
  ${mayWrite && endPanel(frame, key)}`
}

/** Where more is told of the key. */
function elsewhere(frame: ConsoleFrame, { id }: ShownKey): Html {
  const { consoleKey: texts } = frame.messages
  return html`<p class="button-row">
    ${linkButton({ text: texts.explain, url: '/admin/explain', kind: 'secondary' })}
    ${frame.may('audit:read') && linkButton({ text: texts.audit, url: `/admin/audit?target=${encodeURIComponent(`api_key:${id}`)}`, kind: 'secondary' })}
  </p>`
}

function stateSentence(messages: Messages, key: ShownKey): HtmlValue {
  const { consoleKey: texts } = messages
  const date = (at: Date | undefined) => momentOr(messages, at, '')
  switch (key.state) {
    case 'active':
      return undefined
    case 'disabled':
      return fill(texts.disabledSince, { date: date(key.disabledAt) })
    case 'expired':
      return fill(texts.expiredSince, { date: date(key.expiresAt) })
    case 'revoked':
      return key.revocationReason === undefined
        ? fill(texts.revokedSince, { date: date(key.revokedAt) })
        : fill(texts.revokedBecause, {
            date: date(key.revokedAt),
            reason: outsideName(key.revocationReason),
          })
  }
}

function factsOf(messages: Messages, key: ShownKey): readonly (readonly [string, HtmlValue])[] {
  const { consoleKeys, consoleKey: texts, consoleKeyForm: form } = messages
  return [
    [texts.id, html`<code>${key.id}</code>`],
    [
      consoleKeys.owner,
      html`${ownerLink(key.owner)} <span class="badge quiet">${consoleKeys[key.owner.type]}</span>`,
    ],
    [consoleKeys.api, html`<a href="${`/admin/apis/${key.apiId}`}">${outsideAddress(key.apiIdentifier)}</a>`],
    [texts.made, moment(messages, key.createdAt)],
    [form.expiry, momentOr(messages, key.expiresAt, consoleKeys.neverExpires)],
    [
      form.addresses,
      key.allowedAddresses.length === 0
        ? texts.addressesAny
        : html`<ul class="plain-list">
            ${key.allowedAddresses.map((range) => html`<li><code>${range}</code></li>`)}
          </ul>`,
    ],
    [texts.rate, key.rateLimit === undefined ? texts.noLimit : rateText(messages, key.rateLimit)],
    [texts.quota, key.quota === undefined ? texts.noLimit : quotaText(messages, key.quota)],
  ]
}

function scopesPanel(messages: Messages, key: ShownKey): Html {
  const { consoleKey: texts } = messages
  return panel({
    id: 'scopes',
    title: texts.scopes,
    description: texts.scopesLead,
    content: rows(
      key.scopes.map(({ name, description, used, isLost }) => ({
        title: name,
        badge: isLost ? texts.lost : used === undefined ? texts.neverExercised : texts.exercised,
        lines: [
          ...(description === undefined ? [] : [description]),
          ...(used === undefined
            ? []
            : [
                fill(texts.exercisedText, {
                  first: moment(messages, used.first),
                  last: moment(messages, used.last),
                }),
              ]),
        ],
      })),
    ),
  })
}

function endPanel(frame: ConsoleFrame, key: ShownKey): Html {
  const { consoleKey: texts } = frame.messages
  const base = `/admin/keys/${key.id}`
  const isPaused = key.disabledAt !== undefined
  const pause = consoleForm(frame, {
    action: `${base}/${isPaused ? 'enable' : 'disable'}`,
    content: button({ text: isPaused ? texts.resume : texts.pause, kind: 'secondary' }),
  })
  const isOver = key.state === 'revoked'
  return panel({
    id: 'end',
    kind: 'danger',
    title: texts.end,
    description: html`${!isOver && html`${texts.pauseText} `}${texts.endText}`,
    content: html`<div class="button-row">
      ${!isOver && pause}
      ${!isOver && linkButton({ text: texts.revoke, url: `${base}/revoke`, kind: 'danger' })}
      ${!isOver && frame.may('sessions:write') && linkButton({ text: frame.messages.consoleIncident.link, url: `/admin/incident/key/${key.id}`, kind: 'danger' })}
      ${linkButton({ text: texts.delete, url: `${base}/delete`, kind: 'danger' })}
    </div>`,
  })
}
