/** What a token is bound to, as `cnf` says it (RFC 7800): a key (RFC 9449) or a certificate (RFC 8705). */
export type Binding = { readonly jkt: string } | { readonly 'x5t#S256': string }

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
  /** Undefined for one that whoever holds it may use. */
  readonly boundTo: Binding | undefined
  readonly facts: Readonly<Record<string, unknown>>
  /** `kind:id` of the changes that end it, besides those of its client, account and API. */
  readonly endsWith: readonly string[]
  /** It may end before it expires: with the session it belongs to. */
  readonly validUntilSeconds: number
}

/** What a presented string turned out to be, if it is worth anything. */
export type RefreshToken = PresentedToken & { readonly kind: 'refresh_token' }
