import { levelOf, strongerOf } from '../../domain/second-factors/levels.ts'
import type { AuthenticationLevel } from '../../domain/second-factors/levels.ts'
import type { Database } from '../../platform/db/open.ts'
import { Refusal } from '../../platform/errors.ts'
import { joinTransaction } from '../../oidc/join.ts'
import { secondFactor } from '../../oidc/second-factor.ts'
import { rememberBrowser } from '../device-cookie.ts'
import type { Visit } from './consent.ts'
import type { Interaction } from './interaction.ts'

/** What was proven beside what the session knows already. */
export interface MoreProof {
  readonly accountId: string
  /** RFC 8176. */
  readonly amr: readonly string[]
  readonly acr: AuthenticationLevel
  /** Until when this device is to stand for a second factor. */
  readonly trustUntil?: Date | undefined
}

/**
 * Gives the library what was proven, and returns where the sign-in goes on; the session takes another id there (T22). It is
 * still the same sign-in: `auth_time` stays what it was, and what only the password says is added to, never replaced.
 */
export async function addProof(
  db: Database,
  { ctx, act, provider }: Visit,
  interaction: Interaction,
  { accountId, amr, acr, trustUntil }: MoreProof,
): Promise<string> {
  const session = await provider.Session.findByUid(interaction.session?.uid ?? '')
  if (session?.accountId !== accountId) {
    throw new Refusal('invalid_request', 'This sign-in cannot go on. Go back to the app and start again.')
  }
  const before = session.amr ?? []
  const login = {
    accountId,
    acr: strongerOf(levelOf(session.acr), acr) ?? acr,
    amr: [...new Set([...before, ...amr, ...(before.length > 0 ? ['mfa'] : [])])],
    ...(session.loginTs !== undefined && { ts: session.loginTs }),
  }
  return joinTransaction(db, async (trx) => {
    if (trustUntil !== undefined) {
      const byAccount = { ...act, actor: { type: 'account', id: accountId } as const }
      await rememberBrowser(trx, { ctx, accountId, trustUntil }, byAccount)
    }
    const result = { login, [secondFactor]: { amr: [...amr] } }
    const returnTo = await provider.interactionResult(ctx.req, ctx.res, result, {
      mergeWithLastSubmission: true,
    })
    return pathOf(returnTo)
  })
}

/** Where a sign-in goes on whose second factor was proven already; undefined while it was not. */
export function wayOn(interaction: Interaction): string | undefined {
  return interaction.result?.[secondFactor] === undefined ? undefined : pathOf(interaction.returnTo)
}

/** Sends the browser on (303: RFC 9700 §4.12). */
export function goOn({ ctx }: Pick<Visit, 'ctx'>, path: string): void {
  ctx.status = 303
  ctx.redirect(path)
}

function pathOf(url: string): string {
  const { pathname, search } = new URL(url)
  return `${pathname}${search}`
}
