import { browserName } from '../account/browser-name.ts'
import { alert } from '../components/alert.ts'
import { emptyState, moment, pageHeading, pager, rows } from '../components/app-parts.ts'
import type { RowProps } from '../components/app-parts.ts'
import { linkButton } from '../components/button.ts'
import { outsideAddress, outsideName } from '../components/card.ts'
import { attributes, html } from '../html.ts'
import type { Html } from '../html.ts'
import { fill, fillText } from '../messages/messages.ts'
import { accountUrl } from './accounts-page.ts'
import type { ConsoleFrame } from './frame.ts'
import { countText } from './incident-page.ts'
import type { ShownStanding } from './incident-page.ts'
import { confirmContent, consoleForm, filterBar, sheet } from './parts.ts'

interface Named {
  readonly id: string
  /** Undefined for one that was deleted. */
  readonly name: string | undefined
}

interface OfAccount {
  readonly id: string
  readonly accountId: string
  readonly email: string | undefined
  readonly createdAt: Date
  readonly expiresAt: Date
}

/** A session in the list. */
export interface ShownSession extends OfAccount {
  readonly lastSeenAt: Date
  readonly address: string | null
  readonly userAgent: string | null
  readonly clients: readonly Named[]
  /** Whether it is the one in which the page is looked at. */
  readonly isThis: boolean
}

/** A grant in the list. */
export interface ShownGrant extends OfAccount {
  readonly client: Named
}

/** Whose are looked at, and where else there is more. */
export interface SessionListProps {
  readonly filters: {
    readonly typed: { readonly account: string; readonly client: string }
    readonly account: { readonly id: string; readonly email: string } | undefined
    readonly nobody: string | undefined
  }
  /** The list as it is looked at, to come back to it. */
  readonly query: string
  readonly firstUrl: string | undefined
  readonly nextUrl: string | undefined
}

/** The list of sessions. */
export function sessionsContent(
  frame: ConsoleFrame,
  props: SessionListProps & { readonly sessions: readonly ShownSession[] },
): Html {
  const { consoleSessions: texts } = frame.messages
  const entries = props.sessions.map((session) => ({
    title: accountLink(frame, session),
    ...(session.isThis && { badge: texts.thisOne }),
    lines: sessionLines(frame, session),
    actions: endForm(frame, `/admin/sessions/${encodeURIComponent(session.id)}/end`, {
      ...props,
      label: fillText(texts.endSession, { name: session.email ?? session.accountId }),
    }),
  }))
  return listContent(frame, props, { kind: 'sessions', entries })
}

function sessionLines(frame: ConsoleFrame, session: ShownSession): Html[] {
  const { messages } = frame
  const { consoleSessions: texts } = messages
  const browser = browserName(session.userAgent ?? undefined) ?? texts.unknownBrowser
  const times = { began: moment(messages, session.createdAt), seen: moment(messages, session.lastSeenAt) }
  const apps = session.clients.map((client, index) => html`${index > 0 && ', '}${clientLink(frame, client)}`)
  return [
    html`${browser}${session.address !== null && html` · <code>${session.address}</code>`}`,
    html`${texts.apps}: ${apps.length === 0 ? texts.noApps : apps}`,
    fill(texts.sessionTimes, times),
  ]
}

/** The list of grants. */
export function grantsContent(
  frame: ConsoleFrame,
  props: SessionListProps & { readonly grants: readonly ShownGrant[] },
): Html {
  const { messages } = frame
  const { consoleSessions: texts } = messages
  const entries = props.grants.map((grant) => ({
    title: html`${accountLink(frame, grant)} → ${clientLink(frame, grant.client)}`,
    lines: [
      fill(texts.grantTimes, {
        allowed: moment(messages, grant.createdAt),
        until: moment(messages, grant.expiresAt),
      }),
    ],
    actions: endForm(frame, `/admin/grants/${encodeURIComponent(grant.id)}/end`, {
      ...props,
      label: fillText(texts.endGrant, {
        name: grant.email ?? grant.accountId,
        client: grant.client.name ?? grant.client.id,
      }),
    }),
  }))
  return listContent(frame, props, { kind: 'grants', entries })
}

function listContent(
  frame: ConsoleFrame,
  { filters, firstUrl, nextUrl }: SessionListProps,
  { kind, entries }: { readonly kind: 'sessions' | 'grants'; readonly entries: readonly RowProps[] },
): Html {
  const { messages } = frame
  const { consoleSessions: texts, console } = messages
  const { typed, account, nobody } = filters
  const isNarrowed = typed.account !== '' || typed.client !== ''
  const nothing = isNarrowed ? console.nothingFound : kind === 'sessions' ? texts.empty : texts.grantsEmpty
  return html`${pageHeading({
    title: kind === 'sessions' ? texts.title : texts.grantsTitle,
    lead: kind === 'sessions' ? texts.lead : texts.grantsLead,
    action: tabs(frame, kind, typed),
  })}
  ${filterBar({
    messages,
    action: `/admin/${kind}`,
    texts: [
      { name: 'account', label: texts.accountFilter, value: typed.account },
      { name: 'client', label: texts.clientFilter, value: typed.client },
    ],
  })}
  ${nobody !== undefined && alert({ kind: 'notice', content: fillText(texts.nobody, { text: nobody }) })}
  ${entries.length === 0 ? nobody === undefined && emptyState(nothing) : sheet(rows(entries))}
  ${pager(messages, { first: firstUrl, next: nextUrl })}
  ${
    account !== undefined &&
    frame.may('sessions:write') &&
    linkButton({
      text: fill(texts.endAll, { name: outsideAddress(account.email) }),
      url: `${accountUrl(account.id)}/end-sessions`,
      kind: 'danger',
    })
  }`
}

/** Sessions and grants are two lists of one page of the navigation; whose are looked at stays. */
function tabs(
  { messages }: ConsoleFrame,
  current: 'sessions' | 'grants',
  typed: SessionListProps['filters']['typed'],
): Html {
  const { consoleSessions: texts } = messages
  const query = new URLSearchParams(Object.entries(typed).filter(([, value]) => value !== ''))
  const urlOf = (kind: string) => (query.size === 0 ? `/admin/${kind}` : `/admin/${kind}?${query.toString()}`)
  return html`<nav class="segments" aria-label="${`${texts.title}, ${texts.grantsTitle}`}">
    ${(['sessions', 'grants'] as const).map((kind) => {
      const text = kind === 'sessions' ? texts.title : texts.grantsTitle
      return kind === current
        ? html`<a href="${urlOf(kind)}" aria-current="true">${text}</a>`
        : html`<a href="${urlOf(kind)}">${text}</a>`
    })}
  </nav>`
}

function accountLink({ messages, may }: ConsoleFrame, { accountId, email }: OfAccount): Html {
  const { consoleSessions: texts } = messages
  if (email === undefined) return html`<code>${accountId}</code> (${texts.gone})`
  const address = outsideAddress(email)
  return may('accounts:read') ? html`<a href="${accountUrl(accountId)}">${address}</a>` : address
}

function clientLink({ messages, may }: ConsoleFrame, { id, name }: Named): Html {
  if (name === undefined) return html`<code>${id}</code> (${messages.consoleSessions.gone})`
  if (!may('clients:read')) return outsideName(name)
  return html`<a href="${`/admin/clients/${encodeURIComponent(id)}`}">${outsideName(name)}</a>`
}

function endForm(
  frame: ConsoleFrame,
  action: string,
  { query, label }: Pick<SessionListProps, 'query'> & { readonly label: string },
): Html | undefined {
  if (!frame.may('sessions:write')) return undefined
  return consoleForm(frame, {
    action,
    hidden: { list: query === '' ? undefined : query },
    content: html`<button class="button secondary" type="submit" ${attributes({ 'aria-label': label })}>
      ${frame.messages.consoleSessions.end}
    </button>`,
  })
}

/** The page that asks before all sessions and grants of an account end. */
export function confirmEndAllContent(
  frame: ConsoleFrame,
  {
    account,
    standing,
  }: { readonly account: { readonly id: string; readonly email: string }; readonly standing: ShownStanding },
): Html {
  const { consoleSessions: texts, language } = frame.messages
  const counted = (text: string, count: number) => fillText(text, { count: countText(language, count) })
  return confirmContent({
    frame,
    title: fill(texts.endAllTitle, { name: outsideAddress(account.email) }),
    consequences: [
      counted(texts.endsSessions, standing.sessions),
      counted(texts.endsGrants, standing.grants),
      texts.keysStay,
      texts.mayReturn,
    ],
    action: `${accountUrl(account.id)}/end-sessions`,
    submit: texts.endAllSubmit,
    cancelUrl: `/admin/sessions?account=${encodeURIComponent(account.id)}`,
  })
}
