/** A token as the protocol knows it, before anybody asked whether its owner may still use it. */
export interface PresentedToken {
  readonly kind: 'access_token' | 'refresh_token'
  readonly clientId: string
  /** The person it stands for; a service acts for itself. */
  readonly accountId: string | undefined
  readonly audience: string | undefined
  readonly scope: string
  readonly issuedAtSeconds: number
  readonly expiresAtSeconds: number
  readonly boundKeyThumbprint: string | undefined
  readonly facts: Readonly<Record<string, unknown>>
  /** `kind:id` of the changes that end it, besides those of its client, account and API. */
  readonly endsWith: readonly string[]
  /** It may end before it expires: with the session it belongs to. */
  readonly validUntilSeconds: number
}

/** What a presented string turned out to be, if it is worth anything. */
export type RefreshToken = PresentedToken & { readonly kind: 'refresh_token' }
