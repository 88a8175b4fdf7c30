/**
 * An act: who does something, from where, when and under which request. Every room function that changes anything takes
 * one last, so that the change and its audit event know the same facts.
 */
export interface Act {
  readonly actor: Actor
  /** The API key with which the actor acted, by its public id. */
  readonly keyId?: string | undefined
  readonly now: Date
  readonly requestId?: string | undefined
  /** The client address as the trusted proxies tell it. */
  readonly address?: string | undefined
  readonly userAgent?: string | undefined
}

/** Who acts. An operator works at the command line; the system works by its own schedule. */
export type Actor =
  | { readonly type: 'account' | 'client'; readonly id: string }
  | { readonly type: 'operator' | 'system' | 'anonymous' }

/** The act of the server itself, by schedule or on start. */
export function systemAct(now: Date): Act {
  return { actor: { type: 'system' }, now }
}

/** The act of an operator at the command line. */
export function operatorAct(now: Date): Act {
  return { actor: { type: 'operator' }, now }
}
