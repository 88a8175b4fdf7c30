import { emptyState, moment, pageHeading, pager, panel, rows } from '../components/app-parts.ts'
import type { RowProps } from '../components/app-parts.ts'
import { linkButton } from '../components/button.ts'
import { outsideName } from '../components/card.ts'
import { html } from '../html.ts'
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

function keyRow(messages: Messages, key: KeyView): RowProps {
  const texts = messages.accountKeys
  const used = key.lastUsedAt === undefined ? messages.app.never : moment(messages, key.lastUsedAt)
  return {
    title: outsideName(key.name),
    badge: keyState(messages, key),
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

/** What can be said of a key in a word. */
export function keyState({ accountKeys: texts }: Messages, { state }: KeyView): string {
  const { stateActive, stateDisabled, stateExpired, stateRevoked } = texts
  return { active: stateActive, disabled: stateDisabled, expired: stateExpired, revoked: stateRevoked }[state]
}
