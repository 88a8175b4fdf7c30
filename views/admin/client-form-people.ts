/** What the form of a client asks where people sign in to it: how, and what they are told of it. */
import { panel } from '../components/app-parts.ts'
import { attributes, html } from '../html.ts'
import type { Html } from '../html.ts'
import { fieldsOf, problemOf } from './client-form-fields.ts'
import type { ClientFormProps } from './client-form-fields.ts'
import type { ConsoleFrame } from './frame.ts'
import { ticks } from './parts.ts'
import { signingAlgs } from './signing-algs.ts'

/** What a new client can do without at first is closed, unless something in it is wrong. */
export function aboutPeople(frame: ConsoleFrame, props: ClientFormProps): Html {
  const content = html`${signIn(frame, props)} ${people(frame, props)}`
  if (props.client !== undefined) return content
  const isOpen = laterFields.some((name) => props.problems[name] !== undefined)
  return html`<details class="more" ${attributes({ open: isOpen })}>
    <summary>${frame.messages.consoleClientForm.later}</summary>
    <div class="more-content">${content}</div>
  </details>`
}

const laterFields = [
  'backchannel_logout_session_required',
  'backchannel_logout_uri',
  'optional_scopes',
  'default_max_age',
  'logo_uri',
  'client_uri',
  'policy_uri',
  'tos_uri',
  'contacts',
]

function signIn(frame: ConsoleFrame, props: ClientFormProps): Html {
  const { consoleClientForm: texts } = frame.messages
  const wrong = problemOf(props, 'backchannel_logout_session_required')
  const field = fieldsOf(props)
  return panel({
    id: 'sign-in',
    title: texts.signIn,
    content: html`${ticks(
      texts.signIn,
      [
        field.truth('first_party', texts.firstParty, texts.firstPartyMeans),
        field.truth('verified', texts.verified, texts.verifiedMeans),
        field.truth('require_auth_time', texts.requireAuthTime),
        field.truth('backchannel_logout_session_required', texts.backchannelSession),
      ],
      { isLegendHidden: true, describedBy: wrong.describedBy },
    )}
    ${wrong.below} ${field.lines('optional_scopes', texts.optionalScopes, texts.optionalScopesHint)}
    ${field.select('default_acr_values', texts.minimumAcr, [
      { value: '', text: texts.anyAcr },
      { value: 'aal2', text: texts.aal2 },
      { value: 'phr', text: texts.phr },
    ])}
    ${field.line('default_max_age', texts.maxAge, { hint: texts.maxAgeHint })}
    ${field.select(
      'id_token_signed_response_alg',
      texts.idTokenAlg,
      signingAlgs.map((value) => ({ value, text: value })),
    )}
    ${field.line('backchannel_logout_uri', texts.backchannelUri, { hint: texts.backchannelUriHint })}`,
  })
}

function people(frame: ConsoleFrame, props: ClientFormProps): Html {
  const { consoleClientForm: texts } = frame.messages
  const field = fieldsOf(props)
  return panel({
    id: 'people',
    title: texts.people,
    content: html`${field.line('logo_uri', texts.logoUri)} ${field.line('client_uri', texts.clientUri)}
    ${field.line('policy_uri', texts.policyUri)} ${field.line('tos_uri', texts.tosUri)}
    ${field.lines('contacts', texts.contacts, texts.contactsHint)}`,
  })
}
