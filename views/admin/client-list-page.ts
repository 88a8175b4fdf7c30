import { dataTable, emptyState, moment, pageHeading, pager } from '../components/app-parts.ts'
import { linkButton } from '../components/button.ts'
import { outsideName, wholeCode } from '../components/card.ts'
import { html } from '../html.ts'
import type { Html } from '../html.ts'
import type { Messages } from '../messages/messages.ts'
import type { ConsoleFrame } from './frame.ts'
import { filterBar, sheet } from './parts.ts'

/** The kinds of client, in the order they are offered. */
export const clientTypes = ['web', 'public', 'native', 'device', 'service', 'api'] as const

/** A kind. */
export type ShownClientType = (typeof clientTypes)[number]

/** A client in the list. */
export interface ListedClient {
  readonly id: string
  readonly name: string
  readonly type: ShownClientType
  readonly isOurs: boolean
  readonly isDisabled: boolean
  readonly createdAt: Date
}

/** The list with its search as it was asked for. */
export interface ClientListProps {
  readonly clients: readonly ListedClient[]
  readonly search: string
  readonly type: string
  readonly state: string
  readonly firstUrl: string | undefined
  readonly nextUrl: string | undefined
}

/** The list of clients. */
export function clientListContent(frame: ConsoleFrame, props: ClientListProps): Html {
  const { messages } = frame
  const { consoleClients: texts, console } = messages
  const { clients, search, type, state } = props
  const isFiltered = search !== '' || type !== '' || state !== ''
  const create = frame.may('clients:write') && linkButton({ text: texts.create, url: '/admin/clients/new' })
  return html`${pageHeading({ title: texts.title, lead: texts.lead, action: create || undefined })}
  ${filterBar({
    messages,
    action: '/admin/clients',
    search: { value: search, label: texts.searchLabel },
    selects: [
      {
        name: 'type',
        label: texts.type,
        value: type,
        choices: [
          { value: '', text: texts.anyType },
          ...clientTypes.map((value) => ({ value, text: texts[value] })),
        ],
      },
      {
        name: 'state',
        label: texts.state,
        value: state,
        choices: [
          { value: '', text: texts.anyState },
          { value: 'enabled', text: console.enabled },
          { value: 'disabled', text: console.disabled },
        ],
      },
    ],
  })}
  ${clients.length === 0 ? emptyState(isFiltered ? console.nothingFound : texts.empty) : sheet(clientTable(messages, clients))}
  ${pager(messages, { first: props.firstUrl, next: props.nextUrl })}`
}

function clientTable(messages: Messages, clients: readonly ListedClient[]): Html {
  const { consoleClients: texts, console } = messages
  return dataTable({
    caption: texts.title,
    columns: [texts.name, texts.type, texts.id, texts.state, texts.created],
    rows: clients.map(({ id, name, type, isOurs, isDisabled, createdAt }) => [
      html`<a class="row-link" href="${`/admin/clients/${id}`}">${outsideName(name)}</a>`,
      isOurs ? texts.ours : texts[type],
      wholeCode(id),
      isDisabled ? html`<span class="badge">${console.disabled}</span>` : console.enabled,
      moment(messages, createdAt, 'day'),
    ]),
  })
}
