import { emptyState, factList, moment, pageHeading, panel, rows } from '../components/app-parts.ts'
import { button, linkButton } from '../components/button.ts'
import { secretOnce } from '../components/copy.ts'
import { html } from '../html.ts'
import type { Html } from '../html.ts'
import { fillText } from '../messages/messages.ts'
import type { ConsoleFrame } from './frame.ts'
import { confirmContent, consoleForm, selectField } from './parts.ts'

/** What is told of a secret. */
export interface ShownClientSecret {
  readonly id: string
  readonly createdAt: Date
  readonly expiresAt: Date | undefined
  readonly isLive: boolean
}

/** Whose secret it is. */
export interface SecretOwner {
  readonly id: string
  readonly name: string
}

/** How long a secret may be made to work, in days; `forever` is no end. */
export const secretLifetimes = ['forever', 'day', 'week', 'month', 'quarter', 'year'] as const

const mostLive = 2

/** The secrets of a client, on its page. */
export function secretsPanel(
  frame: ConsoleFrame,
  { id, secrets }: { readonly id: string; readonly secrets: readonly ShownClientSecret[] | undefined },
): Html {
  const { messages } = frame
  const { consoleClientSecrets: texts } = messages
  const url = `/admin/clients/${id}/secrets`
  if (secrets === undefined) return panel({ id: 'secrets', title: texts.title, description: texts.notUsed })
  const mayWrite = frame.may('clients:write')
  const isFull = secrets.filter(({ isLive }) => isLive).length >= mostLive
  const entries = secrets.map((secret) => ({
    title: html`<code>${secret.id}</code>`,
    badge: secret.isLive ? texts.live : texts.expired,
    lines: [
      html`${texts.made} ${moment(messages, secret.createdAt)}`,
      secret.expiresAt === undefined
        ? texts.noExpiry
        : html`${texts.expires} ${moment(messages, secret.expiresAt)}`,
    ],
    ...(mayWrite && {
      actions: html`${secret.isLive && linkButton({ text: texts.expire, url: `${url}/${secret.id}/expire`, kind: 'secondary' })}
      ${linkButton({ text: texts.revoke, url: `${url}/${secret.id}/revoke`, kind: 'secondary' })}`,
    }),
  }))
  return panel({
    id: 'secrets',
    title: texts.title,
    description: texts.lead,
    action:
      mayWrite && !isFull ? linkButton({ text: texts.add, url: `${url}/new`, kind: 'secondary' }) : undefined,
    content: html`${secrets.length === 0 ? emptyState(texts.none) : rows(entries)}
    ${mayWrite && isFull && html`<p class="hint">${texts.full}</p>`}`,
  })
}

/** The form of a new secret. */
export function newSecretContent(frame: ConsoleFrame, client: SecretOwner): Html {
  const { consoleClientSecrets: texts } = frame.messages
  return html`${pageHeading({
    title: fillText(texts.addTitle, { name: client.name }),
    lead: texts.addLead,
    back: backTo(frame, client),
  })}
  ${panel({
    id: 'new-secret',
    title: texts.add,
    content: consoleForm(frame, {
      action: `/admin/clients/${client.id}/secrets/new`,
      content: html`${lifetimeField(frame, secretLifetimes, 'forever')}
        <div class="button-row">
          ${button({ text: texts.make, kind: 'primary' })}
          <a class="button secondary" href="${`/admin/clients/${client.id}`}"
            >${frame.messages.console.cancel}</a
          >
        </div>`,
    }),
  })}`
}

/** The form that gives a secret an end. */
export function expireSecretContent(
  frame: ConsoleFrame,
  client: SecretOwner,
  secret: ShownClientSecret,
): Html {
  const { consoleClientSecrets: texts, console } = frame.messages
  const lifetimes = secretLifetimes.filter((lifetime) => lifetime !== 'forever')
  return html`${pageHeading({ title: texts.expireTitle, lead: texts.expireLead, back: backTo(frame, client) })}
  ${panel({
    id: 'expire',
    title: html`<code>${secret.id}</code>`,
    content: consoleForm(frame, {
      action: `/admin/clients/${client.id}/secrets/${secret.id}/expire`,
      content: html`${lifetimeField(frame, lifetimes, 'week')}
        <div class="button-row">
          ${button({ text: texts.expire, kind: 'primary' })}
          <a class="button secondary" href="${`/admin/clients/${client.id}`}">${console.cancel}</a>
        </div>`,
    }),
  })}`
}

/** The page that asks before a secret is revoked. */
export function revokeSecretContent(
  frame: ConsoleFrame,
  client: SecretOwner,
  { secret, othersLive }: { readonly secret: ShownClientSecret; readonly othersLive: number },
): Html {
  const { consoleClientSecrets: texts } = frame.messages
  const { name, id } = client
  return confirmContent({
    frame,
    title: fillText(texts.revokeTitle, { name }),
    consequences: [
      fillText(texts.revokeNow, { secret: secret.id }),
      othersLive === 0 ? fillText(texts.revokeLast, { name }) : texts.revokeOther,
    ],
    action: `/admin/clients/${id}/secrets/${secret.id}/revoke`,
    submit: texts.revoke,
    cancelUrl: `/admin/clients/${id}`,
  })
}

/** A secret, this once. */
export function shownSecretContent(frame: ConsoleFrame, client: SecretOwner, secret: string): Html {
  const { consoleClientSecrets: texts, consoleClients } = frame.messages
  const url = `/admin/clients/${client.id}`
  return html`${pageHeading({ title: fillText(texts.shownTitle, { name: client.name }), lead: texts.shownLead })}
  ${panel({
    id: 'secret',
    title: 'client_secret',
    content: html`${secretOnce(frame.messages, { text: secret, id: 'client-secret' })}
      ${factList([[consoleClients.id, html`<code>${client.id}</code>`]])}
      <div class="button-row">
        ${linkButton({ text: texts.next, url: `${url}/connect` })}
        ${linkButton({ text: texts.done, url, kind: 'secondary' })}
      </div>`,
  })}`
}

function lifetimeField(
  { messages }: ConsoleFrame,
  lifetimes: readonly (typeof secretLifetimes)[number][],
  value: string,
): Html {
  const { consoleClientSecrets: texts } = messages
  return selectField({
    name: 'lifetime',
    label: texts.expiry,
    value,
    choices: lifetimes.map((lifetime) => ({ value: lifetime, text: texts[lifetime] })),
  })
}

function backTo({ messages }: ConsoleFrame, { id, name }: SecretOwner) {
  return { text: fillText(messages.consoleClients.toClient, { name }), url: `/admin/clients/${id}` }
}
