import { describe, expect, test } from 'vitest'
import type { AuthenticationLevel } from '../../../src/domain/second-factors/levels.ts'
import { secondFactorDue } from '../../../src/domain/second-factors/required.ts'
import type {
  EnrolledFactors,
  SecondFactorDue,
  SecondFactorSituation,
} from '../../../src/domain/second-factors/required.ts'

const nothing: EnrolledFactors = { totp: false, passkeys: 0, recoveryCodesLeft: 0 }
const someFactors: readonly (readonly [name: string, EnrolledFactors])[] = [
  ['nothing', nothing],
  ['an app', { ...nothing, totp: true }],
  ['a passkey', { ...nothing, passkeys: 1 }],
  ['recovery codes alone', { ...nothing, recoveryCodesLeft: 1 }],
  ['an app and a passkey', { totp: true, passkeys: 1, recoveryCodesLeft: 10 }],
]
const levels: readonly (AuthenticationLevel | undefined)[] = [undefined, 'aal1', 'aal2', 'phr']
const rank = (level: AuthenticationLevel | undefined) => levels.indexOf(level)

/** Every situation there is: 5 x 4 x 2 x 4 x 2 x 2 x 2 x 2. */
const situations: readonly (SecondFactorSituation & { readonly name: string })[] = someFactors.flatMap(
  ([has, enrolled]) =>
    levels.flatMap((acr) =>
      levels.flatMap((demanded) =>
        [false, true].flatMap((isAdministrator) =>
          (['optional', 'required'] as const).flatMap((everybody) =>
            (['optional', 'required'] as const).flatMap((administrators) =>
              [false, true].flatMap((administratorsMayRememberDevices) =>
                [false, true].map((deviceTrusted) => ({
                  acr,
                  enrolled,
                  isAdministrator,
                  demanded,
                  policy: { everybody, administrators, administratorsMayRememberDevices },
                  deviceTrusted,
                  name: `${has}, acr ${acr}, demanded ${demanded}, ${isAdministrator ? 'administrator' : 'person'}, ${everybody}/${administrators}, ${deviceTrusted ? 'trusted' : 'unknown'} device`,
                })),
              ),
            ),
          ),
        ),
      ),
    ),
)

function hasSome({ enrolled }: SecondFactorSituation): boolean {
  return enrolled.totp || enrolled.passkeys > 0 || enrolled.recoveryCodesLeft > 0
}

function all(
  holds: (situation: SecondFactorSituation, due: SecondFactorDue) => boolean,
  where: (situation: SecondFactorSituation) => boolean = () => true,
): void {
  const wrong = situations
    .filter(where)
    .filter((situation) => !holds(situation, secondFactorDue(situation)))
    .map((situation) => `${situation.name}: ${secondFactorDue(situation)}`)
  expect(wrong).toEqual([])
  expect(situations.filter(where).length).toBeGreaterThan(0)
}

describe(`all ${situations.length} situations`, () => {
  test('what was demanded and not reached is always due (RFC 9470; T24)', () => {
    all(
      (_situation, due) => due !== 'no',
      ({ acr, demanded }) => demanded !== undefined && demanded !== 'aal1' && rank(acr) < rank(demanded),
    )
  })

  test('whoever has a second factor and proved none is asked, unless the device is trusted and may be', () => {
    all(
      (_situation, due) => due === 'prove',
      (situation) => {
        const { acr, deviceTrusted, isAdministrator, policy } = situation
        const spared = deviceTrusted && (!isAdministrator || policy.administratorsMayRememberDevices)
        return rank(acr) < rank('aal2') && hasSome(situation) && !spared
      },
    )
  })

  test('whoever has none is asked to set one up where it is required, a trusted device or not', () => {
    all(
      (_situation, due) => due === 'enrol',
      (situation) => {
        const { acr, isAdministrator, policy } = situation
        const required =
          policy.everybody === 'required' || (isAdministrator && policy.administrators === 'required')
        return rank(acr) < rank('aal2') && !hasSome(situation) && required
      },
    )
  })

  test('nobody who proved one factor alone sets another up beside those there are', () => {
    all(
      (_situation, due) => due !== 'enrol',
      (situation) => rank(situation.acr) < rank('aal2') && hasSome(situation),
    )
  })

  test('two factors are enough for everything but a demand for a passkey', () => {
    all(
      (_situation, due) => due === 'no',
      ({ acr, demanded }) => rank(acr) >= rank('aal2') && rank(demanded) <= rank(acr),
    )
    all(
      ({ enrolled }, due) => due === (enrolled.passkeys > 0 ? 'prove' : 'enrol'),
      ({ acr, demanded }) => acr === 'aal2' && demanded === 'phr',
    )
  })

  test('nobody is asked without a reason', () => {
    all(
      (_situation, due) => due === 'no',
      (situation) => {
        const { demanded, isAdministrator, policy } = situation
        const required =
          policy.everybody === 'required' || (isAdministrator && policy.administrators === 'required')
        return rank(demanded) <= rank('aal1') && !required && !hasSome(situation)
      },
    )
  })

  test('a trusted device never changes what an app demands', () => {
    all(
      (situation, due) => due === secondFactorDue({ ...situation, deviceTrusted: !situation.deviceTrusted }),
      ({ demanded }) => demanded === 'aal2' || demanded === 'phr',
    )
  })
})
