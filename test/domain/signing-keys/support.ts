import { randomBytes } from 'node:crypto'
import { randomId } from '../../../src/platform/crypto/random.ts'
import { createSeal } from '../../../src/platform/crypto/seal.ts'
import type { Seal } from '../../../src/platform/crypto/seal.ts'
import type { Rotation } from '../../../src/domain/signing-keys/rotate.ts'

export const noon = new Date('2026-11-02T12:00:00Z')

export function after(seconds: number, time: Date = noon): Date {
  return new Date(time.getTime() + seconds * 1000)
}

export function testSeal(id = 'first'): Seal {
  return createSeal([{ id, key: randomBytes(32) }])
}

/** An hour of lead, a day of retirement, thirty days of signing, and no RSA unless a test is about it. */
export function testRotation(seal: Seal): Rotation {
  return {
    seal,
    newId: randomId,
    publishLeadSeconds: 3600,
    retireAfterSeconds: 86_400,
    rotateAfterSeconds: 30 * 86_400,
    clockToleranceSeconds: 60,
    purposes: ['ES256', 'EdDSA', 'cookies', 'dpop_nonce'],
  }
}
