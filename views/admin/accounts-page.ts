import { dataTable, emptyState, moment, pageHeading, pager } from '../components/app-parts.ts'
import { linkButton } from '../components/button.ts'
import { outsideAddress, outsideName } from '../components/card.ts'
import { html } from '../html.ts'
import type { Html } from '../html.ts'
import type { ConsoleFrame } from './frame.ts'
import { filterBar, sheet } from './parts.ts'
import type { SelectFilter } from './parts.ts'

/** An account in the list. */
export interface ListedAccountView {
  readonly id: string
  readonly email: string
  readonly emailVerifiedAt: Date | undefined
  readonly username: string | undefined
  readonly claims: { readonly name?: string | undefined }
  readonly administrator: boolean
  readonly disabledAt: Date | undefined
  readonly createdAt: Date
  readonly hasSecondFactor: boolean
}

/** A page of the list. */
export interface AccountListProps {
  readonly search: string
  readonly filters: {
    readonly state?: string | undefined
    readonly administrators?: string | undefined
    readonly verified?: string | undefined
    readonly factor?: string | undefined
  }
  readonly accounts: readonly ListedAccountView[]
  readonly firstUrl: string | undefined
  readonly nextUrl: string | undefined
}

const path = '/admin/accounts'

/** The list of accounts with its search. */
export function accountListContent(frame: ConsoleFrame, props: AccountListProps): Html {
  const { messages } = frame
  const { consoleAccounts: texts } = messages
  const { search, accounts, firstUrl, nextUrl } = props
  return html`${pageHeading({
    title: texts.title,
    lead: texts.lead,
    action: html`<div class="button-row">
      ${frame.may('accounts:write') && linkButton({ text: texts.add, url: `${path}/new` })}
      ${linkButton({ text: texts.invitations, url: '/admin/invitations', kind: 'secondary' })}
    </div>`,
  })}
  ${filterBar({
    messages,
    action: path,
    search: { value: search, label: texts.searchLabel },
    selects: filtersOf(frame, props),
  })}
  ${accounts.length === 0 ? nothing(frame, props) : sheet(table(frame, accounts))}
  ${pager(messages, { first: firstUrl, next: nextUrl })}`
}

function filtersOf({ messages }: ConsoleFrame, { filters }: AccountListProps): SelectFilter[] {
  const { consoleAccounts: texts, console } = messages
  const select = (
    name: keyof AccountListProps['filters'],
    label: string,
    choices: readonly (readonly [string, string])[],
  ): SelectFilter => ({
    name,
    label,
    value: filters[name] ?? '',
    choices: [['', texts.anyState] as const, ...choices].map(([value, text]) => ({ value, text })),
  })
  return [
    select('state', texts.state, [
      ['enabled', console.enabled],
      ['disabled', console.disabled],
    ]),
    select('administrators', texts.administrators, [
      ['yes', texts.onlyAdministrators],
      ['no', texts.noAdministrators],
    ]),
    select('verified', texts.verified, [
      ['yes', texts.isVerified],
      ['no', texts.isNotVerified],
    ]),
    select('factor', texts.factor, [
      ['yes', texts.withFactor],
      ['no', texts.withoutFactor],
    ]),
  ]
}

function nothing({ messages, may }: ConsoleFrame, { search, filters }: AccountListProps): Html {
  const { consoleAccounts: texts, console } = messages
  const isNarrowed = search !== '' || Object.values(filters).some((value) => value !== undefined)
  if (isNarrowed) return emptyState(console.nothingFound)
  return emptyState(
    texts.empty,
    may('accounts:write') ? linkButton({ text: texts.add, url: `${path}/new` }) : undefined,
  )
}

function table({ messages }: ConsoleFrame, accounts: readonly ListedAccountView[]): Html {
  const { consoleAccounts: texts, console } = messages
  return dataTable({
    caption: texts.title,
    columns: [texts.account, texts.name, texts.state, texts.factor, texts.created],
    rows: accounts.map((account) => [
      html`<div>
        <a href="${accountUrl(account.id)}">${outsideAddress(account.email)}</a>
        ${account.username !== undefined && html`<br />${outsideName(account.username)}`}
      </div>`,
      account.claims.name === undefined ? '–' : outsideName(account.claims.name),
      html`<div>${badges(messages, account)}</div>`,
      account.hasSecondFactor ? console.yes : console.no,
      moment(messages, account.createdAt, 'day'),
    ]),
  })
}

function badges(
  { consoleAccounts: texts, console }: ConsoleFrame['messages'],
  account: ListedAccountView,
): Html[] {
  return [
    account.disabledAt === undefined
      ? html`<span class="badge success">${console.enabled}</span>`
      : html`<span class="badge problem">${console.disabled}</span>`,
    ...(account.administrator ? [html`<span class="badge">${texts.administrator}</span>`] : []),
    ...(account.emailVerifiedAt === undefined
      ? [html`<span class="badge quiet">${texts.isNotVerified}</span>`]
      : []),
  ]
}

/** Where the page of an account is. */
export function accountUrl(id: string): string {
  return `/admin/accounts/${encodeURIComponent(id)}`
}
