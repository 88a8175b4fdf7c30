/**
 * Whether a second factor is due, and whether it can be proven or has to be set up first. Pure: everything it is decided by
 * comes in. Deny is what remains: a reason to ask is only outweighed by what is said here.
 */
import { reaches } from './levels.ts'
import type { AuthenticationLevel } from './levels.ts'

/** The second factors an account has, locked ones included. */
export interface EnrolledFactors {
  readonly totp: boolean
  readonly passkeys: number
  readonly recoveryCodesLeft: number
}

/** What the installation demands of everybody. */
export interface SecondFactorPolicy {
  readonly everybody: 'optional' | 'required'
  readonly administrators: 'optional' | 'required'
  /** Whether a remembered device spares administrators the second factor as well. */
  readonly administratorsMayRememberDevices: boolean
}

/** Everything it is decided by. */
export interface SecondFactorSituation {
  /** The level that was reached. */
  readonly acr: AuthenticationLevel | undefined
  readonly enrolled: EnrolledFactors
  readonly isAdministrator: boolean
  /** The least that this very request needs: of the app, of its APIs, or asked for by name. */
  readonly demanded: AuthenticationLevel | undefined
  readonly policy: SecondFactorPolicy
  /** Whether the person had this device remembered after a second factor, and that still counts. */
  readonly deviceTrusted: boolean
}

/** `prove` what is there, or `enrol` first because nothing that is there would do. */
export type SecondFactorDue = 'no' | 'prove' | 'enrol'

/** Whether a second factor is due now. */
export function secondFactorDue(situation: SecondFactorSituation): SecondFactorDue {
  const { acr, demanded, enrolled } = situation
  const isDemanded = demanded !== undefined && demanded !== 'aal1' && !reaches(acr, demanded)
  const isMissing = !reaches(acr, 'aal2') && isExpected(situation)
  return isDemanded || isMissing ? wayToMore(acr, enrolled) : 'no'
}

/**
 * How somebody can get further than they are. Nothing can be added beside a factor that was not proven: whoever knows the
 * password alone would go around it. Beyond two factors there is only the passkey, and whoever proved two may add one.
 */
export function wayToMore(
  acr: AuthenticationLevel | undefined,
  enrolled: EnrolledFactors,
): 'prove' | 'enrol' {
  const canProve = reaches(acr, 'aal2') ? enrolled.passkeys > 0 : hasSecondFactor(enrolled)
  return canProve ? 'prove' : 'enrol'
}

/** What the account or the installation expects without being asked; a remembered device stands in for it. */
function isExpected({ enrolled, isAdministrator, policy, deviceTrusted }: SecondFactorSituation): boolean {
  const mayBeSpared = !isAdministrator || policy.administratorsMayRememberDevices
  if (hasSecondFactor(enrolled)) return !(deviceTrusted && mayBeSpared)
  return policy.everybody === 'required' || (isAdministrator && policy.administrators === 'required')
}

/** Recovery codes count: somebody who has only them left is not somebody without a second factor. */
export function hasSecondFactor({ totp, passkeys, recoveryCodesLeft }: EnrolledFactors): boolean {
  return totp || passkeys > 0 || recoveryCodesLeft > 0
}
