/**
 * RFC 8252 §8.6: an app on a person's device that keeps no secret, and is called back where any other app could be, may be
 * anybody. Nothing that was agreed to before, and no word of ours that it is our own, lets such a request pass without the
 * person (ASVS 10.7.1).
 */
import type { KoaContextWithOIDC, interactionPolicy } from 'oidc-provider'
import { isLoopbackHost } from '../platform/exact-url.ts'
import { textParameter } from './request-state.ts'

/** Whether who asks cannot be told from another app on the same device. */
export function isAnonymousApp({ oidc }: KoaContextWithOIDC): boolean {
  const { client, issuer } = oidc
  if (client === undefined) return true
  const keepsNoSecret = client.applicationType === 'native' || client.clientAuthMethod === 'none'
  if (!keepsNoSecret) return false
  const url = URL.parse(textParameter(oidc.params, 'redirect_uri') ?? '')
  // Our own pages are called back at our own address, which is plain http while the server is tried on one machine.
  if (url === null || url.origin === issuer) return url === null
  // An https address is claimed by its owner (§7.2), and PKCE is required of every client of this kind.
  return url.protocol !== 'https:' || isLoopbackHost(url.hostname)
}

/** The library asks for every native app; here, for those of which it cannot be told who they are. */
export function askForAnonymousApps(policy: interactionPolicy.DefaultPolicy): void {
  const check = policy.get('consent')?.checks.get('native_client_prompt')
  if (check === undefined) throw new Error('the library has no check native_client_prompt')
  check.check = (ctx) => ctx.oidc.result?.consent === undefined && isAnonymousApp(ctx)
}
