import { fillText, timeFormat } from '../messages/messages.ts'
import type { Messages } from '../messages/messages.ts'
import { expiryContent, leakedKeyContent } from './credential-mails.ts'
import type { ExpiryMail, LeakedKeyMail } from './credential-mails.ts'

/** What a mail is about, with what its text is filled in with. Links are whole addresses. */
export type MailAbout =
  | { readonly kind: 'reset_password'; readonly url: string; readonly minutes: number }
  | {
      readonly kind: 'sign_up' | 'verify_email' | 'change_email'
      readonly url: string
      readonly hours: number
    }
  | { readonly kind: 'account_exists'; readonly url: string }
  | LeakedKeyMail
  | ExpiryMail
  | { readonly kind: 'invitation'; readonly url: string; readonly days: number }
  | {
      readonly kind: 'security_notice'
      readonly event: string
      readonly occurredAt: Date
      readonly address?: string | undefined
      /** Whether somebody at the command line or in the console did it. */
      readonly byOperator: boolean
      readonly url: string
    }

/** A mail as text in order, from which both of its forms are made. */
export interface MailContent {
  readonly subject: string
  readonly title: string
  readonly paragraphs: readonly string[]
  readonly button: { readonly text: string; readonly url: string }
  /** What to do if it was somebody else. */
  readonly otherwise: readonly string[]
}

/** The text of a mail. Nothing that a stranger typed stands in it, so that nobody can write to others through us. */
export function mailContent(about: MailAbout, messages: Messages, brand: string): MailContent {
  if (about.kind === 'security_notice') return noticeContent(about, messages, brand)
  if (about.kind === 'key_leaked') return leakedKeyContent(about, messages, brand)
  if (about.kind === 'expiry_reminder') return expiryContent(about, messages, brand)
  const { mail } = messages
  const name = textNames[about.kind]
  const fill = (text: string) => fillText(text, { ...numbersOf(about), brand })
  return {
    subject: fill(mail[`${name}Subject`]),
    title: mail[`${name}Title`],
    paragraphs: [fill(mail[`${name}Text`])],
    button: { text: mail[`${name}Button`], url: about.url },
    otherwise: [mail[`${name}Other`]],
  }
}

const textNames = {
  reset_password: 'reset',
  sign_up: 'signUp',
  account_exists: 'exists',
  invitation: 'invitation',
  verify_email: 'verify',
  change_email: 'change',
} as const

function numbersOf(about: object): Readonly<Record<string, number>> {
  return Object.fromEntries(
    Object.entries(about).filter((entry): entry is [string, number] => typeof entry[1] === 'number'),
  )
}

function noticeContent(
  about: Extract<MailAbout, { kind: 'security_notice' }>,
  { mail, notices, language }: Messages,
  brand: string,
): MailContent {
  const title = isNotice(about.event, notices) ? notices[about.event] : notices.other
  const when = timeFormat({ language }, { dateStyle: 'long', timeStyle: 'short' })
  const isFormer = about.event === 'former_address'
  return {
    subject: `${brand}: ${title}`,
    title,
    paragraphs: [
      `${title}. ${fillText(mail.noticeIntro, { brand })}`,
      fillText(mail.noticeWhen, { time: when.format(about.occurredAt) }),
      ...(about.address === undefined ? [] : [fillText(mail.noticeWhere, { address: about.address })]),
      ...(about.byOperator ? [fillText(mail.noticeOperator, { brand })] : []),
    ],
    button: { text: mail.noticeButton, url: about.url },
    otherwise: [
      ...(about.byOperator ? [] : [mail.noticeYou]),
      fillText(isFormer ? mail.noticeFormerNotYou : mail.noticeNotYou, { brand }),
    ],
  }
}

function isNotice<Notices extends object>(event: string, notices: Notices): event is keyof Notices & string {
  return Object.hasOwn(notices, event)
}
