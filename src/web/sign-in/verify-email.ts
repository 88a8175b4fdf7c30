import { confirmEmailChange, findEmailChange } from '../../domain/accounts/email-change.ts'
import { findLink } from '../../domain/accounts/one-time-links.ts'
import { confirmEmail } from '../../domain/accounts/verification.ts'
import { readForm } from '../../platform/http/form.ts'
import { linkUnusablePage } from '../../../views/sign-in/forgotten-page.ts'
import { emailVerifiedPage, verifyEmailPage } from '../../../views/sign-in/verify-email-page.ts'
import { admitLinkUse } from '../mail-limits.ts'
import type { LinkStep, LinkVisit } from './forgotten-reset.ts'

/** Shows the page that asks to confirm an address. */
export async function showVerification({ db, pages }: LinkStep, visit: LinkVisit): Promise<void> {
  const { ctx, token, act } = visit
  const link = await findLink(db, { token, purpose: 'verify_email' }, act.now)
  if (link === undefined) return showUnusable({ pages }, visit)
  pages.send(ctx, verifyEmailPage({ ...pages.propsFor(ctx), action: ctx.path }))
}

/** Confirms the address that an account has. */
export async function submitVerification({ db, pages }: LinkStep, visit: LinkVisit): Promise<void> {
  const { ctx, token, act } = visit
  await admitLinkUse(db, act)
  await readForm(ctx)
  const outcome = await confirmEmail(db, token, act)
  if (outcome === 'link_unusable') return showUnusable({ pages }, visit)
  pages.send(ctx, emailVerifiedPage({ ...pages.propsFor(ctx), outcome, continueUrl: '/account' }))
}

/** Shows the page that asks to confirm another address. */
export async function showEmailChange({ db, pages }: LinkStep, visit: LinkVisit): Promise<void> {
  const { ctx, token, act } = visit
  const change = await findEmailChange(db, token, act.now)
  if (change === undefined) return showUnusable({ pages }, visit)
  const props = { ...pages.propsFor(ctx), action: ctx.path, newEmail: change.email }
  pages.send(ctx, verifyEmailPage(props))
}

/** Gives the account its other address. */
export async function submitEmailChange({ db, pages }: LinkStep, visit: LinkVisit): Promise<void> {
  const { ctx, token, act } = visit
  await admitLinkUse(db, act)
  await readForm(ctx)
  const outcome = await confirmEmailChange(db, token, act)
  if (outcome === 'link_unusable') return showUnusable({ pages }, visit)
  pages.send(ctx, emailVerifiedPage({ ...pages.propsFor(ctx), outcome, continueUrl: '/account' }))
}

function showUnusable({ pages }: Pick<LinkStep, 'pages'>, { ctx }: LinkVisit): void {
  pages.send(ctx, linkUnusablePage(pages.propsFor(ctx)), 410)
}
