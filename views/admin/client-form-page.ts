import { alert } from '../components/alert.ts'
import { pageHeading, panel, rows } from '../components/app-parts.ts'
import { button } from '../components/button.ts'
import { attributes, html } from '../html.ts'
import type { Html } from '../html.ts'
import { fillText } from '../messages/messages.ts'
import { fieldsOf, problemOf } from './client-form-fields.ts'
import type { ClientFormProps } from './client-form-fields.ts'
import { aboutPeople } from './client-form-people.ts'
import { clientTypes } from './client-list-page.ts'
import type { ConsoleFrame } from './frame.ts'
import { consoleForm, sheet, ticks } from './parts.ts'
import { signingAlgs } from './signing-algs.ts'

/** The page that asks what kind of client it is. */
export function chooseClientTypeContent({ messages }: ConsoleFrame): Html {
  const { consoleClients: texts } = messages
  return html`${pageHeading({
    title: texts.chooseType,
    lead: texts.chooseTypeLead,
    back: { text: texts.toList, url: '/admin/clients' },
  })}
  ${sheet(
    rows(
      clientTypes.map((type) => ({
        title: html`<a href="${`/admin/clients/new?type=${type}`}">${texts[type]}</a>`,
        lines: [texts[`${type}Means`]],
      })),
    ),
  )}`
}

/** The form that registers or changes a client. */
export function clientFormContent(frame: ConsoleFrame, props: ClientFormProps): Html {
  const { consoleClientForm: texts, consoleClients, console } = frame.messages
  const { client, type, problem, problems } = props
  const url = client === undefined ? '/admin/clients' : `/admin/clients/${client.id}`
  const wrong = problem ?? (Object.keys(problems).length > 0 ? texts.wrong : undefined)
  return html`${pageHeading({
    title:
      client === undefined
        ? fillText(texts.createTitle, { type: consoleClients[type] })
        : fillText(texts.changeTitle, { name: client.name }),
    lead: consoleClients[`${type}Means`],
    back:
      client === undefined
        ? { text: consoleClients.chooseType, url: '/admin/clients/new' }
        : { text: fillText(consoleClients.toClient, { name: client.name }), url },
  })}
  ${wrong !== undefined && alert({ kind: 'problem', content: html`${wrong} ${client?.isStale === true && html`<a href="${url}">${texts.see}</a>`}` })}
  ${consoleForm(frame, {
    action: client === undefined ? '/admin/clients/new' : `${url}/change`,
    hidden: {
      type,
      offered: offeredTicks(props).join(' '),
      version: client === undefined ? undefined : String(client.version),
    },
    content: html`${basics(frame, props)} ${security(frame, props)}
      ${hasPeople(props) && aboutPeople(frame, props)}
      <div class="button-row">
        ${button({ text: client === undefined ? texts.register : console.save, kind: 'primary' })}
        <a class="button secondary" href="${url}">${console.cancel}</a>
      </div>`,
  })}`
}

/** The boxes that are shown: one that is not sent was then unticked, and not just left out. */
function offeredTicks(props: ClientFormProps): readonly string[] {
  const { type } = props
  const ofPeople = [
    ...(isCalledBack(props) ? ['require_pushed_authorization_requests'] : []),
    'first_party',
    'verified',
    'require_auth_time',
    'backchannel_logout_session_required',
  ]
  return [
    ...(type === 'api'
      ? []
      : ['grant_types', 'dpop_bound_access_tokens', 'tls_client_certificate_bound_access_tokens']),
    ...(type === 'web' ? ['pkce_required'] : []),
    ...(hasPeople(props) ? ofPeople : []),
  ]
}

/** Whether people sign in to it: only then there is anything to say about how. */
function hasPeople({ type, grants }: ClientFormProps): boolean {
  return (type !== 'service' && type !== 'api') || grants.includes('authorization_code')
}

/** Whether a browser brings them to it: a device is told nothing, it asks. */
function isCalledBack(props: ClientFormProps): boolean {
  return hasPeople(props) && (props.type !== 'device' || props.grants.includes('authorization_code'))
}

// As in RFC 8628 §3.4.
const deviceCodeGrant = 'urn:ietf:params:oauth:grant-type:device_code'

function basics(frame: ConsoleFrame, props: ClientFormProps): Html {
  const { consoleClientForm: texts } = frame.messages
  const field = fieldsOf(props)
  return panel({
    id: 'basics',
    title: texts.basics,
    content: html`${field.line('client_name', texts.name, { hint: texts.nameHint, required: true })}
    ${props.client === undefined && field.line('id', texts.id, { hint: texts.idHint })}
    ${
      isCalledBack(props) &&
      html`${field.lines('redirect_uris', texts.redirectUris, texts.redirectUrisHint, true)}
      ${field.lines('post_logout_redirect_uris', texts.postLogoutUris, texts.postLogoutUrisHint)}`
    }
    ${(isCalledBack(props) || props.type === 'public') && field.lines('allowed_origins', texts.origins, texts.originsHint)}
    ${props.type !== 'api' && grantTicks(frame, props)}`,
  })
}

function grantTicks(frame: ConsoleFrame, { grants, type, problems }: ClientFormProps): Html {
  const { consoleClientForm: texts } = frame.messages
  const all = [
    ['authorization_code', texts.authorizationCode, texts.authorizationCodeMeans],
    ['refresh_token', texts.refreshToken, texts.refreshTokenMeans],
    [deviceCodeGrant, texts.deviceCode, texts.deviceCodeMeans],
    ['client_credentials', texts.clientCredentials, texts.clientCredentialsMeans],
  ] as const
  const offered = all.filter(([name]) => grants.includes(name) || isOffered(type, name))
  const wrong = problemOf({ problems }, 'grant_types')
  return html`<div id="grant_types">
    ${ticks(
      texts.grants,
      offered.map(([value, title, means]) => ({
        name: 'grant_types',
        value,
        title,
        description: html`<code>${means}</code>`,
        checked: grants.includes(value),
      })),
      { describedBy: wrong.describedBy },
    )}
    ${wrong.below}
  </div>`
}

/** Whether a client of a kind has a use for a grant. */
function isOffered(type: ClientFormProps['type'], grant: string): boolean {
  switch (type) {
    case 'web':
      return true
    case 'service':
      return grant === 'client_credentials'
    case 'device':
      return grant === deviceCodeGrant || grant === 'refresh_token'
    default:
      return grant !== 'client_credentials'
  }
}

function security(frame: ConsoleFrame, props: ClientFormProps): Html {
  const { consoleClientForm: texts } = frame.messages
  const field = fieldsOf(props)
  const keepsSecret = props.type !== 'public' && props.type !== 'native' && props.type !== 'device'
  const methods = [
    'client_secret_basic',
    'client_secret_post',
    'private_key_jwt',
    'tls_client_auth',
    ...(props.type === 'service' || props.type === 'api' ? [] : (['none'] as const)),
  ] as const
  const options = [
    ...(props.type === 'web'
      ? [field.truth('pkce_required', texts.pkceRequired, texts.pkceRequiredMeans)]
      : []),
    ...(props.type === 'api'
      ? []
      : [
          field.truth('dpop_bound_access_tokens', texts.dpop, texts.dpopMeans),
          field.truth('tls_client_certificate_bound_access_tokens', texts.tlsBound, texts.tlsBoundMeans),
        ]),
    ...(isCalledBack(props)
      ? [field.truth('require_pushed_authorization_requests', texts.par, texts.parMeans)]
      : []),
  ]
  return panel({
    id: 'security',
    title: texts.security,
    content: html`${
      keepsSecret &&
      html`${field.select(
        'token_endpoint_auth_method',
        texts.authMethod,
        methods.map((value) => ({ value, text: value === 'none' ? texts.noMethod : texts[value] })),
      )}
      ${ownKey(frame, props)} ${ownCertificate(frame, props)}`
    }
    ${options.length > 0 && ticks(texts.security, options, { isLegendHidden: true })}
    ${props.type !== 'api' && field.line('token_rate_limit', texts.tokenRate, { hint: texts.tokenRateHint })}
    ${hasPeople(props) && field.line('refresh_grace_seconds', texts.refreshGrace, { hint: texts.refreshGraceHint })}`,
  })
}

/** For the few that authenticate without a secret: closed unless there is something in it. */
function ownKey(frame: ConsoleFrame, props: ClientFormProps): Html {
  const { consoleClientForm: texts } = frame.messages
  const field = fieldsOf(props)
  const names = ['jwks', 'jwks_uri', 'token_endpoint_auth_signing_alg']
  const isOpen =
    props.values['token_endpoint_auth_method'] === 'private_key_jwt' ||
    names.some((name) => (props.values[name] ?? '') !== '' || props.problems[name] !== undefined)
  return html`<details class="more" ${attributes({ open: isOpen })}>
    <summary>${texts.ownKey}</summary>
    <div class="more-content">
      ${field.lines('jwks', texts.jwks, texts.jwksHint)} ${field.line('jwks_uri', texts.jwksUri)}
      ${field.select('token_endpoint_auth_signing_alg', texts.assertionAlg, [
        { value: '', text: texts.anyAlg },
        ...signingAlgs.map((value) => ({ value, text: value })),
      ])}
    </div>
  </details>`
}

/** For those that authenticate with a certificate: exactly one of its names. */
function ownCertificate(frame: ConsoleFrame, props: ClientFormProps): Html {
  const { consoleClientForm: texts } = frame.messages
  const field = fieldsOf(props)
  const names = [
    ['tls_client_auth_subject_dn', texts.tlsSubject, texts.tlsSubjectHint],
    ['tls_client_auth_san_dns', texts.tlsDns],
    ['tls_client_auth_san_uri', texts.tlsUri],
    ['tls_client_auth_san_ip', texts.tlsIp],
    ['tls_client_auth_san_email', texts.tlsEmail],
  ] as const
  const isOpen =
    props.values['token_endpoint_auth_method'] === 'tls_client_auth' ||
    names.some(([name]) => (props.values[name] ?? '') !== '' || props.problems[name] !== undefined)
  return html`<details class="more" ${attributes({ open: isOpen })}>
    <summary>${texts.ownCertificate}</summary>
    <div class="more-content">
      <p class="hint">${texts.ownCertificateHint}</p>
      ${names.map(([name, label, hint]) => field.line(name, label, hint === undefined ? {} : { hint }))}
    </div>
  </details>`
}
