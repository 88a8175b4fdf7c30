import type { Context } from 'koa'
import { providerContext } from '../oidc/request-state.ts'

/**
 * Whose sign-in the protocol finished with this request, if any. Only with the code in hand is it finished: before it, a
 * second factor may have been due.
 */
export function whoFinishedSigningIn(ctx: Context): string | undefined {
  if (!('oidc' in ctx)) return undefined
  const { oidc } = providerContext(ctx)
  const { AuthorizationCode: code, DeviceCode: deviceCode } = oidc.entities
  const isInHand = code !== undefined || deviceCode?.accountId !== undefined
  if (oidc.result?.login === undefined || !isInHand) return undefined
  return oidc.session?.accountId
}
