import type { Api } from '../../../src/domain/apis/api.ts'
import type { Principal, PrincipalKey, Resolution } from '../../../src/domain/credentials/principal.ts'
import type { Change } from '../../../src/platform/db/changes.ts'

/** Changes that are heard of when a test says so. */
export function createChanges() {
  const listeners = new Set<(change: Change) => void>()
  const lossListeners = new Set<() => void>()
  let trusted = true
  return {
    subscribe: (listener: (change: Change) => void) => {
      listeners.add(listener)
      return () => void listeners.delete(listener)
    },
    onTrustLost: (listener: () => void) => {
      lossListeners.add(listener)
      return () => void lossListeners.delete(listener)
    },
    isTrusted: () => trusted,
    tell: (kind: string, id: string) => {
      for (const listener of listeners) listener({ kind, id })
    },
    lose: () => {
      trusted = false
      for (const listener of lossListeners) listener()
    },
    /** No sign of life for a moment, on a connection that is still there. */
    lapse: () => void (trusted = false),
    regain: () => void (trusted = true),
  }
}

const created = new Date('2026-01-01T00:00:00Z')

/** An API with the scopes `read` and `write`. */
export const api: Api = {
  id: 'api_orders',
  identifier: 'https://orders.example/',
  name: 'Orders',
  tokenFormat: 'opaque',
  signingAlg: 'ES256',
  accessTokenLifetimeSeconds: 600,
  accountsNeedPermission: false,
  accountKeys: false,
  minimumAcr: 'aal1',
  builtIn: false,
  disabledAt: undefined,
  tokensEndBefore: undefined,
  createdAt: created,
  updatedAt: created,
  version: 1,
  scopes: ['read', 'write'].map((name) => ({ name, description: `May ${name}.` })),
  introspectorIds: ['cli_orders'],
}

/** A service's token at that API. */
export function principalOf(subject: string, more: Partial<Principal> = {}): Principal {
  return {
    credentialType: 'access_token',
    subject,
    clientId: subject,
    owner: { type: 'client', id: subject },
    api,
    scopes: new Set(['read']),
    issuedAtSeconds: 1_700_000_000,
    expiresAtSeconds: undefined,
    boundTo: undefined,
    key: undefined,
    facts: {},
    ...more,
  }
}

/** A key without limits. */
export function keyOf(id: string, more: Partial<PrincipalKey> = {}): PrincipalKey {
  return { id, slot: 1, allowedAddresses: [], rateLimit: undefined, quota: undefined, ...more }
}

/** What resolving such a token gives. */
export function resolutionOf(
  subject: string,
  { tags = [], validUntilMilliseconds = Infinity, ...more }: Partial<Resolution & Principal> = {},
): Resolution {
  return { principal: principalOf(subject, more), tags, validUntilMilliseconds }
}

/** The same numbers for the same seed, so that what failed can be looked at again (mulberry32). */
export function randomsOf(seed: number): { below: (limit: number) => number } {
  let state = seed
  const next = (): number => {
    state = (state + 0x6d2b79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296
  }
  return { below: (limit) => Math.floor(next() * limit) }
}
