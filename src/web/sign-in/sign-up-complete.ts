import { z } from 'zod'
import { newAccount } from '../../domain/accounts/create.ts'
import { completeWelcome, findWelcome } from '../../domain/accounts/sign-up.ts'
import type { WelcomeGifts, WelcomePurpose } from '../../domain/accounts/sign-up.ts'
import type { Act } from '../../domain/audit/act.ts'
import type { NewId } from '../../platform/crypto/random.ts'
import type { Database } from '../../platform/db/open.ts'
import { inTransaction } from '../../platform/db/transaction.ts'
import { readForm } from '../../platform/http/form.ts'
import { linkUnusablePage } from '../../../views/sign-in/forgotten-page.ts'
import {
  signUpCompletePage,
  signUpDonePage,
  signUpTakenPage,
} from '../../../views/sign-in/sign-up-complete-page.ts'
import type { SignUpProblem } from '../../../views/sign-in/sign-up-complete-page.ts'
import { admitLinkUse } from '../mail-limits.ts'
import type { LinkStep, LinkVisit } from './forgotten-reset.ts'
import { continueUrl } from './forgotten-resume.ts'

/** What making an account behind a link needs. */
export interface WelcomeStep extends LinkStep {
  readonly newId: NewId
  readonly signUp: () => 'open' | 'invitation' | 'closed'
  /** Gives a new account what its invitation promised, in the transaction it is given. */
  readonly giveGifts: (
    db: Database,
    given: {
      readonly accountId: string
      readonly gifts: WelcomeGifts
      readonly invitedBy: string | undefined
    },
    act: Act,
  ) => Promise<void>
}

/** Somebody who opened a link that makes an account. */
export interface WelcomeVisit extends LinkVisit {
  readonly purpose: WelcomePurpose
}

const form = z.object({ name: z.string().max(400), password: z.string().max(1000) })

/** Shows the page that asks for a name and a password. */
export async function showWelcome(step: WelcomeStep, visit: WelcomeVisit): Promise<void> {
  const welcome = await usableWelcome(step, visit)
  if (welcome === undefined) return showUnusable(step, visit)
  show(step, visit, welcome)
}

/** Makes the account. Nobody is signed in by it: the person signs in with the password just chosen. */
export async function submitWelcome(step: WelcomeStep, visit: WelcomeVisit): Promise<void> {
  const { ctx, act } = visit
  await admitLinkUse(step.db, act)
  const input = form.safeParse(await readForm(ctx))
  const welcome = await usableWelcome(step, visit)
  if (welcome === undefined) return showUnusable(step, visit)
  const { email } = welcome
  const { name = '', password = '' } = input.data ?? {}
  const problem = await problemOf(step, { name: name.trim(), password, email })
  if (problem !== undefined) return show(step, visit, { email, name, problem })
  const outcome = await complete(step, visit, { name: name.trim(), password })
  if (outcome === 'link_unusable') return showUnusable(step, visit)
  const props = { ...step.pages.propsFor(ctx), email, continueUrl: continueUrl(ctx) }
  step.pages.send(ctx, outcome === 'created' ? signUpDonePage(props) : signUpTakenPage(props))
}

async function complete(
  step: WelcomeStep,
  { ctx, act, token, purpose }: WelcomeVisit,
  { name, password }: { readonly name: string; readonly password: string },
): Promise<'created' | 'link_unusable' | 'email_taken'> {
  const locale = step.pages.propsFor(ctx).messages.language
  const passwordHash = await step.hasher.hash(password)
  return inTransaction(step.db, async (trx) => {
    const id = step.newId('acc')
    const made = await completeWelcome(trx, { token, purpose, id, name, locale, passwordHash }, act)
    if (made.outcome === 'created') {
      const { gifts, invitedBy } = made
      await step.giveGifts(trx, { accountId: id, gifts, invitedBy }, act)
    }
    return made.outcome
  })
}

/** An open link is of no use once people may not make accounts any more; an invitation was somebody's decision. */
async function usableWelcome(
  { db, signUp }: WelcomeStep,
  { token, purpose, act }: WelcomeVisit,
): Promise<{ readonly email: string } | undefined> {
  if (purpose === 'sign_up' && signUp() !== 'open') return undefined
  return findWelcome(db, { token, purpose }, act.now)
}

async function problemOf(
  { judgeNewPassword, ...step }: WelcomeStep,
  given: { readonly name: string; readonly password: string; readonly email: string },
): Promise<SignUpProblem | undefined> {
  const { name, password, email } = given
  const isNamed = newAccount.safeParse({ email, claims: { name } }).success
  if (!isNamed) return 'name_missing'
  const [contextWords, minimumLength] = [step.contextWords(), step.minimumPasswordLength()]
  return judgeNewPassword(password, { email, name, contextWords, minimumLength })
}

function show(
  { pages, minimumPasswordLength }: WelcomeStep,
  { ctx, purpose }: WelcomeVisit,
  again: { readonly email: string; readonly name?: string; readonly problem?: SignUpProblem },
): void {
  const props = { ...pages.propsFor(ctx), ...again, action: ctx.path }
  const page = signUpCompletePage({
    ...props,
    minimumPasswordLength: minimumPasswordLength(),
    invited: purpose === 'invitation',
  })
  pages.send(ctx, page, again.problem === undefined ? 200 : 400)
}

function showUnusable({ pages }: WelcomeStep, { ctx }: WelcomeVisit): void {
  pages.send(ctx, linkUnusablePage(pages.propsFor(ctx)), 410)
}
