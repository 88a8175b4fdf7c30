import { alert } from '../components/alert.ts'
import { choice } from '../components/choice.ts'
import { html } from '../html.ts'
import type { Html } from '../html.ts'
import { fillText } from '../messages/messages.ts'
import type { ConsoleFrame } from './frame.ts'
import { confirmContent } from './parts.ts'

/** What an incident is about. */
export interface ShownSubject {
  readonly kind: 'account' | 'client' | 'api_key' | 'api'
  readonly id: string
  readonly name: string
  /** Whether it is disabled already, or cannot be. */
  readonly isDisabled: boolean
  readonly owner?: { readonly type: 'account' | 'client'; readonly id: string } | undefined
}

/** What stands for it, or was ended. */
export interface ShownStanding {
  readonly sessions: number
  readonly grants: number
  readonly keys: number
}

/** Which instances were told. */
export interface ShownHearing {
  readonly listening: number
  readonly heard: number
  readonly milliseconds: number
}

/** A question before everything ends. */
export interface ConfirmIncidentProps {
  readonly subject: ShownSubject
  readonly standing: ShownStanding
  readonly mayDisable: boolean
  readonly isOneself: boolean
  readonly problem: 'last_owner' | 'not_understood' | undefined
  readonly reason: string | undefined
}

/** Where the page of a subject is. */
export function subjectUrl({ kind, id }: Pick<ShownSubject, 'kind' | 'id'>): string {
  const folder = { account: 'accounts', client: 'clients', api_key: 'keys', api: 'apis' }[kind]
  return `/admin/${folder}/${encodeURIComponent(id)}`
}

/** Where everything of a subject is ended. */
export function incidentUrl({ kind, id }: Pick<ShownSubject, 'kind' | 'id'>): string {
  return `/admin/incident/${kind === 'api_key' ? 'key' : kind}/${encodeURIComponent(id)}`
}

/** The page that names what ends, and asks. */
export function confirmIncidentContent(frame: ConsoleFrame, props: ConfirmIncidentProps): Html {
  const { subject, mayDisable, problem } = props
  const { consoleIncident: texts } = frame.messages
  const more = html`${mayDisable && choice({ name: 'disables', label: texts.alsoDisable, hint: texts[`disableHint_${subject.kind}`] })}
  ${subject.kind === 'api_key' && choice({ name: 'all_of_owner', label: texts.allOfOwner, hint: texts.allOfOwnerHint })}`
  return html`${problem !== undefined && alert({ kind: 'problem', content: texts[problem] })}
  ${confirmContent({
    frame,
    title: fillText(texts[`ask_${subject.kind}`], { name: subject.name }),
    consequences: consequencesOf(frame, props),
    action: incidentUrl(subject),
    submit: texts.submit,
    cancelUrl: subjectUrl(subject),
    asksReason: true,
    more,
  })}`
}

function consequencesOf({ messages }: ConsoleFrame, props: ConfirmIncidentProps): readonly string[] {
  const { consoleIncident: texts } = messages
  const { subject, standing, isOneself } = props
  const counted = {
    sessions: countText(messages.language, standing.sessions),
    grants: countText(messages.language, standing.grants),
    keys: countText(messages.language, standing.keys),
  }
  const of: Readonly<Record<ShownSubject['kind'], readonly string[]>> = {
    account: [texts.endsSessions, texts.endsGrants, texts.endsKeys, texts.endsTrust],
    client: [texts.endsGrants, texts.endsClientTokens, texts.endsKeys],
    api_key: [standing.keys === 0 ? texts.keyEndedAlready : texts.endsThisKey],
    api: [texts.endsApiTokens, texts.endsKeys],
  }
  return [
    ...of[subject.kind].map((text) => fillText(text, counted)),
    ...(isOneself ? [texts.yourself] : []),
    texts.everywhere,
    texts[`afterwards_${subject.kind}`],
  ]
}

/** A count as people read it; ten thousand stands for that or more. */
export function countText(language: string, count: number): string {
  const number = new Intl.NumberFormat(language === 'en' ? 'en-GB' : language).format(count)
  return count >= 10_000 ? `${number}+` : number
}
