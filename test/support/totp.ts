/** An authenticator app for tests: codes of a seed at a moment, by the library and by an independent program. */
import { execFileSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { generateSync } from 'otplib'
import { systemAct } from '../../src/domain/audit/act.ts'
import { replaceRecoveryCodes } from '../../src/domain/second-factors/recovery-codes.ts'
import { beginTotpEnrolment, confirmTotpEnrolment } from '../../src/domain/second-factors/totp-enrolment.ts'
import { createSeal } from '../../src/platform/crypto/seal.ts'
import type { World } from './world.ts'

const program = '/usr/bin/oathtool'

/** Why there is no independent generator on this machine; undefined when there is one. */
export const oathtoolMissing: string | undefined = existsSync(program)
  ? undefined
  : `${program} is not installed`

/** The name of a test that needs it: says that it is skipped, and why. */
export function withOathtool(name: string): string {
  return oathtoolMissing === undefined ? name : `${name} (SKIPPED: ${oathtoolMissing})`
}

/** The code by oathtool, which shares no code with us. */
export function oathCode(seed: string, at: Date): string {
  const args = ['--totp', '--base32', `--now=${at.toISOString().slice(0, 19).replace('T', ' ')} UTC`, seed]
  return execFileSync(program, args, { encoding: 'utf8' }).trim()
}

/** The code an app shows at a moment. */
export function codeAt(seed: string, at: Date): string {
  return generateSync({ secret: seed, epoch: Math.floor(at.getTime() / 1000) })
}

/** A code that is not the present one, nor those around it. */
export function wrongCode(seed: string, at: Date): string {
  const near = new Set([-60, -30, 0, 30, 60].map((seconds) => codeAt(seed, after(at, seconds))))
  for (let number = 0; ; number += 1) {
    const code = String(number).padStart(6, '0')
    if (!near.has(code)) return code
  }
}

/** A moment some seconds later. */
export function after(at: Date, seconds: number): Date {
  return new Date(at.getTime() + seconds * 1000)
}

/** An account's app and recovery codes, in clear. */
export interface Factors {
  readonly seed: string
  readonly recoveryCodes: readonly string[]
}

/** Gives an account an app, confirmed a minute before `at`, and recovery codes. */
export async function enrol(
  world: Pick<World, 'db' | 'config'>,
  accountId: string,
  at: Date = new Date(),
): Promise<Factors> {
  const act = systemAct(after(at, -60))
  const seal = createSeal(world.config.sealingKeys)
  const wishes = { accountId, issuer: 'Test', accountName: 'test@example.com' }
  const { enrolmentId, secretBase32: seed } = await beginTotpEnrolment(world.db, seal, wishes, act)
  const first = { accountId, enrolmentId, code: codeAt(seed, act.now) }
  const outcome = await confirmTotpEnrolment(world.db, seal, first, act)
  if (outcome !== 'confirmed') throw new Error(`the app was not confirmed: ${outcome}`)
  return { seed, recoveryCodes: await replaceRecoveryCodes(world.db, { accountId }, act) }
}
