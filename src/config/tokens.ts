/** Tokens and sessions: how long they live, and how many of them. */
import type { z } from 'zod'
import { rateOrNone } from '../platform/rate.ts'
import { flag, seconds } from './kinds.ts'

/** Its variables. */
export const tokenVariables = {
  SESSION_IDLE_SECONDS: seconds(3600, 60, 30 * 86400),
  SESSION_LIFETIME_SECONDS: seconds(86400, 300, 30 * 86400),
  REFRESH_TOKEN_LIFETIME_SECONDS: seconds(30 * 86400, 3600, 365 * 86400),
  ID_TOKEN_LIFETIME_SECONDS: seconds(3600, 60, 86400),
  DPOP_NONCE_REQUIRED: flag,
  TOKEN_RATE_LIMIT: rateOrNone,
}

type TokenEnvironment = z.output<z.ZodObject<typeof tokenVariables>>

/** What they say. */
export function tokenSettings(env: TokenEnvironment) {
  return { dpopNonceRequired: env.DPOP_NONCE_REQUIRED }
}

/** What they say that can change while the server runs. */
export function tokenPolicy(env: TokenEnvironment) {
  return {
    sessionIdleSeconds: env.SESSION_IDLE_SECONDS,
    sessionLifetimeSeconds: env.SESSION_LIFETIME_SECONDS,
    refreshTokenLifetimeSeconds: env.REFRESH_TOKEN_LIFETIME_SECONDS,
    idTokenLifetimeSeconds: env.ID_TOKEN_LIFETIME_SECONDS,
    tokenRateLimit: env.TOKEN_RATE_LIMIT,
  }
}

/** What is wrong with them. */
export function tokenProblems(env: TokenEnvironment): string[] {
  return env.SESSION_IDLE_SECONDS > env.SESSION_LIFETIME_SECONDS
    ? ['SESSION_IDLE_SECONDS: cannot be longer than SESSION_LIFETIME_SECONDS']
    : []
}
