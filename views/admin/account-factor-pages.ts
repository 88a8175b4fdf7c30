/** The pages that ask before second factors are taken from somebody who lost them. */
import { moment } from '../components/app-parts.ts'
import { outsideAddress, outsideName } from '../components/card.ts'
import { choice } from '../components/choice.ts'
import type { Html } from '../html.ts'
import { fill, fillText } from '../messages/messages.ts'
import type { Messages } from '../messages/messages.ts'
import { accountUrl } from './accounts-page.ts'
import type { ConsoleFrame } from './frame.ts'
import { confirmContent } from './parts.ts'

interface Named {
  readonly id: string
  readonly email: string
}

/** The page that asks before all second factors are taken from somebody who lost them. */
export function confirmFactorsContent(
  frame: ConsoleFrame,
  {
    account,
    factors,
  }: {
    readonly account: Named
    readonly factors: {
      readonly totp: boolean
      readonly passkeys: number
      readonly recoveryCodesLeft: number
    }
  },
): Html {
  const { consoleFactors: texts } = frame.messages
  const counts = {
    app: factors.totp ? '1' : '0',
    passkeys: String(factors.passkeys),
    codes: String(factors.recoveryCodesLeft),
  }
  return confirmContent({
    frame,
    title: fill(texts.allTitle, { name: outsideAddress(account.email) }),
    consequences: [fillText(texts.allMeans, counts), texts.proof, texts.allEnds],
    action: `${accountUrl(account.id)}/remove-factors`,
    submit: texts.removeAll,
    cancelUrl: accountUrl(account.id),
    asksReason: true,
  })
}

/** A second factor that is to be removed. */
export type ShownFactor =
  | { readonly kind: 'app'; readonly createdAt: Date }
  | { readonly kind: 'recovery_codes'; readonly left: number }
  | { readonly kind: 'passkey'; readonly name: string; readonly createdAt: Date }

/** The page that asks before one of them is taken; `name` is how the address calls it. */
export function confirmFactorContent(
  frame: ConsoleFrame,
  props: {
    readonly account: Named
    readonly name: string
    readonly factor: ShownFactor
    /** Whether the person is told by mail. */
    readonly isTold: boolean
  },
): Html {
  const { account, name, factor, isTold } = props
  const { consoleFactors: texts } = frame.messages
  const url = accountUrl(account.id)
  return confirmContent({
    frame,
    title: fill(texts[titles[factor.kind]], { name: outsideAddress(account.email) }),
    consequences: [meaning(frame.messages, factor), ...(isTold ? [texts.told] : []), texts.lastEnds],
    action: `${url}/factors/${name}/remove`,
    submit: texts.remove,
    cancelUrl: url,
    asksReason: true,
    more: choice({
      name: 'ends_sessions',
      label: texts.endsSessions,
      hint: texts.endsSessionsHint,
      checked: true,
    }),
  })
}

const titles = { app: 'appTitle', recovery_codes: 'codesTitle', passkey: 'passkeyTitle' } as const

function meaning(messages: Messages, factor: ShownFactor): Html | string {
  const { consoleFactors: texts } = messages
  switch (factor.kind) {
    case 'app':
      return fill(texts.appMeans, { when: moment(messages, factor.createdAt, 'day') })
    case 'recovery_codes':
      return fillText(texts.codesMeans, { count: factor.left })
    case 'passkey':
      return fill(texts.passkeyMeans, {
        passkey: outsideName(factor.name),
        when: moment(messages, factor.createdAt, 'day'),
      })
  }
}
