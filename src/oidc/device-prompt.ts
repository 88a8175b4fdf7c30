/**
 * RFC 8628 §5.4: a person can be talked into typing the code of somebody else's device. So what a device gets is asked about
 * each time, with the code to be compared, whatever was agreed to before and whoever operates the app.
 */
import { interactionPolicy } from 'oidc-provider'
import type { KoaContextWithOIDC } from 'oidc-provider'
import { z } from 'zod'

/** The member of an interaction's result that says who confirmed the device. */
export const deviceConfirmation = 'device'

const confirmation = z.object({ accountId: z.string() })

/** Whether this account, and no other, confirmed the device on the page that was answered. */
export function isConfirmedBy({ oidc }: KoaContextWithOIDC, accountId: string): boolean {
  const { result } = oidc
  if (result?.consent === undefined) return false
  return confirmation.safeParse(result[deviceConfirmation]).data?.accountId === accountId
}

/** Asks on the page of the consent, which shows the device then. */
export function askForDevices(policy: interactionPolicy.DefaultPolicy): void {
  const consent = policy.get('consent')
  if (consent === undefined) throw new Error('the library has no consent prompt')
  consent.checks.add(
    new interactionPolicy.Check(
      'device_unconfirmed',
      'the device was not confirmed',
      'interaction_required',
      (ctx) => isForDevice(ctx) && !isConfirmedBy(ctx, ctx.oidc.session?.accountId ?? ''),
    ),
  )
}

/** Whether what is asked for goes to another device than the one that the person sits at. */
export function isForDevice({ oidc }: KoaContextWithOIDC): boolean {
  return oidc.deviceCode !== undefined
}
