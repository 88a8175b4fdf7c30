/**
 * The sign-in pages. A page shows, takes a form, and gives the library its outcome; which page is next is decided by
 * `oidc/prompts.ts` alone. A form for a step that is not due changes nothing: its sender is shown the step that is.
 */
import { Router } from '@koa/router'
import type { Context, Middleware } from 'koa'
import type { Provider } from 'oidc-provider'
import type { Act } from '../../domain/audit/act.ts'
import { Refusal } from '../../platform/errors.ts'
import { newPassword } from '../../oidc/new-password.ts'
import { secondFactor } from '../../oidc/second-factor.ts'
import { selectAccount } from '../../oidc/select-account.ts'
import { routesOf } from '../routes-of.ts'
import { showAccounts, submitAccount } from './choose-account.ts'
import { showConsent, submitConsent } from './consent.ts'
import type { ConsentStep, Visit } from './consent.ts'
import { finish, interactionOf } from './interaction.ts'
import type { Interaction } from './interaction.ts'
import { showLogin, submitLogin } from './login.ts'
import type { LoginStep } from './login.ts'
import { submitPasskey } from './passkey.ts'
import { showNewPassword, submitNewPassword } from './new-password.ts'
import type { NewPasswordStep } from './new-password.ts'
import type { SecondFactorStep } from './second-factor-parties.ts'
import {
  downloadCodes,
  secondFactorForms,
  showSecondFactorStep,
  submitNewCodes,
  submitSecondFactorForm,
  switchAccount,
} from './second-factor-routes.ts'

/** What the sign-in door needs. */
export interface SignInDoor extends LoginStep, ConsentStep, SecondFactorStep, NewPasswordStep {
  readonly provider: () => Provider
  readonly now: () => Date
}

/** The forms that one prompt each is answered by, by the path they post to below the sign-in's. */
const forms: Readonly<
  Record<
    string,
    {
      readonly prompt: string
      readonly submit: (door: SignInDoor, visit: Visit, interaction: Interaction) => Promise<void>
    }
  >
> = {
  login: { prompt: 'login', submit: submitLogin },
  passkey: { prompt: 'login', submit: submitPasskey },
  'new-password': { prompt: newPassword, submit: submitNewPassword },
  consent: { prompt: 'consent', submit: submitConsent },
}

/** The door at `/sign-in/`. */
export function createSignInDoor(door: SignInDoor): Middleware {
  const router = new Router()
  router.get(
    '/sign-in/:uid',
    within(door, (ctx, interaction) => show(door, ctx, interaction)),
  )
  for (const [form, { prompt, submit }] of Object.entries(forms)) {
    router.post(
      `/sign-in/:uid/${form}`,
      within(door, (ctx, interaction) => {
        if (interaction.prompt.name !== prompt) return toDueStep(ctx, interaction)
        return submit(door, visit(door, ctx), interaction)
      }),
    )
  }
  for (const form of secondFactorForms) {
    router.post(
      `/sign-in/:uid/${form}`,
      within(door, (ctx, interaction) => submitSecondFactorForm(door, visit(door, ctx), interaction, form)),
    )
  }
  router.post(
    '/sign-in/:uid/new-recovery-codes',
    within(door, (ctx, interaction) => submitNewCodes(door, visit(door, ctx), interaction)),
  )
  router.post(
    '/sign-in/:uid/recovery-codes',
    within(door, (ctx, interaction) => downloadCodes(door, visit(door, ctx), interaction)),
  )
  router.post(
    '/sign-in/:uid/switch',
    within(door, (ctx, interaction) => switchAccount(visit(door, ctx), interaction)),
  )
  router.get(
    '/sign-in/:uid/accounts',
    within(door, (ctx, interaction) => showAccounts(door, visit(door, ctx), interaction)),
  )
  router.post(
    '/sign-in/:uid/accounts',
    within(door, (ctx, interaction) => submitAccount(door, visit(door, ctx), interaction)),
  )
  router.post(
    '/sign-in/:uid/cancel',
    within(door, (ctx) =>
      finish(door.provider(), ctx, {
        error: 'access_denied',
        error_description: 'the sign-in was cancelled',
      }),
    ),
  )
  return routesOf(router, '/sign-in/')
}

type Step = (ctx: Context, interaction: Interaction) => Promise<void> | void

/** Every step is one of a sign-in that goes on, in the browser it goes on in. */
function within(door: SignInDoor, step: Step): Middleware {
  return async (ctx) => {
    const interaction = await interactionOf(door.provider(), ctx, String(ctx['params'].uid))
    if (interaction === undefined) door.pages.signInOver(ctx)
    else await step(ctx, interaction)
  }
}

async function show(door: SignInDoor, ctx: Context, interaction: Interaction): Promise<void> {
  switch (interaction.prompt.name) {
    case 'login':
      return showLogin(door, visit(door, ctx), interaction)
    case 'consent':
      return showConsent(door, visit(door, ctx), interaction)
    case secondFactor:
      return showSecondFactorStep(door, visit(door, ctx), interaction)
    case newPassword:
      return showNewPassword(door, visit(door, ctx), interaction)
    case selectAccount:
      return showAccounts(door, visit(door, ctx), interaction)
    default:
      throw new Refusal('invalid_request', 'This sign-in asks for something that is not known here.')
  }
}

function toDueStep(ctx: Context, interaction: Interaction): void {
  ctx.status = 303
  ctx.redirect(`/sign-in/${interaction.uid}`)
}

function visit(door: SignInDoor, ctx: Context): { ctx: Context; act: Act; provider: Provider } {
  return {
    ctx,
    provider: door.provider(),
    act: {
      actor: { type: 'anonymous' },
      now: door.now(),
      requestId: ctx.state['requestId'],
      address: ctx.state['address'],
      userAgent: ctx.get('user-agent') || undefined,
    },
  }
}
