import { alert } from '../components/alert.ts'
import { emptyState, factList, moment, pageHeading, panel, rows } from '../components/app-parts.ts'
import { linkButton } from '../components/button.ts'
import { outsideName } from '../components/card.ts'
import { html } from '../html.ts'
import type { Html, HtmlValue } from '../html.ts'
import { lengthOfTime } from '../messages/messages.ts'
import { endPanel } from './end-panel.ts'
import type { ConsoleFrame } from './frame.ts'

/** Somebody who is named on the page of an API. */
export interface NamedClient {
  readonly id: string
  readonly name: string
}

/** An API as its page shows it. */
export interface ShownApi {
  readonly id: string
  readonly identifier: string
  readonly name: string
  readonly tokenFormat: 'opaque' | 'jwt'
  readonly signingAlg: string
  readonly accessTokenLifetimeSeconds: number
  readonly accountsNeedPermission: boolean
  readonly accountKeys: boolean
  readonly minimumAcr: 'aal1' | 'aal2' | 'phr'
  readonly builtIn: boolean
  readonly isDisabled: boolean
  readonly createdAt: Date
  readonly updatedAt: Date
  readonly scopes: readonly { readonly name: string; readonly description: string }[]
  /** Clients that may ask about credentials. */
  readonly introspectors: readonly NamedClient[]
  /** Undefined where whoever looks may not see who is permitted what. */
  readonly permitted:
    | {
        readonly clients: readonly (NamedClient & { readonly scopes: readonly string[] })[]
        readonly hasMoreClients: boolean
        readonly accounts: number
        readonly roles: readonly {
          readonly id: string
          readonly name: string
          readonly scopes: readonly string[]
        }[]
      }
    | undefined
  readonly keys: number
}

/** The page of one API. */
export function apiContent(frame: ConsoleFrame, api: ShownApi): Html {
  const { consoleApis: texts } = frame.messages
  const mayChange = frame.may('apis:write') && !api.builtIn
  return html`${pageHeading({
    title: outsideName(api.name),
    lead: api.builtIn ? texts.builtInLead : html`<code>${api.identifier}</code>`,
    back: { text: texts.toList, url: '/admin/apis' },
    action: mayChange
      ? linkButton({ text: texts.change, url: `/admin/apis/${api.id}/change`, kind: 'secondary' })
      : undefined,
  })}
  ${api.isDisabled && alert({ kind: 'notice', content: texts.disabledNotice })}
  ${panel({ id: 'facts', title: texts.facts, content: facts(frame, api) })}
  ${scopesPanel(frame, api, mayChange)} ${asksPanel(frame, api, mayChange)} ${clientsPanel(frame, api)}
  ${rolesPanel(frame, api)} ${belongingsPanel(frame, api)}
  ${!api.builtIn && endPanel(frame, { kind: 'api', ...api })}`
}

function facts({ messages }: ConsoleFrame, api: ShownApi): Html {
  const { consoleApis: texts, console } = messages
  const acr = { aal1: texts.anyAcr, aal2: texts.aal2, phr: texts.phr }
  const yes = (value: boolean): string => (value ? console.yes : console.no)
  return factList([
    [texts.identifier, html`<code>${api.identifier}</code>`],
    [texts.id, html`<code>${api.id}</code>`],
    [texts.state, api.isDisabled ? console.disabled : console.enabled],
    [texts.tokenFormat, html`${texts[api.tokenFormat]}. ${texts[`${api.tokenFormat}Means`]}`],
    ...(api.tokenFormat === 'jwt' ? [[texts.signingAlg, html`<code>${api.signingAlg}</code>`] as const] : []),
    [texts.lifetime, lengthOfTime(messages, api.accessTokenLifetimeSeconds)],
    [texts.accountsNeedPermission, yes(api.accountsNeedPermission)],
    [texts.accountKeys, yes(api.accountKeys)],
    [texts.minimumAcr, acr[api.minimumAcr]],
    [texts.created, moment(messages, api.createdAt)],
    [texts.changedAt, moment(messages, api.updatedAt)],
  ])
}

function scopesPanel({ messages }: ConsoleFrame, { id, scopes }: ShownApi, mayChange: boolean): Html {
  const { consoleApiScopes: texts } = messages
  const url = `/admin/apis/${id}/scopes`
  const add = linkButton({ text: texts.add, url: `${url}/new`, kind: 'secondary' })
  return panel({
    id: 'scopes',
    title: texts.title,
    description: texts.lead,
    action: mayChange && scopes.length > 0 ? add : undefined,
    content:
      scopes.length === 0
        ? emptyState(texts.none, mayChange ? add : undefined)
        : rows(
            scopes.map(({ name, description }) => {
              const query = `?scope=${encodeURIComponent(name)}`
              return {
                title: html`<code>${name}</code>`,
                lines: [description],
                ...(mayChange && {
                  actions: html`${linkButton({ text: texts.describe, url: `${url}/describe${query}`, kind: 'secondary' })}
                  ${linkButton({ text: texts.remove, url: `${url}/remove${query}`, kind: 'secondary' })}`,
                }),
              }
            }),
          ),
  })
}

function asksPanel({ messages }: ConsoleFrame, { id, introspectors }: ShownApi, mayChange: boolean): Html {
  const { consoleApiAsks: texts } = messages
  const url = `/admin/apis/${id}/introspectors`
  const add = linkButton({ text: texts.add, url, kind: 'secondary' })
  return panel({
    id: 'asks',
    title: texts.title,
    description: texts.lead,
    action: mayChange && introspectors.length > 0 ? add : undefined,
    content:
      introspectors.length === 0
        ? emptyState(texts.none, mayChange ? add : undefined)
        : rows(
            introspectors.map((client) => ({
              title: html`<a href="${`/admin/clients/${client.id}`}">${outsideName(client.name)}</a>`,
              lines: [html`<code>${client.id}</code>`],
              ...(mayChange && {
                actions: linkButton({
                  text: texts.stop,
                  url: `${url}/remove?client=${encodeURIComponent(client.id)}`,
                  kind: 'secondary',
                }),
              }),
            })),
          ),
  })
}

function clientsPanel(frame: ConsoleFrame, { permitted }: ShownApi): Html | undefined {
  if (permitted === undefined) return undefined
  const { consoleApis: texts } = frame.messages
  const { clients, hasMoreClients } = permitted
  return panel({
    id: 'clients',
    title: texts.clients,
    description: texts.clientsLead,
    content:
      clients.length === 0
        ? emptyState(
            texts.noClients,
            linkButton({ text: texts.toClients, url: '/admin/clients', kind: 'secondary' }),
          )
        : html`${rows(
            clients.map(({ id, name, scopes }) => ({
              title: html`<a href="${`/admin/clients/${id}`}">${outsideName(name)}</a>`,
              lines: [html`<code>${scopes.join(' ')}</code>`],
            })),
          )}
          ${hasMoreClients && html`<p class="hint">${texts.moreClients}</p>`}`,
  })
}

function rolesPanel(frame: ConsoleFrame, { id, permitted }: ShownApi): Html | undefined {
  if (permitted === undefined) return undefined
  const { consoleApis: texts } = frame.messages
  const { roles } = permitted
  return panel({
    id: 'roles',
    title: texts.roles,
    description: texts.rolesLead,
    action: linkButton({
      text: texts.toRoles,
      url: `/admin/roles?search=${encodeURIComponent(id)}`,
      kind: 'secondary',
    }),
    content:
      roles.length === 0
        ? html`<p class="hint">${texts.noRoles}</p>`
        : rows(
            roles.map((role) => ({
              title: html`<a href="${`/admin/roles/${role.id}`}">${outsideName(role.name)}</a>`,
              lines: [html`<code>${role.scopes.join(' ')}</code>`],
            })),
          ),
  })
}

function belongingsPanel(frame: ConsoleFrame, { id, keys, permitted }: ShownApi): Html {
  const { consoleApis: texts } = frame.messages
  const entries: (readonly [string, HtmlValue])[] = [
    [
      texts.keys,
      frame.may('keys:read') && keys > 0
        ? html`<a href="${`/admin/keys?api=${encodeURIComponent(id)}`}">${String(keys)}</a>`
        : String(keys),
    ],
    ...(permitted === undefined ? [] : [[texts.accounts, String(permitted.accounts)] as const]),
  ]
  return panel({
    id: 'belongings',
    title: texts.more,
    content: html`${factList(entries)}
    ${
      frame.may('audit:read') &&
      html`<p><a href="${`/admin/audit?target=${encodeURIComponent(`api:${id}`)}`}">${texts.audit}</a></p>`
    }`,
  })
}
