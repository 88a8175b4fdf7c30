import type { PolicySettings } from '../config.ts'
import type { Rotation } from '../domain/signing-keys/rotate.ts'
import { randomId } from '../platform/crypto/random.ts'
import type { Seal } from '../platform/crypto/seal.ts'

/** How this installation replaces its keys: the same for the server's schedule and for the operator's command. */
export function rotationOf(
  policy: Pick<PolicySettings, 'signingKeyPublishLeadSeconds' | 'signingKeyRotateAfterSeconds'>,
  seal: Seal,
): Rotation {
  return {
    seal,
    newId: randomId,
    // Twice the difference between clocks that we put up with, and the period in which keys are looked at anyway.
    clockToleranceSeconds: 120,
    publishLeadSeconds: policy.signingKeyPublishLeadSeconds,
    // Whatever a key signed is over by then: ID tokens and JWT access tokens live a day at most.
    retireAfterSeconds: 2 * 86400 + policy.signingKeyPublishLeadSeconds,
    rotateAfterSeconds: policy.signingKeyRotateAfterSeconds,
  }
}
