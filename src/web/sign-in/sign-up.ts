import { z } from 'zod'
import { attemptKey } from '../../domain/accounts/account.ts'
import { emailAddress } from '../../domain/accounts/names.ts'
import { linkLifetimeSeconds } from '../../domain/accounts/one-time-links.ts'
import { requestSignUp } from '../../domain/accounts/sign-up.ts'
import { readForm } from '../../platform/http/form.ts'
import { signUpClosedPage, signUpPage, signUpSentPage } from '../../../views/sign-in/sign-up-page.ts'
import type { SignUpPageProps } from '../../../views/sign-in/sign-up-page.ts'
import { admitMail } from '../mail-limits.ts'
import type { MailRequestStep, MailRequestVisit } from './forgotten.ts'

/** What asking for an account needs. */
export interface SignUpStep extends MailRequestStep {
  readonly signUp: () => 'open' | 'invitation' | 'closed'
}

const form = z.object({ email: z.string().max(400) })

/** Shows the page that asks for an address, where people may make accounts. */
export function showSignUp(step: SignUpStep, visit: MailRequestVisit): void {
  if (step.signUp() === 'open') show(step, visit, {})
  else showClosed(step, visit)
}

/** Mails a link, or a mail that there is an account: the page does not tell which (T31). */
export async function submitSignUp(step: SignUpStep, visit: MailRequestVisit): Promise<void> {
  const { ctx, act, props, backUrl } = visit
  if (step.signUp() !== 'open') return showClosed(step, visit)
  const input = form.safeParse(await readForm(ctx))
  const typed = input.data?.email ?? ''
  const address = emailAddress.safeParse(typed)
  if (!address.success) return show(step, visit, { email: typed, problem: 'invalid_email' })
  const email = address.data
  const admission = await admitMail(step.db, await attemptKey(step.db, email), act)
  if (typeof admission === 'object')
    return show(step, visit, { email, problem: 'too_many_requests', ...admission })
  if (admission === 'send') {
    await requestSignUp(step.db, step, { email, locale: props.messages.language }, act)
  }
  const hours = linkLifetimeSeconds.sign_up / 3600
  step.pages.send(ctx, signUpSentPage({ ...props, email, hours, backUrl }))
}

function show(
  { pages }: SignUpStep,
  { ctx, props, backUrl }: MailRequestVisit,
  again: Pick<SignUpPageProps, 'email' | 'problem' | 'retryAfterSeconds'>,
): void {
  const { problem, retryAfterSeconds } = again
  if (retryAfterSeconds !== undefined) ctx.set('Retry-After', String(retryAfterSeconds))
  const status = problem === undefined ? 200 : problem === 'invalid_email' ? 400 : 429
  pages.send(ctx, signUpPage({ ...props, ...again, action: ctx.path, backUrl }), status)
}

function showClosed({ pages, signUp }: SignUpStep, { ctx, props, backUrl }: MailRequestVisit): void {
  const byInvitation = signUp() === 'invitation'
  pages.send(ctx, signUpClosedPage({ ...props, byInvitation, backUrl }), 403)
}
