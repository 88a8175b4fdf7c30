import { z } from 'zod'
import type { Account } from '../../domain/accounts/account.ts'
import { isCompromisedPassword } from '../../domain/accounts/compromised.ts'
import type { PasswordHasher } from '../../domain/accounts/password.ts'
import type { JudgeNewPassword, NewPasswordProblem } from '../../domain/accounts/password-range.ts'
import { isTheTemporaryOne, replaceTemporaryPassword } from '../../domain/accounts/temporary-password.ts'
import type { Directory } from '../../domain/credentials/directory.ts'
import { budgets } from '../../domain/limits/budgets.ts'
import { refund, refundIfBusy, take } from '../../domain/limits/take.ts'
import { joinTransaction } from '../../oidc/join.ts'
import { newPassword } from '../../oidc/new-password.ts'
import { textParameter } from '../../oidc/request-state.ts'
import type { Database } from '../../platform/db/open.ts'
import { Refusal } from '../../platform/errors.ts'
import { readForm } from '../../platform/http/form.ts'
import { newPasswordPage } from '../../../views/sign-in/new-password-page.ts'
import type { Pages } from '../pages.ts'
import type { Visit } from './consent.ts'
import { finish } from './interaction.ts'
import type { Interaction } from './interaction.ts'
import { goOn } from './proven.ts'

/** What the step needs in which a password that somebody else chose is replaced. */
export interface NewPasswordStep {
  readonly db: Database
  readonly pages: Pages
  readonly directory: Directory
  readonly hasher: PasswordHasher
  readonly judgeNewPassword: JudgeNewPassword
  readonly minimumPasswordLength: () => number
  readonly contextWords: () => readonly string[]
  /** Tells this instance's caches of a change that has committed. */
  readonly announce: (change: { readonly kind: string; readonly id: string }) => void
}

const form = z.object({ password: z.string().max(2000) })

/** Shows the page that asks for a password of one's own. */
export async function showNewPassword(
  step: NewPasswordStep,
  visit: Visit,
  interaction: Interaction,
): Promise<void> {
  show(step, visit, interaction, { account: await accountOf(step, interaction) })
}

/** Takes it: the sign-in goes on, and what was chosen by somebody else opens nothing any more. */
export async function submitNewPassword(
  step: NewPasswordStep,
  visit: Visit,
  interaction: Interaction,
): Promise<void> {
  const { ctx, provider } = visit
  const input = form.safeParse(await readForm(ctx))
  const account = await accountOf(step, interaction)
  const password = input.data?.password ?? ''
  const bucket = { budget: budgets.account_password, key: account.id }
  const taken = await take(step.db, bucket)
  if (!taken.allowed) {
    throw new Refusal('rate_limited', 'There were too many attempts. Wait a little.', taken)
  }
  const problem = await refundIfBusy(step.db, bucket, () => problemOf(step, account, password))
  if (problem !== undefined) return show(step, visit, interaction, { account, problem })
  const passwordHash = await refundIfBusy(step.db, bucket, () => step.hasher.hash(password))
  const act = { ...visit.act, actor: { type: 'account', id: account.id } as const }
  const outcome = await joinTransaction(step.db, async (trx) => {
    const replaced = await replaceTemporaryPassword(trx, { account, passwordHash }, act)
    if (replaced === 'replaced') await finish(provider, ctx, { [newPassword]: {} })
    return replaced
  })
  await refund(step.db, bucket)
  step.announce({ kind: 'account', id: account.id })
  // Done in another window, or given up meanwhile: what is due now is asked anew.
  if (outcome === 'no_longer') goOn(visit, new URL(interaction.returnTo).pathname)
}

async function problemOf(
  step: NewPasswordStep,
  { id, email, username, claims }: Account,
  password: string,
): Promise<NewPasswordProblem | undefined> {
  const [contextWords, minimumLength] = [step.contextWords(), step.minimumPasswordLength()]
  const owner = { email, username, name: claims.name }
  const problem = await step.judgeNewPassword(password, { ...owner, contextWords, minimumLength })
  if (problem !== undefined) return problem
  const isKnown =
    (await isTheTemporaryOne(step, { id, password })) || (await isCompromisedPassword(step, { id, password }))
  return isKnown ? 'is_leaked' : undefined
}

/** Looked at anew with every request: a session that has ended, or an account that was disabled, chooses nothing. */
async function accountOf({ directory }: NewPasswordStep, { session }: Interaction): Promise<Account> {
  const account = session === undefined ? undefined : await directory.account(session.accountId)
  if (account === undefined) {
    throw new Refusal('invalid_request', 'This sign-in cannot go on. Go back to the app and start again.')
  }
  return account
}

function show(
  { pages, minimumPasswordLength }: NewPasswordStep,
  { ctx }: Visit,
  { uid, params }: Interaction,
  { account, problem }: { readonly account: Account; readonly problem?: NewPasswordProblem },
): void {
  const page = newPasswordPage({
    ...pages.propsFor(ctx, textParameter(params, 'ui_locales')),
    path: `/sign-in/${uid}`,
    email: account.email,
    minimumPasswordLength: minimumPasswordLength(),
    problem,
  })
  pages.send(ctx, page, problem === undefined ? 200 : 400)
}
