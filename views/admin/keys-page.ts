/** The list of API keys. */
import { alert } from '../components/alert.ts'
import { dataTable, emptyState, pageHeading, pager } from '../components/app-parts.ts'
import { linkButton } from '../components/button.ts'
import { outsideAddress, outsideName } from '../components/card.ts'
import { html } from '../html.ts'
import type { Html } from '../html.ts'
import { fill } from '../messages/messages.ts'
import type { ConsoleFrame } from './frame.ts'
import { momentOr, ownerLink, stateBadge } from './key-parts.ts'
import type { ShownOwner, ShownState } from './key-parts.ts'
import { filterBar, sheet } from './parts.ts'
import type { FilterChoice } from './parts.ts'

const path = '/admin/keys'
const states = ['active', 'disabled', 'expired', 'revoked'] as const

/** A key in the list. */
export interface ListedKey {
  readonly id: string
  readonly name: string
  readonly state: ShownState
  readonly owner: ShownOwner
  readonly apiIdentifier: string
  readonly expiresAt: Date | undefined
  readonly lastUsedAt: Date | undefined
}

/** What was asked for. */
export interface KeyFilters {
  readonly search: string
  readonly state: string
  readonly api: string
  readonly owner: string
}

/** A part of the list. */
export interface KeyListProps {
  readonly keys: readonly ListedKey[]
  readonly filters: KeyFilters
  readonly apis: readonly FilterChoice[]
  /** True when nobody is called what was asked for as the owner. */
  readonly ownerUnknown: boolean
  readonly first: string | undefined
  readonly next: string | undefined
}

/** The content of the list. */
export function keysContent(frame: ConsoleFrame, props: KeyListProps): Html {
  const { messages } = frame
  const { consoleKeys: texts, console } = messages
  const { keys, filters, first, next } = props
  const isFiltered = Object.values(filters).some((value) => value !== '')
  const issue = frame.may('keys:write')
    ? linkButton({ text: texts.issue, url: `${path}/new`, kind: 'primary' })
    : undefined
  return html`${pageHeading({ title: texts.title, lead: texts.lead, action: issue })}
  ${filterForm(frame, props)}
  ${
    props.ownerUnknown &&
    alert({ kind: 'notice', content: fill(texts.ownerUnknown, { owner: outsideName(filters.owner) }) })
  }
  ${
    keys.length > 0
      ? sheet(keyTable(frame, keys))
      : emptyState(
          isFiltered || first !== undefined ? console.nothingFound : texts.empty,
          isFiltered ? undefined : issue,
        )
  }
  ${pager(messages, { first, next })}`
}

function filterForm({ messages }: ConsoleFrame, { filters, apis }: KeyListProps): Html {
  const { consoleKeys: texts } = messages
  return filterBar({
    messages,
    action: path,
    search: { value: filters.search, label: texts.searchLabel },
    texts: [{ name: 'owner', label: texts.ownerFilter, value: filters.owner }],
    selects: [
      {
        name: 'state',
        label: texts.state,
        value: filters.state,
        choices: [
          { value: '', text: texts.anyState },
          ...states.map((state) => ({ value: state, text: texts[state] })),
        ],
      },
      {
        name: 'api',
        label: texts.api,
        value: filters.api,
        choices: [{ value: '', text: texts.anyApi }, ...apis],
      },
    ],
  })
}

function keyTable({ messages }: ConsoleFrame, keys: readonly ListedKey[]): Html {
  const { consoleKeys: texts } = messages
  return dataTable({
    caption: texts.title,
    columns: [texts.name, texts.state, texts.owner, texts.api, texts.expires, texts.lastUsed],
    rows: keys.map((key) => [
      html`<a class="strong" href="${`${path}/${key.id}`}">${outsideName(key.name)}</a>
        <code class="under">${key.id}</code>`,
      stateBadge(messages, key.state),
      ownerLink(key.owner),
      outsideAddress(key.apiIdentifier),
      momentOr(messages, key.expiresAt, texts.neverExpires),
      momentOr(messages, key.lastUsedAt, texts.neverUsed),
    ]),
  })
}
