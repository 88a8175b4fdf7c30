import type { KoaContextWithOIDC } from 'oidc-provider'
import { answeredError } from '../oidc/request-state.ts'

/**
 * The client that the library has authenticated at its introspection endpoint, or undefined. It answers only those; for a
 * JWT it refuses with a code of its own, and only after authentication too.
 */
export function authenticatedCaller(ctx: KoaContextWithOIDC): string | undefined {
  const { client } = ctx.oidc
  const isAnswered = ctx.status === 200
  const isRefusedJwt = ctx.status === 400 && answeredError(ctx) === 'unsupported_token_type'
  if (client === undefined || (!isAnswered && !isRefusedJwt)) return undefined
  return client.clientId
}

/** Whether it has proved who it is: a public client only says so. */
export function isProvenCaller(ctx: KoaContextWithOIDC): boolean {
  return ctx.oidc.client !== undefined && ctx.oidc.client.clientAuthMethod !== 'none'
}
