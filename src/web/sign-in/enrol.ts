import { z } from 'zod'
import type { Act } from '../../domain/audit/act.ts'
import { amrOfPasskey } from '../../domain/second-factors/passkeys.ts'
import { recoveryCodesLeft, replaceRecoveryCodes } from '../../domain/second-factors/recovery-codes.ts'
import { beginTotpEnrolment, confirmTotpEnrolment } from '../../domain/second-factors/totp-enrolment.ts'
import type { FirstCodeOutcome } from '../../domain/second-factors/totp-enrolment.ts'
import { readForm } from '../../platform/http/form.ts'
import { textParameter } from '../../oidc/request-state.ts'
import { fillText } from '../../../views/messages/messages.ts'
import { enrolPage, newRecoveryCodesPage, recoveryCodeUsedPage } from '../../../views/sign-in/enrol-page.ts'
import type { EnrolProblem } from '../../../views/sign-in/enrol-page.ts'
import { drawQrCode } from '../qr-code.ts'
import { sendRecoveryCodesFile } from '../recovery-codes-file.ts'
import type { Visit } from './consent.ts'
import type { Interaction } from './interaction.ts'
import { addProof, goOn } from './proven.ts'
import type { MoreProof } from './proven.ts'
import type { SecondFactorStep, Standing } from './second-factor-parties.ts'

const codeForm = z.object({ code: z.string().max(100) })
const passkeyForm = z.object({ credential: z.string() })
const codesForm = z.object({ codes: z.string().max(2000) })

/** Shows the page on which a second factor is set up. */
export function showEnrolment(
  step: SecondFactorStep,
  visit: Visit,
  interaction: Interaction,
  standing: Standing,
): Promise<void> {
  return render(step, visit, interaction, { standing })
}

/** Takes the first code of an app: it is the account's from now on, and was proven by it. */
export async function submitFirstCode(
  step: SecondFactorStep,
  visit: Visit,
  interaction: Interaction,
  standing: Standing,
): Promise<void> {
  const input = codeForm.safeParse(await readForm(visit.ctx))
  const again = (problem: EnrolProblem, status: number) =>
    render(step, visit, interaction, { standing, problem, status })
  if (!input.success || input.data.code.trim() === '') return again('wrong_code', 400)
  const { account } = standing
  const act = byAccount(visit.act, account.id)
  const first = { accountId: account.id, enrolmentId: enrolmentOf(interaction), onlyIfNone: true }
  const outcome = await confirmTotpEnrolment(step.db, step.seal, { ...first, code: input.data.code }, act)
  if (outcome !== 'confirmed') return again(problems[outcome], outcome === 'rejected' ? 401 : 400)
  const proof = { accountId: account.id, amr: ['otp'], acr: 'aal2' } as const
  return showNewCodes(step, visit, interaction, proof)
}

/** Takes a new passkey. */
export async function submitNewPasskey(
  step: SecondFactorStep,
  visit: Visit,
  interaction: Interaction,
  standing: Standing,
): Promise<void> {
  const input = passkeyForm.safeParse(await readForm(visit.ctx))
  const again = (problem: EnrolProblem, status: number) =>
    render(step, visit, interaction, { standing, problem, status })
  if (!input.success || step.passkeys === undefined) return again('passkey_not_added', 400)
  const { account, enrolled, onlyPasskey } = standing
  const owner = { accountId: account.id, place: interaction.uid, onlyIfNone: !onlyPasskey }
  const made = await step.passkeys.add({ ...owner, ...input.data }, byAccount(visit.act, account.id))
  if (made.outcome === 'expired') return again('passkey_expired', 400)
  if (made.outcome !== 'registered') return again('passkey_not_added', 400)
  const proof: MoreProof = {
    accountId: account.id,
    amr: amrOfPasskey({ ...made.passkey, userVerified: made.userVerified }),
    acr: made.userVerified ? 'phr' : 'aal2',
  }
  if (enrolled.recoveryCodesLeft === 0) return showNewCodes(step, visit, interaction, proof)
  return goOn(visit, await addProof(step.db, visit, interaction, proof))
}

/** Says how many recovery codes are left after one was used, and offers new ones. */
export async function showRecoveryCodeUsed(
  step: SecondFactorStep,
  { ctx }: Visit,
  interaction: Interaction,
  continueUrl: string,
): Promise<void> {
  const left = await recoveryCodesLeft(step.db, interaction.session?.accountId ?? '')
  const page = recoveryCodeUsedPage({
    ...step.pages.propsFor(ctx, textParameter(interaction.params, 'ui_locales')),
    left,
    replaceAction: `/sign-in/${interaction.uid}/new-recovery-codes`,
    continueUrl,
  })
  step.pages.send(ctx, page)
}

/** Makes new recovery codes for somebody who has just proven a second factor in this sign-in. */
export async function submitNewRecoveryCodes(
  step: SecondFactorStep,
  { ctx, act }: Visit,
  interaction: Interaction,
  continueUrl: string,
): Promise<void> {
  await readForm(ctx)
  const accountId = interaction.session?.accountId ?? ''
  const codes = await replaceRecoveryCodes(step.db, { accountId }, byAccount(act, accountId))
  sendNewCodes(step, { ctx, interaction, codes, continueUrl })
}

/** Answers the codes that a page has just shown as a file. */
export async function submitDownload(
  step: SecondFactorStep,
  { ctx }: Visit,
  interaction: Interaction,
): Promise<void> {
  const input = codesForm.safeParse(await readForm(ctx))
  const account = await step.directory.account(interaction.session?.accountId ?? '')
  const { brand, messages } = step.pages.propsFor(ctx, textParameter(interaction.params, 'ui_locales'))
  const { fileHeading, fileExplanation } = messages.recoveryCodes
  sendRecoveryCodesFile(ctx, {
    codes: input.data?.codes,
    heading: fillText(fileHeading, { account: account?.email ?? '', brand: brand.name }),
    explanation: fileExplanation,
  })
}

async function showNewCodes(
  step: SecondFactorStep,
  visit: Visit,
  interaction: Interaction,
  proof: MoreProof,
): Promise<void> {
  const { accountId } = proof
  const codes = await replaceRecoveryCodes(step.db, { accountId }, byAccount(visit.act, accountId))
  const continueUrl = await addProof(step.db, visit, interaction, proof)
  sendNewCodes(step, { ctx: visit.ctx, interaction, codes, continueUrl })
}

function sendNewCodes(
  { pages }: SecondFactorStep,
  shown: Pick<Visit, 'ctx'> & {
    readonly interaction: Interaction
    readonly codes: readonly string[]
    readonly continueUrl: string
  },
): void {
  const { ctx, interaction, codes, continueUrl } = shown
  const page = newRecoveryCodesPage({
    ...pages.propsFor(ctx, textParameter(interaction.params, 'ui_locales')),
    codes,
    continueUrl,
    downloadAction: `/sign-in/${interaction.uid}/recovery-codes`,
  })
  pages.send(ctx, page)
}

const problems = {
  rejected: 'wrong_code',
  expired: 'expired',
  limited: 'too_many',
} as const satisfies Record<Exclude<FirstCodeOutcome, 'confirmed'>, EnrolProblem>

interface Shown {
  readonly standing: Standing
  readonly problem?: EnrolProblem
  readonly status?: number
}

async function render(
  step: SecondFactorStep,
  { ctx, act }: Visit,
  interaction: Interaction,
  { standing, problem, status = 200 }: Shown,
): Promise<void> {
  const { account, demanded } = standing
  const props = step.pages.propsFor(ctx, textParameter(interaction.params, 'ui_locales'))
  const names = { issuer: props.brand.name, accountName: account.email, accountId: account.id }
  // Where a passkey is demanded, an app would only lead back here.
  const app =
    demanded === 'phr'
      ? undefined
      : await beginTotpEnrolment(step.db, step.seal, { ...names, enrolmentId: enrolmentOf(interaction) }, act)
  const owner = { accountId: account.id, place: interaction.uid, name: account.email }
  const options = await step.passkeys?.askToAdd(
    { ...owner, displayName: account.claims.name ?? account.email, mustVerifyUser: demanded === 'phr' },
    act,
  )
  const page = enrolPage({
    ...props,
    path: `/sign-in/${interaction.uid}`,
    app: app && {
      enrolmentId: app.enrolmentId,
      key: app.secretBase32,
      drawing: drawQrCode(app.otpauthUrl),
    },
    passkey: options === undefined ? undefined : { options },
    problem,
  })
  step.pages.send(ctx, page, status)
}

/** One for each sign-in, in the browser that it goes on in: nobody else is ever shown the same seed. */
function enrolmentOf({ uid }: Interaction): string {
  return `enr_${uid}`
}

function byAccount(act: Act, id: string): Act {
  return { ...act, actor: { type: 'account', id } }
}
