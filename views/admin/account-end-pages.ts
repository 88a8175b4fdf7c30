import { alert } from '../components/alert.ts'
import { outsideAddress } from '../components/card.ts'
import { html } from '../html.ts'
import type { Html } from '../html.ts'
import { fill, fillText } from '../messages/messages.ts'
import { accountUrl } from './accounts-page.ts'
import type { ConsoleFrame } from './frame.ts'
import { countText } from './incident-page.ts'
import type { ShownStanding } from './incident-page.ts'
import { confirmContent } from './parts.ts'

interface Named {
  readonly id: string
  readonly email: string
}

/** The page that asks before an account is disabled or deleted. */
export function confirmEndContent(
  frame: ConsoleFrame,
  props: {
    readonly kind: 'disable' | 'delete'
    readonly account: Named
    readonly standing: ShownStanding
    readonly isLastOwner: boolean
  },
): Html {
  const { consoleAccounts: texts } = frame.messages
  const { kind, account, isLastOwner } = props
  const url = accountUrl(account.id)
  return html`${isLastOwner && alert({ kind: 'problem', content: texts.lastOwner })}
  ${confirmContent({
    frame,
    title: fill(texts[`${kind}Title`], { name: outsideAddress(account.email) }),
    consequences: consequencesOf(frame, props),
    action: `${url}/${kind}`,
    submit: texts[kind],
    cancelUrl: url,
  })}`
}

function consequencesOf(
  frame: ConsoleFrame,
  { kind, standing }: { readonly kind: 'disable' | 'delete'; readonly standing: ShownStanding },
): readonly string[] {
  const { consoleAccounts: texts, language } = frame.messages
  const ends = endsOf(frame, standing)
  const count = countText(language, standing.keys)
  if (kind === 'disable') return [texts.disableMeans, ...ends, fillText(texts.keysWait, { count })]
  return [
    texts.deleteMeans,
    ...ends,
    fillText(texts.deletesKeys, { count }),
    texts.deleteLog,
    texts.deleteAgain,
  ]
}

function endsOf({ messages }: ConsoleFrame, { sessions, grants }: ShownStanding): readonly string[] {
  const { consoleAccounts: texts, language } = messages
  return [
    fillText(texts.endsSessions, { count: countText(language, sessions) }),
    fillText(texts.endsGrants, { count: countText(language, grants) }),
  ]
}

/** The page that asks before a password is given up that others know. */
export function confirmGiveUpContent(
  frame: ConsoleFrame,
  props: { readonly account: Named; readonly standing: ShownStanding; readonly mailIsSent: boolean },
): Html {
  const { consoleAccounts: texts } = frame.messages
  const { account, standing, mailIsSent } = props
  const way = mailIsSent ? texts.giveUpWay : texts.noMail
  return confirmContent({
    frame,
    title: fill(texts.giveUpTitle, { name: outsideAddress(account.email) }),
    consequences: [texts.giveUpMeans, way, texts.giveUpSame, ...endsOf(frame, standing)],
    action: `${accountUrl(account.id)}/give-up-password`,
    submit: texts.giveUpSubmit,
    cancelUrl: accountUrl(account.id),
  })
}
