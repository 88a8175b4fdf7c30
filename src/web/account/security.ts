/** The sign-in methods there are, and the devices that are known. */
import { forgetDevice, forgetDevices, listDevices } from '../../domain/devices/devices.ts'
import { listPasskeys } from '../../domain/second-factors/passkeys.ts'
import { enrolledFactors } from '../../domain/second-factors/second-factors.ts'
import { findTotp } from '../../domain/second-factors/totp.ts'
import { securityPage } from '../../../views/account/security-page.ts'
import { formOf, frameOf, goTo, nothingHere, show } from './door.ts'
import type { Visit } from './door.ts'

const here = '/account/security'

/** Shows all of them. */
export async function showSecurity(visit: Visit): Promise<void> {
  const { door, account, act } = visit
  const factors = await enrolledFactors(door.db, account.id)
  const props = {
    passwordChangedAt: account.hasPassword ? (account.passwordChangedAt ?? account.createdAt) : undefined,
    app: await findTotp(door.db, account.id),
    passkeys: await listPasskeys(door.db, account.id),
    hasPasskeys: door.passkeys !== undefined,
    recoveryCodesLeft: factors.recoveryCodesLeft,
    devices: await listDevices(door.db, account.id, act.now),
  }
  show(visit, securityPage(frameOf(visit), props))
}

/** Forgets one device. */
export async function forget(visit: Visit): Promise<void> {
  const { door, ctx, account, act } = visit
  await formOf(visit)
  const device = { accountId: account.id, id: String(ctx['params'].id) }
  if ((await forgetDevice(door.db, device, act)) === 'not_found') throw nothingHere()
  return goTo(visit, here, 'device')
}

/** Forgets all devices. */
export async function forgetAll(visit: Visit): Promise<void> {
  const { door, account, act } = visit
  await formOf(visit)
  await forgetDevices(door.db, { accountId: account.id }, act)
  return goTo(visit, here, 'devices')
}
