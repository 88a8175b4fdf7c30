import type { Context } from 'koa'
import { z } from 'zod'
import { attemptKey } from '../../domain/accounts/account.ts'
import { linkLifetimeSeconds } from '../../domain/accounts/one-time-links.ts'
import { requestPasswordReset } from '../../domain/accounts/recovery.ts'
import type { Act } from '../../domain/audit/act.ts'
import type { Seal } from '../../platform/crypto/seal.ts'
import type { Database } from '../../platform/db/open.ts'
import { readForm } from '../../platform/http/form.ts'
import type { PageProps } from '../../../views/components/layout.ts'
import { forgottenPage, forgottenSentPage } from '../../../views/sign-in/forgotten-page.ts'
import type { ForgottenPageProps } from '../../../views/sign-in/forgotten-page.ts'
import { admitMail } from '../mail-limits.ts'
import type { Pages } from '../pages.ts'

/** What asking for a mailed link needs. */
export interface MailRequestStep {
  readonly db: Database
  readonly seal: Seal
  readonly issuer: string
  readonly pages: Pages
}

/** A page that asks for a mailed link, within a sign-in or on its own. */
export interface MailRequestVisit {
  readonly ctx: Context
  readonly act: Act
  readonly props: PageProps
  /** The sign-in page to go back to. */
  readonly backUrl: string | undefined
}

const form = z.object({ login: z.string().max(320) })

/** Shows the page that asks whose password is forgotten. */
export function showForgotten(step: MailRequestStep, visit: MailRequestVisit): void {
  show(step, visit, {})
}

/** Mails a link, and says the same whoever has an account: same page, same work (T31). */
export async function submitForgotten(step: MailRequestStep, visit: MailRequestVisit): Promise<void> {
  const { ctx, act, props, backUrl } = visit
  const input = form.safeParse(await readForm(ctx))
  const login = input.data?.login.trim() ?? ''
  if (login === '') return show(step, visit, { problem: 'login_missing' })
  const admission = await admitMail(step.db, await attemptKey(step.db, login), act)
  if (typeof admission === 'object')
    return show(step, visit, { login, problem: 'too_many_requests', ...admission })
  if (admission === 'send') {
    await requestPasswordReset(step.db, step, { login, locale: props.messages.language }, act)
  }
  const minutes = linkLifetimeSeconds.reset_password / 60
  step.pages.send(ctx, forgottenSentPage({ ...props, minutes, backUrl }))
}

function show(
  { pages }: MailRequestStep,
  { ctx, props, backUrl }: MailRequestVisit,
  again: Pick<ForgottenPageProps, 'login' | 'problem' | 'retryAfterSeconds'>,
): void {
  const { problem, retryAfterSeconds } = again
  if (retryAfterSeconds !== undefined) ctx.set('Retry-After', String(retryAfterSeconds))
  const status = problem === undefined ? 200 : problem === 'login_missing' ? 400 : 429
  pages.send(ctx, forgottenPage({ ...props, ...again, action: ctx.path, backUrl }), status)
}
