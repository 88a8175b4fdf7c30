/** The sign-in methods: what there is, and how each is set up, changed and removed. */
import { forgetDevice, forgetDevices, listDevices } from '../../domain/devices/devices.ts'
import {
  listPasskeys,
  maxPasskeys,
  passkeyName,
  removePasskey,
  renamePasskey,
} from '../../domain/second-factors/passkeys.ts'
import { replaceRecoveryCodes } from '../../domain/second-factors/recovery-codes.ts'
import { enrolledFactors } from '../../domain/second-factors/second-factors.ts'
import { beginTotpEnrolment, confirmTotpEnrolment } from '../../domain/second-factors/totp-enrolment.ts'
import { findTotp, removeTotp } from '../../domain/second-factors/totp.ts'
import {
  addPasskeyPage,
  appSetupPage,
  newCodesPage,
  passkeyPage,
  removeAppPage,
} from '../../../views/account/factor-pages.ts'
import type { AddPasskeyProblem, AppSetupProps } from '../../../views/account/factor-pages.ts'
import { securityPage } from '../../../views/account/security-page.ts'
import type { PasskeyView } from '../../../views/account/security-page.ts'
import { fillText } from '../../../views/messages/messages.ts'
import { drawQrCode } from '../qr-code.ts'
import { sendRecoveryCodesFile } from '../recovery-codes-file.ts'
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
  const outcome = await confirmTotpEnrolment(door.db, door.seal, first, act)
  if (outcome !== 'confirmed') return renderAppSetup(visit, outcome)
  const { recoveryCodesLeft } = await enrolledFactors(door.db, account.id)
  if (recoveryCodesLeft > 0) return goTo(visit, here, 'totp')
  return showNewCodes(visit)
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
  if ((await removeTotp(door.db, { accountId: account.id }, act)) === 'not_found') throw nothingHere()
  return goTo(visit, here, 'totp_removed')
}

/** Makes new recovery codes and shows them, this once. */
export async function makeRecoveryCodes(visit: Visit): Promise<void> {
  const { door, ctx } = visit
  await formOf(visit)
  if (await door.own.requireFresh(ctx, { returnTo: here })) await showNewCodes(visit)
}

/** Answers the codes that a page has just shown as a file. */
export async function downloadRecoveryCodes(visit: Visit): Promise<void> {
  const { fields } = await formOf(visit)
  const { brand, messages } = frameOf(visit)
  const { fileHeading, fileExplanation } = messages.recoveryCodes
  sendRecoveryCodesFile(visit.ctx, {
    codes: fields['codes'],
    heading: fillText(fileHeading, { account: visit.account.email, brand: brand.name }),
    explanation: fileExplanation,
  })
}

/** Shows the form with which a passkey is added. */
export function showAddPasskey(visit: Visit): Promise<void> {
  return renderAddPasskey(visit, undefined)
}

/** Takes a new passkey. */
export async function addPasskey(visit: Visit): Promise<void> {
  const { door, ctx, account, session, act } = visit
  const { fields } = await formOf(visit)
  if (!(await door.own.requireFresh(ctx))) return
  if (door.passkeys === undefined) throw nothingHere()
  const name = nameIn(fields)
  if (name === undefined && (fields['name'] ?? '') !== '') return renderAddPasskey(visit, 'name')
  const made = await door.passkeys.add(
    {
      accountId: account.id,
      place: session.sid,
      credential: fields['credential'] ?? '',
      ...(name !== undefined && { name }),
    },
    act,
  )
  if (made.outcome !== 'registered') return renderAddPasskey(visit, made.outcome)
  const { recoveryCodesLeft } = await enrolledFactors(door.db, account.id)
  if (recoveryCodesLeft > 0) return goTo(visit, here, 'passkey')
  return showNewCodes(visit)
}

/** Shows one passkey. */
export async function showPasskey(visit: Visit): Promise<void> {
  show(visit, passkeyPage(frameOf(visit), { passkey: await passkeyOf(visit) }))
}

/** Gives a passkey another name. */
export async function rename(visit: Visit): Promise<void> {
  const { door, account, act } = visit
  const { fields } = await formOf(visit)
  const passkey = await passkeyOf(visit)
  const name = nameIn(fields)
  if (name === undefined) {
    return show(visit, passkeyPage(frameOf(visit), { passkey, isNameInvalid: true }), 400)
  }
  const outcome = await renamePasskey(door.db, { accountId: account.id, id: passkey.id, name }, act)
  if (outcome === 'not_found') throw nothingHere()
  return goTo(visit, here, 'passkey_renamed')
}

/** Removes a passkey. */
export async function remove(visit: Visit): Promise<void> {
  const { door, ctx, account, act } = visit
  await formOf(visit)
  const { id } = await passkeyOf(visit)
  if (!(await door.own.requireFresh(ctx, { returnTo: `${here}/passkeys/${id}` }))) return
  const outcome = await removePasskey(door.db, { accountId: account.id, id }, act)
  if (outcome === 'not_found') throw nothingHere()
  return goTo(visit, here, 'passkey_removed')
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

async function showNewCodes(visit: Visit): Promise<void> {
  const { door, account, act } = visit
  const codes = await replaceRecoveryCodes(door.db, { accountId: account.id }, act)
  show(visit, newCodesPage(frameOf(visit), { codes }))
}

async function renderAddPasskey(visit: Visit, problem: AddPasskeyProblem | undefined): Promise<void> {
  const { door, account, session, act } = visit
  if (door.passkeys === undefined) throw nothingHere()
  const owner = { accountId: account.id, place: session.sid }
  const names = { name: account.email, displayName: account.claims.name ?? account.email }
  const options = await door.passkeys.askToAdd({ ...owner, ...names }, act)
  const page = addPasskeyPage(frameOf(visit), { options, most: maxPasskeys, problem })
  show(visit, page, problem === undefined ? 200 : 400)
}

async function passkeyOf({ door, ctx, account }: Visit): Promise<PasskeyView> {
  const passkeys = await listPasskeys(door.db, account.id)
  const passkey = passkeys.find(({ id }) => id === ctx['params'].id)
  if (passkey === undefined) throw nothingHere()
  return passkey
}

function nameIn(fields: Readonly<Record<string, string>>): string | undefined {
  const parsed = passkeyName.safeParse((fields['name'] ?? '').trim())
  return parsed.success ? parsed.data : undefined
}
