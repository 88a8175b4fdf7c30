import type { Configuration } from 'oidc-provider'
import type { PolicySettings } from '../config.ts'

/** How long everything lives, in seconds. What is made gets the lifetime that is in force at that moment. */
export function lifetimes(policy: () => PolicySettings, now: () => Date): NonNullable<Configuration['ttl']> {
  return {
    // OAuth 2.1 §4.1.2: codes live at most minutes; FAPI 2.0 says at most 60 seconds.
    AuthorizationCode: 60,
    // RFC 8628 §6.1: long enough to find a browser and sign in, short enough that few codes wait to be guessed.
    DeviceCode: 600,
    AccessToken: (_ctx, token) => token.resourceServer?.accessTokenTTL ?? 600,
    ClientCredentials: (_ctx, token) => token.resourceServer?.accessTokenTTL ?? 600,
    IdToken: () => policy().idTokenLifetimeSeconds,
    // A rotated refresh token inherits its family's end, so that no family lives for ever (ASVS 10.4.8).
    RefreshToken: (ctx) =>
      ctx?.oidc?.entities.RotatedRefreshToken?.remainingTTL ?? policy().refreshTokenLifetimeSeconds,
    // Nothing extends a grant while tokens are refreshed, so it outlives the longest of them.
    Grant: () => {
      const { refreshTokenLifetimeSeconds, sessionLifetimeSeconds } = policy()
      return Math.max(refreshTokenLifetimeSeconds, sessionLifetimeSeconds) + 86400
    },
    Interaction: 1800,
    // Idle time slides with each visit; the absolute lifetime counts from the sign-in and does not (ASVS 7.3).
    Session: (_ctx, session) => {
      const { sessionIdleSeconds, sessionLifetimeSeconds } = policy()
      const seconds = Math.floor(now().getTime() / 1000)
      const age = seconds - (session.loginTs ?? seconds)
      return Math.max(1, Math.min(sessionIdleSeconds, sessionLifetimeSeconds - age))
    },
  }
}
