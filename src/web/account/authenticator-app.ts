/**
 * The authenticator app: how it is set up, and removed. Either way devices that stood for a second factor do so no more: whoever
 * was remembered proved the one before.
 */
import { distrustDevices } from '../../domain/devices/devices.ts'
import { beginTotpEnrolment, confirmTotpEnrolment } from '../../domain/second-factors/totp-enrolment.ts'
import { removeTotp } from '../../domain/second-factors/totp.ts'
import { inTransaction } from '../../platform/db/transaction.ts'
import { appSetupPage, removeAppPage } from '../../../views/account/factor-pages.ts'
import type { AppSetupProps } from '../../../views/account/factor-pages.ts'
import { drawQrCode } from '../qr-code.ts'
import { formOf, frameOf, goTo, nothingHere, show } from './door.ts'
import type { Visit } from './door.ts'
import { goOnOrShowCodes } from './recovery-codes.ts'

/** Shows what an authenticator app is set up with; asked for again, it is the same. */
export function showAppSetup(visit: Visit): Promise<void> {
  return renderAppSetup(visit, undefined)
}

/** Takes the first code of an app. Whoever has no recovery codes yet gets some with it. */
export async function submitAppSetup(visit: Visit): Promise<void> {
  const { door, ctx, account, act } = visit
  const { fields } = await formOf(visit)
  if (!(await door.own.requireFresh(ctx))) return
  const first = { accountId: account.id, enrolmentId: enrolmentOf(visit), code: fields['code'] ?? '' }
  const outcome = await inTransaction(door.db, async (trx) => {
    const confirmed = await confirmTotpEnrolment(trx, door.seal, first, act)
    if (confirmed === 'confirmed') await distrustDevices(trx, { accountId: account.id })
    return confirmed
  })
  if (outcome !== 'confirmed') return renderAppSetup(visit, outcome)
  return goOnOrShowCodes(visit, 'totp')
}

/** Asks before the app is removed. */
export function askToRemoveApp(visit: Visit): void {
  show(visit, removeAppPage(frameOf(visit)))
}

/** Removes the app. */
export async function removeApp(visit: Visit): Promise<void> {
  const { door, ctx, account, act } = visit
  await formOf(visit)
  if (!(await door.own.requireFresh(ctx))) return
  const owner = { accountId: account.id }
  await inTransaction(door.db, async (trx) => {
    if ((await removeTotp(trx, owner, act)) === 'not_found') throw nothingHere()
    await distrustDevices(trx, owner)
  })
  return goTo(visit, '/account/security', 'totp_removed')
}

async function renderAppSetup(visit: Visit, problem: AppSetupProps['problem']): Promise<void> {
  const { door, account, act } = visit
  const frame = frameOf(visit)
  const names = { accountId: account.id, issuer: frame.brand.name, accountName: account.email }
  const begun = await beginTotpEnrolment(
    door.db,
    door.seal,
    { ...names, enrolmentId: enrolmentOf(visit) },
    act,
  )
  const props = {
    enrolmentId: begun.enrolmentId,
    drawing: drawQrCode(begun.otpauthUrl),
    key: begun.secretBase32,
    problem,
  }
  show(visit, appSetupPage(frame, props), problem === undefined ? 200 : 400)
}

/** One for each session, so that nobody goes on with what somebody else began. */
function enrolmentOf({ session }: Visit): string {
  return `enr_${session.sid}`
}
