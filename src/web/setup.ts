import { Router } from '@koa/router'
import type { Context, Middleware } from 'koa'
import { z } from 'zod'
import type { Act } from '../domain/audit/act.ts'
import { newAccount } from '../domain/accounts/create.ts'
import { completeSetup, findSetupLink } from '../domain/accounts/first-administrator.ts'
import { minimumPasswordLengthFor } from '../domain/accounts/password.ts'
import type { JudgeNewPassword } from '../domain/accounts/password-range.ts'
import type { PasswordHasher } from '../domain/accounts/password.ts'
import { budgets } from '../domain/limits/budgets.ts'
import { take } from '../domain/limits/take.ts'
import type { NewId } from '../platform/crypto/random.ts'
import type { Database } from '../platform/db/open.ts'
import { Refusal } from '../platform/errors.ts'
import { addressBucket } from '../platform/http/client-address.ts'
import { readForm } from '../platform/http/form.ts'
import { setupDonePage, setupLinkInvalidPage, setupPage } from '../../views/setup/setup-page.ts'
import type { SetupPageProps, SetupProblem } from '../../views/setup/setup-page.ts'
import type { Pages } from './pages.ts'
import { routesOf } from './routes-of.ts'

/** What the setup door needs. */
export interface SetupDoor {
  readonly db: Database
  readonly hasher: PasswordHasher
  readonly judgeNewPassword: JudgeNewPassword
  readonly pages: Pages
  readonly newId: NewId
  readonly now: () => Date
  readonly contextWords: () => readonly string[]
}

const minimumPasswordLength = minimumPasswordLengthFor({ secondFactorEnforced: false })
const form = z.object({
  email: z.string().max(320),
  name: z.string().max(200),
  password: z.string().max(2000),
})

/** The door behind the one-time link that makes the first administrator (ASVS 6.3.2, 6.4.1). */
export function createSetupDoor(door: SetupDoor): Middleware {
  const router = new Router()
  router.get('/setup/:token', async (ctx) => {
    const link = await usableLink(door, ctx)
    if (link === undefined) return linkInvalid(door, ctx)
    return show(door, ctx, {})
  })
  router.post('/setup/:token', async (ctx) => {
    const { allowed } = await take(door.db, {
      budget: budgets.setup_address,
      key: addressBucket(String(ctx.state['address'])),
    })
    if (!allowed)
      throw new Refusal('rate_limited', 'Too many attempts. Try again in a minute.', {
        retryAfterSeconds: 60,
      })
    return submit(door, ctx)
  })
  return routesOf(router, '/setup/')
}

async function submit(door: SetupDoor, ctx: Context): Promise<void> {
  const input = form.safeParse(await readForm(ctx))
  if ((await usableLink(door, ctx)) === undefined) return linkInvalid(door, ctx)
  if (!input.success) return show(door, ctx, { problem: 'invalid_email' })
  const { email, name, password } = input.data
  const account = newAccount.safeParse({ email, claims: { name: name.trim() } })
  const problem = await problemOf(door, { isValid: account.success, name, password, email })
  if (problem !== undefined || !account.success)
    return show(door, ctx, { email, name, problem: problem ?? 'invalid_email' })
  const outcome = await completeSetup(
    door.db,
    {
      token: tokenOf(ctx),
      id: door.newId('acc'),
      account: account.data,
      passwordHash: await door.hasher.hash(password),
    },
    actOf(door, ctx),
  )
  if (outcome.outcome === 'link_unusable') return linkInvalid(door, ctx)
  if (outcome.outcome !== 'completed') return show(door, ctx, { email, name, problem: 'invalid_email' })
  door.pages.send(ctx, setupDonePage({ ...door.pages.propsFor(ctx), email, continueUrl: '/admin' }))
}

async function problemOf(
  { judgeNewPassword, contextWords }: SetupDoor,
  given: {
    readonly isValid: boolean
    readonly name: string
    readonly password: string
    readonly email: string
  },
): Promise<SetupProblem | undefined> {
  const { name, email, password } = given
  if (name.trim() === '') return 'name_missing'
  if (!given.isValid) return 'invalid_email'
  return judgeNewPassword(password, { email, name, contextWords: contextWords() })
}

function show(
  { pages }: SetupDoor,
  ctx: Context,
  again: Pick<SetupPageProps, 'email' | 'name' | 'problem'>,
): void {
  const page = setupPage({ ...pages.propsFor(ctx), ...again, action: ctx.path, minimumPasswordLength })
  pages.send(ctx, page, again.problem === undefined ? 200 : 400)
}

function linkInvalid({ pages }: SetupDoor, ctx: Context): void {
  pages.send(ctx, setupLinkInvalidPage(pages.propsFor(ctx)), 410)
}

function usableLink({ db, now }: SetupDoor, ctx: Context) {
  return findSetupLink(db, tokenOf(ctx), now())
}

function tokenOf(ctx: Context): string {
  return String(ctx['params'].token).slice(0, 200)
}

function actOf({ now }: SetupDoor, ctx: Context): Act {
  return {
    actor: { type: 'anonymous' },
    now: now(),
    requestId: ctx.state['requestId'],
    address: ctx.state['address'],
    userAgent: ctx.get('user-agent') || undefined,
  }
}
