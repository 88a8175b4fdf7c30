import type { Activity } from '../activity/recorder.ts'
import type { KeyUse } from '../api-keys/usage-counts.ts'
import type { Decision, Question } from './decide.ts'
import type { Principal } from './principal.ts'

/** Something was decided about a principal. */
export interface PrincipalUse {
  readonly principal: Principal
  readonly decision: Decision
  readonly question: Question | undefined
  readonly userAgent?: string | undefined
}

/** The same as activity, counted for whoever the credential stands for. */
export function activityOf({ principal, decision }: PrincipalUse): Activity {
  return {
    kind: 'verification',
    subject: principal.owner.id,
    outcome: decision.allow ? 'allowed' : decision.reason,
  }
}

/** The same as the use of a key, for its owner to see; undefined for other credentials. */
export function keyUseOf(
  { principal, decision, question, userAgent }: PrincipalUse,
  now: Date,
): KeyUse | undefined {
  const { key, scopes } = principal
  if (key === undefined) return undefined
  // Asked for and granted: what the key exercised, as opposed to what it holds.
  const asked = decision.allow ? (question?.requiredScope?.scopes ?? []) : []
  return {
    keyId: key.id,
    slot: key.slot,
    outcome: decision.allow ? 'allowed' : decision.reason,
    scopes: asked.filter((scope) => scopes.has(scope)),
    address: question?.callerAddress,
    userAgent,
    at: now,
  }
}
