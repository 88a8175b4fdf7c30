import { dataTable, emptyState, pageHeading, pager } from '../components/app-parts.ts'
import { linkButton } from '../components/button.ts'
import { outsideName, wholeCode } from '../components/card.ts'
import { html } from '../html.ts'
import type { Html } from '../html.ts'
import type { Messages } from '../messages/messages.ts'
import type { ConsoleFrame } from './frame.ts'
import { filterBar, sheet } from './parts.ts'

/** An API in the list. */
export interface ListedApi {
  readonly id: string
  readonly name: string
  readonly identifier: string
  readonly tokenFormat: 'opaque' | 'jwt'
  readonly scopes: number
  readonly isBuiltIn: boolean
  readonly isDisabled: boolean
}

/** The list with its search as it was asked for. */
export interface ApiListProps {
  readonly apis: readonly ListedApi[]
  readonly search: string
  readonly firstUrl: string | undefined
  readonly nextUrl: string | undefined
}

/** The list of APIs. */
export function apiListContent(frame: ConsoleFrame, { apis, search, firstUrl, nextUrl }: ApiListProps): Html {
  const { messages } = frame
  const { consoleApis: texts, console } = messages
  return html`${pageHeading({
    title: texts.title,
    lead: texts.lead,
    action: frame.may('apis:write') ? linkButton({ text: texts.create, url: '/admin/apis/new' }) : undefined,
  })}
  ${filterBar({ messages, action: '/admin/apis', search: { value: search, label: texts.searchLabel } })}
  ${
    apis.length === 0
      ? emptyState(search === '' ? texts.empty : console.nothingFound)
      : sheet(apiTable(messages, apis))
  }
  ${pager(messages, { first: firstUrl, next: nextUrl })}`
}

function apiTable(messages: Messages, apis: readonly ListedApi[]): Html {
  const { consoleApis: texts, console } = messages
  return dataTable({
    caption: texts.title,
    columns: [texts.name, texts.identifier, texts.tokenFormat, texts.scopesCount, texts.state],
    rows: apis.map(({ id, name, identifier, tokenFormat, scopes, isBuiltIn, isDisabled }) => [
      html`<a class="row-link" href="${`/admin/apis/${id}`}">${outsideName(name)}</a>`,
      wholeCode(identifier),
      texts[tokenFormat],
      String(scopes),
      isBuiltIn
        ? texts.builtIn
        : isDisabled
          ? html`<span class="badge">${console.disabled}</span>`
          : console.enabled,
    ]),
  })
}
