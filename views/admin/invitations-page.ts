import { emptyState, moment, pageHeading, pager, rows } from '../components/app-parts.ts'
import { button, linkButton } from '../components/button.ts'
import { outsideAddress } from '../components/card.ts'
import { html } from '../html.ts'
import type { Html } from '../html.ts'
import { fill, fillText } from '../messages/messages.ts'
import type { ConsoleFrame } from './frame.ts'
import { consoleForm, sheet } from './parts.ts'

/** An invitation that waits. */
export interface ShownInvitation {
  readonly id: string
  readonly email: string
  readonly roles: readonly string[]
  readonly createdAt: Date
  readonly expiresAt: Date
}

/** A page of them. */
export interface InvitationsProps {
  readonly invitations: readonly ShownInvitation[]
  readonly mailIsSent: boolean
  readonly firstUrl: string | undefined
  readonly nextUrl: string | undefined
}

/** The list of invitations. */
export function invitationsContent(frame: ConsoleFrame, props: InvitationsProps): Html {
  const { messages } = frame
  const { consoleAccounts: texts } = messages
  const { invitations, mailIsSent, firstUrl, nextUrl } = props
  const invite =
    frame.may('accounts:write') && mailIsSent
      ? linkButton({ text: texts.inviteTitle, url: '/admin/accounts/new' })
      : undefined
  return html`${pageHeading({
    title: texts.invitationsTitle,
    lead: texts.invitationsLead,
    back: { text: texts.toList, url: '/admin/accounts' },
    action: invitations.length > 0 ? invite : undefined,
  })}
  ${
    invitations.length === 0
      ? emptyState(mailIsSent ? texts.invitationsEmpty : texts.noMail, invite)
      : sheet(
          rows(
            invitations.map((invitation) => ({
              title: outsideAddress(invitation.email),
              lines: linesOf(frame, invitation),
              actions: frame.may('accounts:write') ? actionsOf(frame, invitation) : undefined,
            })),
          ),
        )
  }
  ${pager(messages, { first: firstUrl, next: nextUrl })}`
}

function linesOf({ messages }: ConsoleFrame, { roles, createdAt, expiresAt }: ShownInvitation) {
  const { consoleAccounts: texts } = messages
  const times = { when: moment(messages, createdAt), until: moment(messages, expiresAt) }
  return [
    fill(texts.invitedOn, times),
    ...(roles.length > 0 ? [fillText(texts.invitedRoles, { roles: roles.join(', ') })] : []),
  ]
}

function actionsOf(frame: ConsoleFrame, { id }: ShownInvitation): Html {
  const { consoleAccounts: texts } = frame.messages
  const form = (act: 'send' | 'withdraw', text: string) =>
    consoleForm(frame, {
      action: `/admin/invitations/${encodeURIComponent(id)}/${act}`,
      content: button({ text, kind: 'secondary' }),
    })
  return html`${form('send', texts.resend)} ${form('withdraw', texts.withdraw)}`
}
