/** A key's secret, shown once, with commands that use it. */
import { alert } from '../components/alert.ts'
import { moment, pageHeading, panel } from '../components/app-parts.ts'
import { linkButton } from '../components/button.ts'
import { outsideName } from '../components/card.ts'
import { secretOnce } from '../components/copy.ts'
import { html } from '../html.ts'
import type { Html } from '../html.ts'
import { fill } from '../messages/messages.ts'
import type { ConsoleFrame } from './frame.ts'
import { snippet } from './key-parts.ts'

/** The key, its text, and who could ask about it. */
export interface SecretProps {
  readonly id: string
  readonly name: string
  readonly text: string
  readonly issuer: string
  readonly apiIdentifier: string
  /** A client that may introspect for the API, if there is one. */
  readonly introspectorId: string | undefined
  /** An address of the key's list, if it has one: without one the answer to the command would be no. */
  readonly callerAddress: string | undefined
  readonly neverEnds: boolean
  /** For a rotation: until when the older secret works, or `now`. */
  readonly olderUntil?: Date | 'now' | undefined
}

/** The content of the page. */
export function keySecretContent({ messages }: ConsoleFrame, props: SecretProps): Html {
  const { consoleKeyForm: texts } = messages
  const { id, name, text, olderUntil } = props
  const named = outsideName(name)
  const title = olderUntil === undefined ? texts.madeTitle : texts.rotatedTitle
  const lead =
    olderUntil === undefined
      ? fill(texts.madeLead, { name: named })
      : olderUntil === 'now'
        ? fill(texts.rotatedNow, { name: named })
        : fill(texts.rotatedLead, { name: named, date: moment(messages, olderUntil) })
  return html`${pageHeading({ title, lead })}
    ${props.neverEnds && alert({ kind: 'notice', content: texts.neverEnds })}
    ${panel({ id: 'secret-panel', title: texts.secret, content: secretOnce(messages, { text, id: 'secret' }) })}
    ${panel({
      id: 'introspect',
      title: texts.tryIntrospect,
      description: texts.tryIntrospectLead,
      content: snippet(messages, {
        id: 'introspect-command',
        text: introspectCommand(props),
        label: texts.tryIntrospect,
      }),
    })}
    ${panel({
      id: 'call',
      title: texts.tryApi,
      content: snippet(messages, { id: 'call-command', text: callCommand(props), label: texts.tryApi }),
    })}
    <p class="button-row">${linkButton({ text: texts.done, url: `/admin/keys/${id}` })}</p>`
}

function introspectCommand(props: SecretProps): string {
  const { issuer, introspectorId = 'CLIENT_ID', text, callerAddress } = props
  return [
    `curl --user '${introspectorId}:CLIENT_SECRET' \\`,
    `  --data 'token=${text}' \\`,
    ...(callerAddress === undefined ? [] : [`  --data 'client_ip=${callerAddress}' \\`]),
    `  '${issuer}/oauth/introspect'`,
  ].join('\n')
}

// RFC 3986: an identifier is a URI and holds no quote but this one, which a shell would take for the end.
function callCommand({ apiIdentifier, text }: SecretProps): string {
  const url = apiIdentifier.replaceAll("'", '%27')
  return [`curl --header 'Authorization: Bearer ${text}' \\`, `  '${url}'`].join('\n')
}
