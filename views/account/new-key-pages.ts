/** The pages on which a person makes a key: at which API, with what, and the key itself. */
import { alert } from '../components/alert.ts'
import { emptyState, pageHeading, panel, rows } from '../components/app-parts.ts'
import { button, linkButton } from '../components/button.ts'
import { outsideName } from '../components/card.ts'
import { choice, choices, selectField } from '../components/choice.ts'
import { secretOnce } from '../components/copy.ts'
import { textField } from '../components/field.ts'
import { postForm } from '../components/form.ts'
import { html } from '../html.ts'
import { fill, fillText } from '../messages/messages.ts'
import type { AccountFrame, AccountPage } from './account-layout.ts'

const current = '/account/keys'

/** An API at which a key can be made. */
export interface KeyApi {
  readonly id: string
  readonly name: string
  readonly identifier: string
  readonly scopes: readonly { readonly name: string; readonly description: string }[]
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
  { name, text }: { readonly name: string; readonly text: string },
): AccountPage {
  const { accountKeys: texts } = messages
  return {
    current,
    title: texts.shownTitle,
    scripts: ['copy.js'],
    content: html`
      ${pageHeading({ title: texts.shownTitle })}
      ${panel({
        id: 'shown',
        title: outsideName(name),
        content: html`${secretOnce(messages, { text, id: 'key' })}
        ${linkButton({ text: texts.done, url: current })}`,
      })}
    `,
  }
}
