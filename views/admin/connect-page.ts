import { alert } from '../components/alert.ts'
import { factList, pageHeading, panel } from '../components/app-parts.ts'
import { copyButton } from '../components/copy.ts'
import { attributes, html } from '../html.ts'
import type { Html, HtmlValue } from '../html.ts'
import { fillText } from '../messages/messages.ts'
import type { Messages } from '../messages/messages.ts'
import type { ShownClientType } from './client-list-page.ts'
import type { ConnectFacts, Snippet } from './connect-facts.ts'
import { curlDevice } from './connect-device.ts'
import { caddyGateway, curlVerify, nginxGateway } from './connect-gateways.ts'
import { curlIntrospection, nodeIntrospection } from './connect-introspection.ts'
import { curlToken, nodeDpopService, nodeService, pythonService } from './connect-service.ts'
import { browserSignIn, nodeSignIn, pythonSignIn } from './connect-sign-in.ts'
import type { ConsoleFrame } from './frame.ts'

/** What the page is about. */
export interface ConnectProps extends ConnectFacts {
  readonly name: string
  readonly type: ShownClientType
  readonly redirectUris: readonly string[]
  readonly allowedOrigins: readonly string[]
  /** The APIs it may use, or ask about; the chosen one is in the snippets. */
  readonly apis: readonly { readonly id: string; readonly identifier: string }[]
}

/** How an app, a service or an API is connected, with text to copy. */
export function connectContent(frame: ConsoleFrame, props: ConnectProps): Html {
  const { messages } = frame
  const { consoleConnect: texts, consoleClients } = messages
  const url = `/admin/clients/${props.clientId}`
  const snippets = snippetsOf(props)
  return html`${pageHeading({
    title: fillText(texts.title, { name: props.name }),
    lead: texts.lead,
    back: { text: fillText(consoleClients.toClient, { name: props.name }), url },
  })}
  ${notices(frame, props).map((content) => alert({ kind: 'notice', content }))}
  ${panel({ id: 'settings', title: texts.settings, description: texts.settingsLead, content: settings(frame, props) })}
  ${apiPanel(frame, props)} ${snippets.map((snippet) => snippetPanel(messages, snippet))}`
}

function settings(frame: ConsoleFrame, props: ConnectProps): Html {
  const { consoleConnect: texts, consoleClients, consoleClientForm } = frame.messages
  const { issuer, clientId, authMethod, type } = props
  const code = (text: string): Html => html`<code>${text}</code>`
  const lines: (readonly [string, HtmlValue])[] = [
    [texts.issuer, code(issuer)],
    [texts.discovery, code(`${issuer}/.well-known/openid-configuration`)],
    ['client_id', code(clientId)],
  ]
  if (authMethod.startsWith('client_secret_')) {
    lines.push([
      'client_secret',
      html`${texts.secretWhere}
      ${
        frame.may('clients:write') &&
        html`<a href="${`/admin/clients/${clientId}/secrets/new`}">${texts.secretNew}</a>`
      }`,
    ])
  }
  lines.push([consoleClients.authMethod, code(authMethod)])
  if (type !== 'service' && type !== 'api' && type !== 'device') {
    lines.push([
      consoleClients.redirectUris,
      html`<ul>
        ${props.redirectUris.map((uri) => html`<li>${code(uri)}</li>`)}
      </ul>`,
    ])
    lines.push(['response_type', code('code')])
    lines.push([consoleClients.pkce, code('S256')])
  }
  if (props.isPushRequired) lines.push(['PAR', consoleClientForm.par])
  if (props.isDpopRequired) lines.push(['DPoP', consoleClientForm.dpop])
  return factList(lines)
}

function notices({ messages }: ConsoleFrame, props: ConnectProps): readonly HtmlValue[] {
  const { consoleConnect: texts } = messages
  const { type, clientId, apis, authMethod, assertionAlg } = props
  const url = `/admin/clients/${clientId}`
  const isWithoutApi = apis.length === 0
  return [
    ...(isWithoutApi && type === 'service'
      ? [html`${texts.noPermission} <a href="${`${url}/permissions`}">${texts.givePermission}</a>`]
      : []),
    ...(isWithoutApi && type === 'api'
      ? [html`${texts.asksNothing} <a href="/admin/apis">${texts.toApis}</a>`]
      : []),
    ...(type === 'public' && props.allowedOrigins.length === 0
      ? [html`${texts.noOrigin} <a href="${`${url}/change`}">${texts.change}</a>`]
      : []),
    ...(props.hasCertificate ? [texts.certificate] : []),
    ...(authMethod === 'private_key_jwt' ? [fillText(texts.privateKey, { alg: assertionAlg })] : []),
  ]
}

/** Which API is in the snippets, where there is more than one. */
function apiPanel({ messages }: ConsoleFrame, { apis, api, clientId }: ConnectProps): Html | undefined {
  const { consoleConnect: texts } = messages
  if (apis.length < 2) return undefined
  return panel({
    id: 'api',
    title: texts.whichApi,
    content: html`<ul class="plain-list">
      ${apis.map(({ id, identifier }) =>
        identifier === api?.identifier
          ? html`<li><strong>${identifier}</strong></li>`
          : html`<li>
              <a href="${`/admin/clients/${clientId}/connect?api=${encodeURIComponent(id)}`}"
                >${identifier}</a
              >
            </li>`,
      )}
    </ul>`,
  })
}

function snippetPanel(messages: Messages, snippet: Snippet): Html {
  const { consoleConnect: texts } = messages
  const { id, title, install, text } = snippet
  const textId = `snippet-${id}`
  return panel({
    id,
    title,
    ...(install !== undefined && { description: html`${texts.install} <code>${install}</code>` }),
    content: html`<div class="program">
      <pre
        tabindex="0"
        role="region"
        aria-labelledby="${id}"
      ><code ${attributes({ id: textId })}>${text}</code></pre>
      ${copyButton(messages, textId)}
    </div>`,
  })
}

/** What works for this client: a snippet that would be refused is not shown. */
function snippetsOf(props: ConnectProps): readonly Snippet[] {
  const { type, api, issuer, isDpopRequired, isPushRequired, redirectUri } = props
  const hasSecret = props.authMethod.startsWith('client_secret_')
  const isCurl = hasSecret && !isDpopRequired
  if (props.hasCertificate) return snippetsWithCertificate(props)
  switch (type) {
    case 'web':
      return [nodeSignIn(props), ...(isCurl && !isPushRequired ? [pythonSignIn(props)] : [])]
    case 'native':
      return redirectUri?.startsWith('http:') === true ? [nodeSignIn(props)] : []
    case 'device':
      return (hasSecret || props.authMethod === 'none') && !isDpopRequired ? curlDevice(props) : []
    case 'public':
      return [browserSignIn(props)]
    case 'service':
      return [
        ...(isCurl ? [curlToken(props)] : []),
        isDpopRequired ? nodeDpopService(props) : nodeService(props),
        ...(isCurl ? [pythonService(props)] : []),
      ]
    case 'api':
      return [
        ...(hasSecret ? [curlIntrospection(props)] : []),
        nodeIntrospection(props),
        ...(api === undefined ? [] : gateways({ issuer, api })),
      ]
  }
}

/** How a certificate is shown is a matter of each program's TLS; curl says it in one line. */
function snippetsWithCertificate(props: ConnectProps): readonly Snippet[] {
  const { type, api, issuer, authMethod, isDpopRequired } = props
  if (authMethod === 'private_key_jwt' || authMethod === 'none' || isDpopRequired) return []
  if (type === 'service') return [curlToken(props)]
  if (type !== 'api') return []
  return [curlIntrospection(props), ...(api === undefined ? [] : gateways({ issuer, api }))]
}

function gateways(facts: Parameters<typeof nginxGateway>[0]): readonly Snippet[] {
  return [curlVerify(facts), nginxGateway(facts), caddyGateway(facts)]
}
