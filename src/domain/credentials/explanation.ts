import type { Party } from '../audit/search.ts'

/** The steps of every decision, in the order that never changes. */
export const explainedSteps = ['credential', 'audience', 'owner', 'address', 'permission', 'limits'] as const

/** One of them. */
export type StepName = (typeof explainedSteps)[number]

/** Why a credential is none, or none that counts. */
export type CredentialProblem =
  | 'empty'
  | 'too_long'
  | 'key_length'
  | 'key_checksum'
  | 'key_unknown'
  | 'key_deleted'
  | 'key_secret_wrong'
  | 'key_secret_ended'
  | 'key_revoked'
  | 'key_disabled'
  | 'key_expired'
  | TokenProblemCode

/** Why a token is none, or none that counts. */
export type TokenProblemCode =
  | 'token_unknown'
  | 'token_other_kind'
  | 'token_consumed'
  | 'token_expired'
  | 'grant_ended'
  | 'session_ended'
  | 'jwt_malformed'
  | 'jwt_issuer'
  | 'jwt_type'
  | 'jwt_key_retired'
  | 'jwt_key_unknown'
  | 'jwt_signature'
  | 'jwt_claims'
  | 'jwt_expired'
  | 'jwt_revoked'

/** What came of a step, as a closed list of sentences. */
export type ReasonCode =
  | CredentialProblem
  | 'changed_meanwhile'
  | 'key_good'
  | 'key_good_older'
  | 'token_good'
  | 'jwt_good'
  | 'refresh_good'
  | 'audience_good'
  | 'audience_own'
  | 'audience_none'
  | 'audience_other'
  | 'api_gone'
  | 'api_disabled'
  | 'api_nobody'
  | 'refresh_foreign'
  | 'owner_good'
  | 'client_gone'
  | 'client_disabled'
  | 'account_gone'
  | 'account_disabled'
  | 'client_tokens_ended'
  | 'api_tokens_ended'
  | 'token_older'
  | 'nothing_left'
  | 'address_any'
  | 'address_tokens'
  | 'address_in'
  | 'address_out'
  | 'address_missing'
  | 'permission_unasked'
  | 'permission_good'
  | 'permission_lacking'
  | 'limits_none'
  | 'limits_free'
  | 'limits_good'
  | 'rate_limited'
  | 'quota_exceeded'
  | 'no_decision'

/** What came of a step, with the facts its sentence needs. */
export interface Reason {
  readonly code: ReasonCode
  /** Whoever or whatever it is about: a key's id, an API's identifier, an owner's id, an address, a requirement. */
  readonly name?: string | undefined
  /** Whatever it is compared with. */
  readonly other?: string | undefined
  readonly scopes?: readonly string[] | undefined
  /** When it came about, by whom, and what was said about it. */
  readonly at?: Date | undefined
  readonly by?: Party | undefined
  readonly because?: string | undefined
  readonly limit?: ExplainedLimit | undefined
  readonly lost?: readonly LostScope[] | undefined
}

/** A limit that was looked at. */
export interface ExplainedLimit {
  readonly requests: number
  readonly per: 'day' | 'month' | { readonly seconds: number; readonly burst?: number | undefined }
  readonly remaining: number
  readonly retryAfterSeconds: number | undefined
}

/** A scope that is not worth anything here, and why. */
export interface LostScope {
  readonly scope: string
  readonly how: 'never' | 'permission' | 'role' | 'api' | 'other'
  readonly owner: string
  readonly at: Date | undefined
  readonly by: Party | undefined
}

/** One step and what came of it. */
export type ExplainedStep =
  | { readonly name: StepName; readonly outcome: 'passed' | 'failed'; readonly reason: Reason }
  | { readonly name: StepName; readonly outcome: 'not_reached' }

/** What introspection would answer, and why. */
export interface Explanation {
  /** The bytes of the answer. */
  readonly answer: string
  readonly accepted: boolean
  /** Who was taken to ask; undefined if nobody could be. */
  readonly asker: { readonly clientId: string; readonly api: string | undefined } | undefined
  readonly keyId: string | undefined
  readonly steps: readonly ExplainedStep[]
}

/** The steps, given what came of those that were looked at: the last of them may have failed. */
export function stepsOf(passed: readonly Reason[], failed: Reason | undefined): readonly ExplainedStep[] {
  return explainedSteps.map((name, at): ExplainedStep => {
    const reason = passed[at]
    if (reason !== undefined) return { name, outcome: 'passed', reason }
    if (at === passed.length && failed !== undefined) return { name, outcome: 'failed', reason: failed }
    return { name, outcome: 'not_reached' }
  })
}
