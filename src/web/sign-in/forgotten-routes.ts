/**
 * The pages around mailed links: those that ask for one, and those that one leads to. A link's page needs no sign-in and no
 * cookie; it may be opened in another browser than the one that asked, and gives that browser nothing but its one page.
 */
import { Router } from '@koa/router'
import type { Context, Middleware } from 'koa'
import type { Provider } from 'oidc-provider'
import { linkPaths } from '../../domain/accounts/one-time-links.ts'
import type { LinkPurpose } from '../../domain/accounts/one-time-links.ts'
import type { Act } from '../../domain/audit/act.ts'
import { textParameter } from '../../oidc/request-state.ts'
import { routesOf } from '../routes-of.ts'
import { showForgotten, submitForgotten } from './forgotten.ts'
import type { MailRequestVisit } from './forgotten.ts'
import { showReset, submitReset } from './forgotten-reset.ts'
import type { LinkVisit } from './forgotten-reset.ts'
import { rememberSignIn } from './forgotten-resume.ts'
import { interactionOf } from './interaction.ts'
import { showSignUp, submitSignUp } from './sign-up.ts'
import type { SignUpStep } from './sign-up.ts'
import { showWelcome, submitWelcome } from './sign-up-complete.ts'
import type { WelcomeStep } from './sign-up-complete.ts'
import { showEmailChange, showVerification, submitEmailChange, submitVerification } from './verify-email.ts'

/** What the pages need. */
export interface MailedLinksDoor extends SignUpStep, WelcomeStep {
  readonly provider: () => Provider
  readonly now: () => Date
}

/** The doors at `/forgotten-password`, `/link/`, and two below `/sign-in/` that go on where they know the address. */
export function createMailedLinksDoors(door: MailedLinksDoor): Middleware[] {
  return [
    routesOf(requestRoutes(door), '/sign-in/'),
    routesOf(standaloneRoutes(door), '/forgotten-password'),
    routesOf(linkRoutes(door), '/link/'),
  ]
}

function requestRoutes(door: MailedLinksDoor): Router {
  const router = new Router()
  const steps = [
    ['/sign-in/:uid/forgotten', showForgotten, submitForgotten],
    ['/sign-in/:uid/sign-up', showSignUp, submitSignUp],
  ] as const
  for (const [path, show, submit] of steps) {
    router.get(
      path,
      withinSignIn(door, (visit) => show(door, visit)),
    )
    router.post(
      path,
      withinSignIn(door, (visit) => submit(door, visit)),
    )
  }
  return router
}

/** For those who come by a mail or from a page that is over. */
function standaloneRoutes(door: MailedLinksDoor): Router {
  const router = new Router()
  const visitOf = (ctx: Context): MailRequestVisit => {
    return { ctx, act: actOf(door, ctx), props: door.pages.propsFor(ctx), backUrl: undefined }
  }
  router.get('/forgotten-password', (ctx) => showForgotten(door, visitOf(ctx)))
  router.post('/forgotten-password', (ctx) => submitForgotten(door, visitOf(ctx)))
  return router
}

function linkRoutes(door: MailedLinksDoor): Router {
  const router = new Router()
  const at = (
    purpose: LinkPurpose,
    show: (visit: LinkVisit) => Promise<void>,
    submit: (visit: LinkVisit) => Promise<void>,
  ): void => {
    const path = `${linkPaths[purpose]}:token`
    router.get(path, (ctx) => show(linkVisit(door, ctx)))
    router.post(path, (ctx) => submit(linkVisit(door, ctx)))
  }
  at(
    'reset_password',
    (visit) => showReset(door, visit),
    (visit) => submitReset(door, visit),
  )
  for (const purpose of ['sign_up', 'invitation'] as const) {
    at(
      purpose,
      (visit) => showWelcome(door, { ...visit, purpose }),
      (visit) => submitWelcome(door, { ...visit, purpose }),
    )
  }
  at(
    'verify_email',
    (visit) => showVerification(door, visit),
    (visit) => submitVerification(door, visit),
  )
  at(
    'change_email',
    (visit) => showEmailChange(door, visit),
    (visit) => submitEmailChange(door, visit),
  )
  return router
}

/** Only in the browser that the sign-in goes on in (T15); the page behind the link leads back to it. */
function withinSignIn(
  door: MailedLinksDoor,
  step: (visit: MailRequestVisit) => Promise<void> | void,
): Middleware {
  return async (ctx) => {
    const uid = String(ctx['params'].uid)
    const interaction = await interactionOf(door.provider(), ctx, uid)
    if (interaction === undefined) return door.pages.signInOver(ctx)
    rememberSignIn(ctx, uid)
    const props = door.pages.propsFor(ctx, textParameter(interaction.params, 'ui_locales'))
    await step({ ctx, act: actOf(door, ctx), props, backUrl: `/sign-in/${uid}` })
  }
}

function linkVisit(door: MailedLinksDoor, ctx: Context): LinkVisit {
  return { ctx, act: actOf(door, ctx), token: String(ctx['params'].token).slice(0, 200) }
}

function actOf({ now }: MailedLinksDoor, ctx: Context): Act {
  return {
    actor: { type: 'anonymous' },
    now: now(),
    requestId: ctx.state['requestId'],
    address: ctx.state['address'],
    userAgent: ctx.get('user-agent') || undefined,
  }
}
