import { emptyState, pageHeading, pager, rows } from '../components/app-parts.ts'
import { button, linkButton } from '../components/button.ts'
import { outsideName } from '../components/card.ts'
import { html } from '../html.ts'
import type { Html } from '../html.ts'
import { fillText } from '../messages/messages.ts'
import type { ConsoleFrame } from './frame.ts'
import { confirmContent, consoleForm, filterBar, sheet } from './parts.ts'

/** The API that is asked about. */
export interface AskedApi {
  readonly id: string
  readonly name: string
}

/** A client that may be let ask. */
export interface AskingClient {
  readonly id: string
  readonly name: string
  readonly mayAsk: boolean
}

/** The page on which a client is found and let ask. */
export function chooseIntrospectorContent(
  frame: ConsoleFrame,
  api: AskedApi,
  list: {
    readonly clients: readonly AskingClient[]
    readonly search: string
    readonly firstUrl: string | undefined
    readonly nextUrl: string | undefined
  },
): Html {
  const { messages } = frame
  const { consoleApiAsks: texts, consoleApis, console } = messages
  const url = `/admin/apis/${api.id}/introspectors`
  const register = frame.may('clients:write')
    ? linkButton({ text: texts.newClient, url: '/admin/clients/new?type=api', kind: 'secondary' })
    : undefined
  return html`${pageHeading({
    title: fillText(texts.addTitle, { name: api.name }),
    lead: texts.addLead,
    back: { text: fillText(consoleApis.toApi, { name: api.name }), url: `/admin/apis/${api.id}` },
    action: register,
  })}
  ${filterBar({ messages, action: url, search: { value: list.search, label: texts.searchLabel } })}
  ${
    list.clients.length === 0
      ? emptyState(list.search === '' ? texts.none : console.nothingFound)
      : sheet(
          rows(
            list.clients.map(({ id, name, mayAsk }) => ({
              title: outsideName(name),
              lines: [html`<code>${id}</code>`],
              ...(mayAsk && { badge: texts.already }),
              ...(!mayAsk && {
                actions: consoleForm(frame, {
                  action: url,
                  hidden: { client: id },
                  content: html`${button({ text: texts.let, kind: 'secondary' })}
                    <span class="visually-hidden">${name}</span>`,
                }),
              }),
            })),
          ),
        )
  }
  ${pager(messages, { first: list.firstUrl, next: list.nextUrl })}`
}

/** The page that asks before a client is stopped from asking. */
export function stopIntrospectorContent(
  frame: ConsoleFrame,
  api: AskedApi,
  client: Omit<AskingClient, 'mayAsk'>,
): Html {
  const { consoleApiAsks: texts } = frame.messages
  return confirmContent({
    frame,
    title: fillText(texts.stopTitle, { client: client.name, name: api.name }),
    consequences: [texts.stopMeans],
    action: `/admin/apis/${api.id}/introspectors/remove`,
    hidden: { client: client.id },
    submit: texts.stop,
    cancelUrl: `/admin/apis/${api.id}`,
  })
}
