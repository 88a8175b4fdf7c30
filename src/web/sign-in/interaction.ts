import type { Context } from 'koa'
import { errors } from 'oidc-provider'
import type { InteractionResults, Provider } from 'oidc-provider'
import { otherAccount } from '../../oidc/prompts.ts'
import { selectAccount } from '../../oidc/select-account.ts'

/** The authorization request that a browser is in the middle of. */
export type Interaction = Awaited<ReturnType<Provider['interactionDetails']>>

/**
 * The interaction this page belongs to. The address names it and the browser's cookie proves it (T15): a stranger's
 * interaction, a finished one and none at all are the same: undefined.
 */
export async function interactionOf(
  provider: Provider,
  ctx: Context,
  uid: string,
): Promise<Interaction | undefined> {
  const interaction = await provider.interactionDetails(ctx.req, ctx.res).catch((error: unknown) => {
    if (error instanceof errors.SessionNotFound) return undefined
    throw error
  })
  return interaction?.uid === uid ? interaction : undefined
}

/** Gives the library the outcome of a page and sends the browser back to it (303: RFC 9700 §4.12). */
export async function finish(provider: Provider, ctx: Context, result: InteractionResults): Promise<void> {
  const returnTo = await provider.interactionResult(ctx.req, ctx.res, result, {
    mergeWithLastSubmission: true,
  })
  ctx.status = 303
  ctx.redirect(returnTo)
}

/**
 * Not this person: the same request goes on without what it knew of them, and asks who it is. `loginHint` is whom they say
 * they are instead, to be filled in.
 */
export async function askWhoItIs(
  provider: Provider,
  ctx: Context,
  interaction: Interaction,
  loginHint?: string,
): Promise<void> {
  const { login_hint: _login, id_token_hint: _idToken, ...params } = interaction.params
  interaction.params = { ...params, ...(loginHint !== undefined && { login_hint: loginHint }) }
  await interaction.persist()
  // Not merged with what was submitted before: that is the sign-in which is given up.
  const result = { [otherAccount]: true, [selectAccount]: {} }
  const returnTo = await provider.interactionResult(ctx.req, ctx.res, result, {
    mergeWithLastSubmission: false,
  })
  ctx.status = 303
  ctx.redirect(returnTo)
}
