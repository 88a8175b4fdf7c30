import type { Account as ProviderAccount } from 'oidc-provider'
import { claimsOfAccount, claimsOfScope } from '../domain/accounts/claims.ts'
import type { Account } from '../domain/accounts/account.ts'

/** The OIDC scopes with the claims each gives (OpenID Connect Core §5.4), as the library wants to know them. */
export function claimsByScope(): Record<string, string[]> {
  const scopes = Object.entries(claimsOfScope).map(([scope, claims]) => [scope, [...claims]] as const)
  // How strongly somebody signed in is worth knowing to every app that signs them in.
  return { openid: ['sub', 'acr', 'amr'], ...Object.fromEntries(scopes) }
}

/** An account as the library sees it: its id, and its claims, which the library filters by what was granted. */
export function providerAccount(account: Account): ProviderAccount {
  const claims = claimsOfAccount(account)
  return { accountId: account.id, claims: async () => ({ ...claims, sub: account.id }) }
}
