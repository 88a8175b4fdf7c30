import type { Rate } from '../../platform/rate.ts'
import type { Api } from '../apis/api.ts'
import type { Binding } from './presented.ts'

/**
 * What any credential resolves to: one shape, whatever was presented. It says who is calling, on whose behalf, at which
 * API, with which permissions at this moment; never what the secret was.
 */
export interface Principal {
  readonly credentialType: 'access_token' | 'api_key'
  /** `sub`: the account a person signed in to, or the client that acts for itself. */
  readonly subject: string
  readonly clientId: string | undefined
  readonly owner: { readonly type: 'account' | 'client'; readonly id: string }
  readonly api: Api
  /** What it may do now: what it was given, within what its owner may do at this moment. */
  readonly scopes: ReadonlySet<string>
  readonly issuedAtSeconds: number
  readonly expiresAtSeconds: number | undefined
  /** What a token is bound to; undefined for a credential that whoever holds it may use. */
  readonly boundTo: Binding | undefined
  readonly key: PrincipalKey | undefined
  /** Facts of the sign-in and of the token, passed on as they are: `acr`, `amr`, `auth_time`, `jti`, `sid`. */
  readonly facts: Readonly<Record<string, unknown>>
}

/** What is particular to an API key: its public id, where it may be used from, and how often. */
export interface PrincipalKey {
  readonly id: string
  readonly slot: 1 | 2
  readonly allowedAddresses: readonly string[]
  readonly rateLimit: Rate | undefined
  readonly quota: { readonly requests: number; readonly period: 'day' | 'month' } | undefined
}

/** A principal, what ends it, and until when it may be believed without asking again. */
export interface Resolution {
  readonly principal: Principal
  /** `kind:id` of every change that makes it doubtful. */
  readonly tags: readonly string[]
  readonly validUntilMilliseconds: number
}
