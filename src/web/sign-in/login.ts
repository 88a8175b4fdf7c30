import { z } from 'zod'
import type { Act } from '../../domain/audit/act.ts'
import { holdsStill } from '../../domain/accounts/authenticate.ts'
import type { Authentication, PasswordAttempt } from '../../domain/accounts/authenticate.ts'
import { busyRetryAfterSeconds } from '../../domain/accounts/turns.ts'
import type { Database } from '../../platform/db/open.ts'
import { Refusal } from '../../platform/errors.ts'
import { readForm } from '../../platform/http/form.ts'
import type { Directory } from '../../domain/credentials/directory.ts'
import { textParameter } from '../../oidc/request-state.ts'
import { signInPage } from '../../../views/sign-in/sign-in-page.ts'
import type { SignInPageProps, SignInProblem } from '../../../views/sign-in/sign-in-page.ts'
import type { BrowserAccounts } from '../browser-accounts.ts'
import { readDeviceToken } from '../device-cookie.ts'
import type { Pages } from '../pages.ts'
import type { Passkeys } from '../passkeys.ts'
import type { Visit } from './consent.ts'
import type { Interaction } from './interaction.ts'
import type { SignInGuard } from './guard.ts'
import { finishSignIn } from './signed-in.ts'

/** What the sign-in step needs. */
export interface LoginStep {
  readonly db: Database
  readonly pages: Pages
  readonly directory: Directory
  readonly authenticate: (attempt: PasswordAttempt, act: Act) => Promise<Authentication>
  readonly guard: SignInGuard
  /** Whether no further password can be compared now, except from devices that are known. */
  readonly isTooBusy: () => boolean
  readonly browserAccounts: BrowserAccounts
  /** Absent where no passkey can be bound to the issuer's host. */
  readonly passkeys: Passkeys | undefined
  /** Which other ways the page leads to. */
  readonly ways: () => { readonly forgotten: boolean; readonly signUp: boolean }
}

const form = z.object({ login: z.string().max(320), password: z.string().max(2000) })

/** Shows the sign-in page. */
export function showLogin(step: LoginStep, visit: Visit, interaction: Interaction): Promise<void> {
  const login = textParameter(interaction.params, 'login_hint')?.slice(0, 320)
  return showLoginAgain(step, visit, interaction, { login })
}

/** Takes the form: limits first, then the password, then the session (T28, T31). */
export async function submitLogin(step: LoginStep, visit: Visit, interaction: Interaction): Promise<void> {
  const { ctx, act } = visit
  const input = form.safeParse(await readForm(ctx))
  const attempt = input.success ? input.data : { login: '', password: '' }
  const again = (problem: SignInProblem, status: number, retryAfterSeconds?: number) =>
    showLoginAgain(step, visit, interaction, { login: attempt.login, problem, status, retryAfterSeconds })
  const deviceToken = readDeviceToken(ctx)
  // R10: a flood is turned away before anything is looked up or counted for it, whoever it names. A browser that may be known
  // goes on: its account has a line of its own.
  if (deviceToken === undefined && step.isTooBusy()) {
    return again('overloaded', 503, busyRetryAfterSeconds)
  }
  const admission = await step.guard.admit({ login: attempt.login, deviceToken }, act)
  if (!admission.allowed) return again('too_many_attempts', 429, admission.retryAfterSeconds)
  const { fromKnownDevice } = admission
  const authentication = await step.authenticate({ ...attempt, fromKnownDevice }, act).catch(overloaded)
  if (authentication instanceof Refusal) {
    // Nothing was compared, so it was no attempt.
    await admission.giveBack()
    return again('overloaded', 503, authentication.retryAfterSeconds)
  }
  if (authentication.outcome === 'rejected') return again('wrong_credentials', 401)
  if (authentication.outcome === 'compromised') return again('password_compromised', 403)
  const { account } = authentication
  await admission.giveBack()
  const ended = await finishSignIn(step.db, visit, interaction, {
    accountId: account.id,
    amr: ['pwd'],
    acr: 'aal1',
    holdsStill: (trx) => holdsStill(trx, account),
  })
  if (ended === 'no_longer') return again('wrong_credentials', 401)
}

function overloaded(error: unknown): Refusal {
  if (error instanceof Refusal && error.code === 'temporarily_unavailable') return error
  throw error
}

/** What the page is shown again with. */
export interface Again {
  readonly login?: string | undefined
  readonly problem?: SignInProblem
  readonly status?: number
  readonly retryAfterSeconds?: number | undefined
}

/** Shows the page with what went wrong, and what was typed. */
export async function showLoginAgain(
  step: LoginStep,
  { ctx, act }: Visit,
  interaction: Interaction,
  again: Again,
): Promise<void> {
  const { pages } = step
  const { status = 200, retryAfterSeconds, login, problem } = again
  const path = `/sign-in/${interaction.uid}`
  const props: SignInPageProps = {
    ...pages.propsFor(ctx, textParameter(interaction.params, 'ui_locales')),
    action: `${path}/login`,
    cancelAction: `${path}/cancel`,
    forgottenUrl: step.ways().forgotten ? `${path}/forgotten` : undefined,
    signUpUrl: step.ways().signUp ? `${path}/sign-up` : undefined,
    chooseUrl: (await step.browserAccounts.list(ctx)).length > 0 ? `${path}/accounts` : undefined,
    clientName: await clientName(step, interaction),
    login,
    problem,
    retryAfterSeconds,
    // A challenge is a write, which nobody makes while there is too much to do.
    passkey: problem === 'overloaded' ? undefined : await passkeyWay(step, act, interaction),
  }
  if (retryAfterSeconds !== undefined) ctx.set('Retry-After', String(retryAfterSeconds))
  pages.send(ctx, signInPage(props), status)
}

async function passkeyWay(
  { passkeys }: LoginStep,
  act: Act,
  { uid }: Interaction,
): Promise<SignInPageProps['passkey']> {
  if (passkeys === undefined) return undefined
  return { action: `/sign-in/${uid}/passkey`, options: await passkeys.askToSignIn(uid, act) }
}

async function clientName({ directory }: LoginStep, interaction: Interaction): Promise<string | undefined> {
  const clientId = textParameter(interaction.params, 'client_id')
  return clientId === undefined ? undefined : (await directory.client(clientId))?.name
}
