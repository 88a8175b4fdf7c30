/** The pages of a person's own API keys. */
import { alert } from '../components/alert.ts'
import {
  emptyState,
  factList,
  moment,
  pageHeading,
  pager,
  panel,
  rows,
  secretBox,
} from '../components/app-parts.ts'
import { button, linkButton } from '../components/button.ts'
import { outsideName } from '../components/card.ts'
import { choice, choices, selectField } from '../components/choice.ts'
import { textField } from '../components/field.ts'
import { postForm } from '../components/form.ts'
import { html } from '../html.ts'
import type { Html } from '../html.ts'
import { fill, fillText } from '../messages/messages.ts'
import type { Messages } from '../messages/messages.ts'
import type { AccountFrame, AccountPage } from './account-layout.ts'

const current = '/account/keys'

/** A key as the pages show it. */
export interface KeyView {
  readonly id: string
  readonly name: string
  readonly apiIdentifier: string
  readonly scopes: readonly string[]
  readonly state: 'active' | 'disabled' | 'expired' | 'revoked'
  readonly createdAt: Date
  readonly expiresAt: Date | undefined
  readonly lastUsedAt: Date | undefined
  readonly version: number
  /** Until when an older secret works beside the new one. */
  readonly olderUntil: Date | undefined
}

/** An API at which a key can be made. */
export interface KeyApi {
  readonly id: string
  readonly name: string
  readonly identifier: string
  readonly scopes: readonly { readonly name: string; readonly description: string }[]
}

/** A part of the keys. */
export interface KeysProps {
  readonly keys: readonly KeyView[]
  readonly next: string | undefined
  readonly isFirst: boolean
  readonly canMake: boolean
}

/** The page of all keys. */
export function keysPage({ messages, brand }: AccountFrame, props: KeysProps): AccountPage {
  const { account, accountKeys: texts } = messages
  const { keys, next, isFirst, canMake } = props
  const make = canMake ? linkButton({ text: texts.make, url: '/account/keys/new' }) : undefined
  return {
    current,
    title: account.navKeys,
    content: html`
      ${pageHeading({ title: account.navKeys, lead: texts.lead, action: make })}
      ${
        keys.length === 0
          ? emptyState(canMake ? texts.none : fillText(texts.notOffered, { brand: brand.name }))
          : panel({
              id: 'keys',
              title: account.navKeys,
              content: html`${rows(keys.map((key) => keyRow(messages, key)))}
              ${pager(messages, {
                first: isFirst ? undefined : current,
                next: next === undefined ? undefined : `${current}?after=${next}`,
              })}`,
            })
      }
    `,
  }
}

function keyRow(messages: Messages, key: KeyView) {
  const texts = messages.accountKeys
  const used = key.lastUsedAt === undefined ? messages.app.never : moment(messages, key.lastUsedAt)
  return {
    title: outsideName(key.name),
    badge: stateOf(messages, key),
    lines: [
      html`${outsideName(key.apiIdentifier)} · ${key.scopes.join(', ')}`,
      html`${fill(texts.madeOn, { date: moment(messages, key.createdAt, 'day') })} ·
      ${fill(texts.usedOn, { date: used })}`,
    ],
    actions: html`<a
      class="button secondary"
      href="${`/account/keys/${key.id}`}"
      aria-label="${fillText(texts.manageNamed, { name: key.name })}"
      >${texts.manage}</a
    >`,
  }
}

function stateOf({ accountKeys: texts }: Messages, { state }: KeyView): string {
  const { stateActive, stateDisabled, stateExpired, stateRevoked } = texts
  return { active: stateActive, disabled: stateDisabled, expired: stateExpired, revoked: stateRevoked }[state]
}

/** The page on which the API of a new key is chosen. */
export function chooseApiPage({ messages, brand }: AccountFrame, apis: readonly KeyApi[]): AccountPage {
  const { account, accountKeys: texts } = messages
  return {
    current,
    title: texts.make,
    content: html`
      ${pageHeading({ title: texts.make, back: { text: account.navKeys, url: current } })}
      ${
        apis.length === 0
          ? emptyState(fillText(texts.notOffered, { brand: brand.name }))
          : panel({
              id: 'apis',
              title: texts.chooseApi,
              content: rows(
                apis.map((api) => ({
                  title: outsideName(api.name),
                  lines: [outsideName(api.identifier)],
                  actions: linkButton({
                    text: texts.choose,
                    url: `/account/keys/new/${api.id}`,
                    kind: 'secondary',
                  }),
                })),
              ),
            })
      }
    `,
  }
}

/** How long a new key may live, as the form says it. */
export const keyLifetimes = ['30', '90', '365', 'never'] as const

/** What the form of a new key shows. */
export interface NewKeyProps {
  readonly api: KeyApi
  readonly name?: string | undefined
  readonly chosen?: readonly string[] | undefined
  readonly lifetime?: (typeof keyLifetimes)[number] | undefined
  readonly problem?: 'name' | 'scopes' | undefined
}

/** The page on which a key is made. */
export function newKeyPage({ messages, csrfToken }: AccountFrame, props: NewKeyProps): AccountPage {
  const { account, accountKeys: texts } = messages
  const { api, problem } = props
  const lifetimes = {
    '30': texts.in30Days,
    '90': texts.in90Days,
    '365': texts.inAYear,
    never: texts.neverExpires,
  }
  return {
    current,
    title: fillText(texts.newTitle, { api: api.name }),
    hasProblem: problem !== undefined,
    content: html`
      ${pageHeading({
        title: fill(texts.newTitle, { api: outsideName(api.name) }),
        back: { text: account.navKeys, url: current },
      })}
      ${problem === 'scopes' && alert({ kind: 'problem', content: texts.scopesInvalid })}
      ${panel({
        id: 'new-key',
        title: texts.make,
        content: postForm({
          action: `/account/keys/new/${api.id}`,
          hidden: { csrf: csrfToken },
          content: html`
            ${textField({
              name: 'name',
              label: texts.name,
              hint: texts.nameHint,
              autocomplete: 'off',
              value: props.name,
              error: problem === 'name' ? texts.nameInvalid : undefined,
            })}
            ${choices(
              texts.scopes,
              api.scopes.map(({ name, description }, index) =>
                choice({
                  name: 'scope',
                  id: `scope-${index}`,
                  value: name,
                  label: description,
                  hint: name,
                  checked: props.chosen?.includes(name),
                }),
              ),
            )}
            ${selectField({
              name: 'lifetime',
              label: texts.expires,
              value: props.lifetime ?? '90',
              options: keyLifetimes.map((lifetime) => [lifetime, lifetimes[lifetime]]),
            })}
            ${button({ text: texts.make, kind: 'primary' })}
          `,
        }),
      })}
    `,
  }
}

/** The page that shows a key or its new secret, this once. */
export function shownKeyPage(
  { messages }: AccountFrame,
  { key, text }: { readonly key: KeyView; readonly text: string },
): AccountPage {
  const { accountKeys: texts } = messages
  return {
    current,
    title: texts.shownTitle,
    content: html`
      ${pageHeading({ title: texts.shownTitle, lead: texts.shownLead })}
      ${panel({
        id: 'shown',
        title: outsideName(key.name),
        content: html`${secretBox(text, 'key')} ${linkButton({ text: texts.done, url: current })}`,
      })}
    `,
  }
}

/** The page of one key. */
export function keyPage(frame: AccountFrame, key: KeyView): AccountPage {
  const { messages } = frame
  const { account, accountKeys: texts } = messages
  const facts = [
    [texts.api, outsideName(key.apiIdentifier)],
    [texts.scopes, key.scopes.join(', ')],
    [texts.keyId, html`<code>${key.id}</code>`],
    [texts.made, moment(messages, key.createdAt)],
    [texts.lastUsed, key.lastUsedAt === undefined ? messages.app.never : moment(messages, key.lastUsedAt)],
    [texts.expires, key.expiresAt === undefined ? texts.neverExpires : moment(messages, key.expiresAt)],
  ] as const
  return {
    current,
    title: key.name,
    content: html`
      ${pageHeading({ title: outsideName(key.name), back: { text: account.navKeys, url: current } })}
      ${panel({ id: 'key', title: stateOf(messages, key), content: factList(facts) })}
      ${key.state !== 'revoked' && rotatePanel(frame, key)}
      ${key.state !== 'revoked' && revokePanel(frame, key)}
    `,
  }
}

function rotatePanel({ messages, csrfToken }: AccountFrame, key: KeyView): Html {
  const texts = messages.accountKeys
  return panel({
    id: 'rotate',
    title: texts.rotatePanel,
    description: texts.rotateText,
    content:
      key.olderUntil === undefined
        ? postForm({
            action: `/account/keys/${key.id}/rotate`,
            hidden: { csrf: csrfToken, version: String(key.version) },
            content: html`${selectField({
              name: 'overlap',
              label: texts.overlap,
              value: '86400',
              options: [
                ['86400', texts.overlapDay],
                ['604800', texts.overlapWeek],
                ['0', texts.overlapNone],
              ],
            })}
            ${button({ text: texts.rotate, kind: 'secondary' })}`,
          })
        : html`<p>${fill(texts.rotating, { date: moment(messages, key.olderUntil) })}</p>`,
  })
}

function revokePanel({ messages, csrfToken }: AccountFrame, key: KeyView): Html {
  const texts = messages.accountKeys
  return panel({
    id: 'revoke',
    kind: 'danger',
    title: texts.revokePanel,
    description: texts.revokeText,
    content: postForm({
      action: `/account/keys/${key.id}/revoke`,
      hidden: { csrf: csrfToken },
      content: button({ text: texts.revoke, kind: 'danger' }),
    }),
  })
}
