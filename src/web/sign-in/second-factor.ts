import { z } from 'zod'
import type { Act } from '../../domain/audit/act.ts'
import type { CodeOutcome } from '../../domain/second-factors/failures.ts'
import { amrOfPasskey } from '../../domain/second-factors/passkeys.ts'
import { useRecoveryCode } from '../../domain/second-factors/recovery-codes.ts'
import { verifyTotp } from '../../domain/second-factors/totp.ts'
import { readForm } from '../../platform/http/form.ts'
import { textParameter } from '../../oidc/request-state.ts'
import { secondFactorPage } from '../../../views/sign-in/second-factor-page.ts'
import type { SecondFactorProblem, SecondFactorWay } from '../../../views/sign-in/second-factor-page.ts'
import type { Visit } from './consent.ts'
import { showRecoveryCodeUsed } from './enrol.ts'
import type { Interaction } from './interaction.ts'
import { addProof, goOn } from './proven.ts'
import { admitSecondFactor } from './second-factor-guard.ts'
import type { SecondFactorStep, Standing } from './second-factor-parties.ts'

const rememberDays = 30

const codeForm = z.object({ code: z.string().max(100), remember: z.literal('yes').optional() })
const passkeyForm = z.object({ credential: z.string(), remember: z.literal('yes').optional() })

/** Shows the page of the second factor, with the way that was asked for if there is one. */
export function showSecondFactor(
  step: SecondFactorStep,
  visit: Visit,
  interaction: Interaction,
  standing: Standing,
): Promise<void> {
  const wanted = visit.ctx.query['way'] === 'recovery-code' ? 'recovery_code' : undefined
  return render(step, visit, interaction, { standing, wanted })
}

/** Takes a code: limits first, then the code, which is used up by being right. */
export async function submitCode(
  step: SecondFactorStep,
  visit: Visit,
  interaction: Interaction,
  { standing, way }: { readonly standing: Standing; readonly way: 'totp' | 'recovery_code' },
): Promise<void> {
  const input = codeForm.safeParse(await readForm(visit.ctx))
  const again = (problem: SecondFactorProblem, status: number, retryAfterSeconds?: number) =>
    render(step, visit, interaction, { standing, wanted: way, problem, status, retryAfterSeconds })
  const wrong = way === 'totp' ? 'wrong_code' : 'wrong_recovery_code'
  if (!input.success || input.data.code.trim() === '') return again(wrong, 400)
  const { account } = standing
  const act = { ...visit.act, actor: { type: 'account', id: account.id } as const }
  const admission = await admitSecondFactor(step.db, account.id, act)
  if (!admission.allowed) return again('too_many_attempts', 429, admission.retryAfterSeconds)
  const outcome = await check(step, { accountId: account.id, code: input.data.code, way }, act)
  if (outcome === 'locked') return again(way === 'totp' ? 'locked_code' : 'locked_recovery', 401)
  if (outcome === 'rejected') return again(wrong, 401)
  await admission.succeeded()
  const trusts = way === 'totp' && input.data.remember === 'yes' && mayRemember(step, standing)
  const path = await addProof(step.db, visit, interaction, {
    accountId: account.id,
    amr: ['otp'],
    acr: 'aal2',
    trustUntil: trusts ? trustUntil(visit.act) : undefined,
  })
  // NIST SP 800-63B-4 §4.2: a recovery code that was used is replaced, so new ones are offered at once.
  if (way === 'recovery_code') return showRecoveryCodeUsed(step, visit, interaction, path)
  return goOn(visit, path)
}

/** Takes the answer of a passkey beside the password. */
export async function submitPasskeyBeside(
  step: SecondFactorStep,
  visit: Visit,
  interaction: Interaction,
  standing: Standing,
): Promise<void> {
  const input = passkeyForm.safeParse(await readForm(visit.ctx))
  const again = (problem: SecondFactorProblem, status: number, retryAfterSeconds?: number) =>
    render(step, visit, interaction, { standing, problem, status, retryAfterSeconds })
  if (!input.success || step.passkeys === undefined) return again('passkey_refused', 400)
  const { account } = standing
  const act = { ...visit.act, actor: { type: 'account', id: account.id } as const }
  const { credential, remember } = input.data
  const owner = { accountId: account.id, place: interaction.uid }
  const presented = await step.passkeys.prove({ ...owner, credential }, act)
  switch (presented.outcome) {
    case 'rejected':
      return again('passkey_refused', 401)
    case 'expired':
      return again('passkey_expired', 400)
    case 'limited':
      return again('too_many_attempts', 429, presented.retryAfterSeconds)
    case 'accepted': {
      const amr = amrOfPasskey(presented.passkey)
      const trusts = remember === 'yes' && mayRemember(step, standing)
      const path = await addProof(step.db, visit, interaction, {
        accountId: account.id,
        amr,
        // Without its owner's PIN or finger a passkey is one factor, phishing-resistant as it is.
        acr: amr.includes('user') ? 'phr' : 'aal2',
        trustUntil: trusts ? trustUntil(visit.act) : undefined,
      })
      return goOn(visit, path)
    }
  }
}

function check(
  { db, seal }: SecondFactorStep,
  { way, ...attempt }: { accountId: string; code: string; way: 'totp' | 'recovery_code' },
  act: Act,
): Promise<CodeOutcome> {
  return way === 'totp' ? verifyTotp(db, seal, attempt, act) : useRecoveryCode(db, attempt, act)
}

function mayRemember({ secondFactorPolicy }: SecondFactorStep, { account, onlyPasskey }: Standing): boolean {
  return !onlyPasskey && (!account.administrator || secondFactorPolicy().administratorsMayRememberDevices)
}

function trustUntil({ now }: Act): Date {
  return new Date(now.getTime() + rememberDays * 86_400_000)
}

interface Shown {
  readonly standing: Standing
  readonly wanted?: SecondFactorWay | undefined
  readonly problem?: SecondFactorProblem | undefined
  readonly status?: number
  readonly retryAfterSeconds?: number | undefined
}

async function render(
  step: SecondFactorStep,
  { ctx, act }: Visit,
  interaction: Interaction,
  { standing, wanted, problem, status = 200, retryAfterSeconds }: Shown,
): Promise<void> {
  const { account, enrolled, onlyPasskey, demanded } = standing
  const ways = waysOf(standing)
  const way = ways.find((candidate) => candidate === wanted) ?? ways[0] ?? 'totp'
  const owner = { accountId: account.id, place: interaction.uid, mustVerifyUser: demanded === 'phr' }
  const options =
    enrolled.passkeys > 0 && way !== 'recovery_code' ? await step.passkeys?.askToProve(owner, act) : undefined
  const page = secondFactorPage({
    ...step.pages.propsFor(ctx, textParameter(interaction.params, 'ui_locales')),
    way,
    path: `/sign-in/${interaction.uid}`,
    accountName: account.email,
    otherWays: onlyPasskey ? [] : ways.filter((other) => other !== way),
    passkey: options === undefined ? undefined : { options },
    rememberDays: mayRemember(step, standing) ? rememberDays : undefined,
    problem,
    retryAfterSeconds,
  })
  if (retryAfterSeconds !== undefined) ctx.set('Retry-After', String(retryAfterSeconds))
  step.pages.send(ctx, page, status)
}

/** The ways there are, the one to begin with first. */
function waysOf({ enrolled, onlyPasskey }: Standing): SecondFactorWay[] {
  if (onlyPasskey) return ['passkey']
  const ways: readonly (SecondFactorWay | false)[] = [
    enrolled.totp && 'totp',
    enrolled.passkeys > 0 && !enrolled.totp && 'passkey',
    enrolled.recoveryCodesLeft > 0 && 'recovery_code',
  ]
  return ways.filter((way) => way !== false)
}
