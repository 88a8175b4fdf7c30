/** Recovery codes: made, shown this once, and answered as a file. */
import { replaceRecoveryCodes } from '../../domain/second-factors/recovery-codes.ts'
import { enrolledFactors } from '../../domain/second-factors/second-factors.ts'
import type { DoneCode } from '../../../views/account/account-layout.ts'
import { newCodesPage } from '../../../views/account/factor-pages.ts'
import { fillText } from '../../../views/messages/messages.ts'
import { sendRecoveryCodesFile } from '../recovery-codes-file.ts'
import { formOf, frameOf, goTo, show } from './door.ts'
import type { Visit } from './door.ts'

const here = '/account/security'

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

/** After a second factor was added: whoever has no recovery codes yet gets some with it. */
export async function goOnOrShowCodes(visit: Visit, done: DoneCode): Promise<void> {
  const { recoveryCodesLeft } = await enrolledFactors(visit.door.db, visit.account.id)
  return recoveryCodesLeft > 0 ? goTo(visit, here, done) : showNewCodes(visit)
}

async function showNewCodes(visit: Visit): Promise<void> {
  const { door, account, act } = visit
  const codes = await replaceRecoveryCodes(door.db, { accountId: account.id }, act)
  show(visit, newCodesPage(frameOf(visit), { codes }))
}
