/**
 * Which page comes next. The only dispatcher of the sign-in flow: pages never route to one another, they answer and come
 * back here, and the checks below decide again from what is known then.
 */
import { interactionPolicy } from 'oidc-provider'
import type { KoaContextWithOIDC } from 'oidc-provider'

const { Check, base } = interactionPolicy

/** The library's policy, with our own reasons to ask for a sign-in. */
export function createPromptPolicy(sessionLifetimeSeconds: number): interactionPolicy.DefaultPolicy {
  const policy = base()
  const login = policy.get('login')
  if (login === undefined) throw new Error('the library has no login prompt')
  login.checks.add(
    // A disabled or deleted account has no account object; nothing after this check may be reached with it.
    new Check('account_unavailable', 'End-User authentication is required', 'login_required', ({ oidc }) => {
      return oidc.session?.accountId !== undefined && oidc.account === undefined
    }),
  )
  login.checks.add(
    // ASVS 7.3.2: however busy a session is, it ends.
    new Check('session_too_old', 'End-User authentication is required', 'login_required', (ctx) =>
      isSessionTooOld(ctx, sessionLifetimeSeconds),
    ),
  )
  return policy
}

function isSessionTooOld({ oidc }: KoaContextWithOIDC, lifetimeSeconds: number): boolean {
  const { session } = oidc
  if (session?.accountId === undefined || oidc.result?.login !== undefined) return false
  return session.past(lifetimeSeconds)
}
