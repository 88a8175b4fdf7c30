/** The secrets of an API key, and when each was used. Nothing of what they are. */
import { alert } from '../components/alert.ts'
import { moment, panel, rows } from '../components/app-parts.ts'
import { linkButton } from '../components/button.ts'
import { outsideName } from '../components/card.ts'
import { html } from '../html.ts'
import type { Html } from '../html.ts'
import { fill } from '../messages/messages.ts'
import type { Messages } from '../messages/messages.ts'
import type { ConsoleFrame } from './frame.ts'
import type { ShownState } from './key-parts.ts'

/** What is known of a secret of the key. */
export interface ShownSecret {
  readonly kind: 'only' | 'newer' | 'older'
  readonly createdAt: Date
  readonly expiresAt: Date | undefined
  readonly isLive: boolean
  readonly lastUsedAt: Date | undefined
  readonly lastUsedAddress: string | undefined
  readonly lastUsedUserAgent: string | undefined
}

/** A key with its secrets. */
export interface ShownSecrets {
  readonly id: string
  readonly state: ShownState
  readonly secrets: readonly ShownSecret[]
  /** Whether two secrets work at this moment, and whether the older one was used since. */
  readonly rotation: { readonly oldUsed: boolean } | undefined
}

/** The secret that was used last, if any was. */
export function newestUse(secrets: readonly ShownSecret[]): ShownSecret | undefined {
  return secrets
    .filter(({ lastUsedAt }) => lastUsedAt !== undefined)
    .toSorted((left, right) => (right.lastUsedAt?.getTime() ?? 0) - (left.lastUsedAt?.getTime() ?? 0))[0]
}

/** When a secret was used last, from where and by what. */
export function lastUse(messages: Messages, secret: ShownSecret | undefined): Html {
  const { consoleKey: texts } = messages
  if (secret?.lastUsedAt === undefined) return html`${texts.lastUseNever}`
  const { lastUsedAddress: address, lastUsedUserAgent: agent } = secret
  const date = moment(messages, secret.lastUsedAt)
  const said =
    address === undefined
      ? fill(texts.lastUse, { date })
      : fill(texts.lastUseFrom, { date, address: html`<code>${address}</code>` })
  return html`${said}${agent !== undefined && html` ${fill(texts.by, { agent: outsideName(agent) })}`}`
}

/** The panel: each secret with its use, and whether a rotation is under way. */
export function secretsPanel(frame: ConsoleFrame, key: ShownSecrets): Html {
  const { messages } = frame
  const { consoleKey: texts } = messages
  const mayRotate = frame.may('keys:write') && key.state !== 'revoked'
  const names = { only: texts.onlySecret, newer: texts.newerSecret, older: texts.olderSecret }
  const base = `/admin/keys/${key.id}`
  const action =
    key.rotation === undefined
      ? linkButton({ text: texts.rotate, url: `${base}/rotate`, kind: 'secondary' })
      : linkButton({ text: texts.endRotation, url: `${base}/end-rotation`, kind: 'secondary' })
  return panel({
    id: 'secrets',
    title: texts.secrets,
    description: texts.secretsLead,
    action: mayRotate ? action : undefined,
    content: html`${
      key.rotation !== undefined &&
      alert({
        kind: key.rotation.oldUsed ? 'notice' : 'success',
        content: key.rotation.oldUsed ? texts.oldStillUsed : texts.oldUnused,
      })
    }
    ${rows(
      key.secrets.map((secret) => ({
        title: names[secret.kind],
        lines: [
          fill(texts.secretMade, { date: moment(messages, secret.createdAt) }),
          ...(secret.expiresAt === undefined
            ? []
            : [
                fill(secret.isLive ? texts.worksUntil : texts.ended, {
                  date: moment(messages, secret.expiresAt),
                }),
              ]),
          lastUse(messages, secret),
        ],
      })),
    )}`,
  })
}
