import { factList, moment, pageHeading, panel } from '../components/app-parts.ts'
import { button } from '../components/button.ts'
import { outsideName } from '../components/card.ts'
import { selectField } from '../components/choice.ts'
import { postForm } from '../components/form.ts'
import { html } from '../html.ts'
import type { Html } from '../html.ts'
import { fill } from '../messages/messages.ts'
import type { AccountFrame, AccountPage } from './account-layout.ts'
import { keyState } from './keys-page.ts'
import type { KeyView } from './keys-page.ts'

const current = '/account/keys'

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
      ${panel({ id: 'key', title: keyState(messages, key), content: factList(facts) })}
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
