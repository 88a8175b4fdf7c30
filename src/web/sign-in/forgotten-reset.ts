import type { Context } from 'koa'
import { z } from 'zod'
import { isCompromisedPassword } from '../../domain/accounts/compromised.ts'
import type { PasswordHasher } from '../../domain/accounts/password.ts'
import type { JudgeNewPassword, NewPasswordProblem } from '../../domain/accounts/password-range.ts'
import { findResetOwner, resetPassword } from '../../domain/accounts/recovery.ts'
import type { ResetOwner } from '../../domain/accounts/recovery.ts'
import type { Act } from '../../domain/audit/act.ts'
import type { Database } from '../../platform/db/open.ts'
import { inTransaction } from '../../platform/db/transaction.ts'
import { readForm } from '../../platform/http/form.ts'
import { linkUnusablePage } from '../../../views/sign-in/forgotten-page.ts'
import { resetDonePage, resetPage } from '../../../views/sign-in/forgotten-reset-page.ts'
import { admitLinkUse } from '../mail-limits.ts'
import type { Pages } from '../pages.ts'
import { continueUrl } from './forgotten-resume.ts'

/** What the pages behind mailed links need. */
export interface LinkStep {
  readonly db: Database
  readonly pages: Pages
  readonly hasher: PasswordHasher
  readonly judgeNewPassword: JudgeNewPassword
  /** NIST SP 800-63B-4 §3.1.1.2: shorter where a second factor is enforced for everybody. */
  readonly minimumPasswordLength: () => number
  readonly contextWords: () => readonly string[]
  /** Ends the sessions, connected apps and tokens of an account, in the transaction it is given. */
  readonly endEverything: (db: Database, accountId: string, act: Act) => Promise<void>
  /** Tells this instance's caches of a change that has committed. */
  readonly announce: (change: { readonly kind: string; readonly id: string }) => void
}

/** Somebody who opened a mailed link. */
export interface LinkVisit {
  readonly ctx: Context
  readonly act: Act
  readonly token: string
}

const form = z.object({ password: z.string().max(1000) })

/** Shows the page that sets a password. Opening it uses nothing up: mail scanners open links too. */
export async function showReset(step: LinkStep, visit: LinkVisit): Promise<void> {
  const owner = await findResetOwner(step.db, visit.token, visit.act.now)
  if (owner === undefined) return showUnusable(step, visit)
  show(step, visit, { owner })
}

/** Sets the password. It ends what stands for the account and signs nobody in (ASVS 6.3.6, 6.4.3). */
export async function submitReset(step: LinkStep, visit: LinkVisit): Promise<void> {
  const { ctx, act, token } = visit
  await admitLinkUse(step.db, act)
  const input = form.safeParse(await readForm(ctx))
  const owner = await findResetOwner(step.db, token, act.now)
  if (owner === undefined) return showUnusable(step, visit)
  const password = input.data?.password ?? ''
  const [contextWords, minimumLength] = [step.contextWords(), step.minimumPasswordLength()]
  const problem =
    (await step.judgeNewPassword(password, { ...owner, contextWords, minimumLength })) ??
    ((await isCompromisedPassword(step, { id: owner.accountId, password })) ? 'is_leaked' : undefined)
  if (problem !== undefined) return show(step, visit, { owner, problem })
  const passwordHash = await step.hasher.hash(password)
  const reset = await inTransaction(step.db, async (trx) => {
    const reset = await resetPassword(trx, { token, passwordHash }, act)
    if (reset.outcome === 'reset') await step.endEverything(trx, reset.accountId, act)
    return reset
  })
  if (reset.outcome === 'link_unusable') return showUnusable(step, visit)
  step.announce({ kind: 'account', id: reset.accountId })
  step.pages.send(ctx, resetDonePage({ ...step.pages.propsFor(ctx), continueUrl: continueUrl(ctx) }))
}

function show(
  { pages, minimumPasswordLength }: LinkStep,
  { ctx }: LinkVisit,
  { owner, problem }: { readonly owner: ResetOwner; readonly problem?: NewPasswordProblem },
): void {
  const { email } = owner
  const props = { ...pages.propsFor(ctx), action: ctx.path, email, problem }
  const page = resetPage({ ...props, minimumPasswordLength: minimumPasswordLength() })
  pages.send(ctx, page, problem === undefined ? 200 : 400)
}

function showUnusable({ pages }: LinkStep, { ctx }: LinkVisit): void {
  pages.send(ctx, linkUnusablePage({ ...pages.propsFor(ctx), againUrl: '/forgotten-password' }), 410)
}
