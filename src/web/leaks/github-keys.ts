import { createPublicKey, verify } from 'node:crypto'
import type { KeyObject } from 'node:crypto'
import { z } from 'zod'
import { Refusal } from '../../platform/errors.ts'

/** Says whether a message was signed by the service with one of its present keys. */
export interface SignatureCheck {
  (message: Buffer, signature: { readonly keyId: string; readonly value: string }): Promise<boolean>
}

/** What checking needs. */
export interface KeySource {
  readonly url: string
  /** The guarded `fetch`. */
  readonly fetch: (url: string) => Promise<Response>
  readonly now: () => Date
}

const freshMilliseconds = 3_600_000
// While the keys cannot be fetched the last ones are believed for this long.
const staleMilliseconds = 24 * 3_600_000
// Somebody who invents key ids makes us fetch no more often than this.
const fetchPauseMilliseconds = 60_000

const publicKeys = z.object({
  public_keys: z
    .array(z.object({ key_identifier: z.string().min(1).max(200), key: z.string().max(2000) }))
    .max(100),
})

/**
 * Checks signatures of GitHub's secret-scanning partner messages: ECDSA over P-256 with SHA-256, DER in base64. The keys
 * are fetched from `url`, kept for an hour, and fetched again when a message names one that is not among them.
 */
export function createSignatureCheck({ url, fetch, now }: KeySource): SignatureCheck {
  let keys: ReadonlyMap<string, KeyObject> | undefined
  let fetchedAt = -Infinity
  let triedAt = -Infinity
  let fetching: Promise<void> | undefined

  const refresh = async (): Promise<void> => {
    triedAt = now().getTime()
    keys = await fetchKeys(url, fetch)
    fetchedAt = triedAt
  }
  const refreshOnce = (): Promise<void> => {
    fetching ??= refresh().finally(() => (fetching = undefined))
    return fetching
  }
  const keyOf = async (keyId: string): Promise<KeyObject | undefined> => {
    const age = () => now().getTime() - fetchedAt
    const mayFetch = fetching !== undefined || now().getTime() - triedAt >= fetchPauseMilliseconds
    if ((age() >= freshMilliseconds || keys?.has(keyId) !== true) && mayFetch) {
      await refreshOnce().catch(() => {})
    }
    if (keys === undefined || age() >= staleMilliseconds) {
      throw new Refusal('temporarily_unavailable', 'The keys of the service cannot be fetched now.', {
        retryAfterSeconds: 60,
      })
    }
    return keys.get(keyId)
  }

  return async (message, { keyId, value }) => {
    const key = await keyOf(keyId)
    if (key === undefined || !/^[A-Za-z0-9+/]{1,200}={0,2}$/.test(value)) return false
    return verify('sha256', message, { key, dsaEncoding: 'der' }, Buffer.from(value, 'base64'))
  }
}

async function fetchKeys(url: string, fetch: KeySource['fetch']): Promise<ReadonlyMap<string, KeyObject>> {
  const response = await fetch(url)
  if (!response.ok) throw new Error(`the keys were answered with ${response.status}`)
  const parsed = publicKeys.parse(await response.json())
  const usable = parsed.public_keys.flatMap(({ key_identifier: id, key: text }) => {
    const key = p256KeyOf(text)
    return key === undefined ? [] : [[id, key] as const]
  })
  if (usable.length === 0) throw new Error('there are no keys that can be used')
  return new Map(usable)
}

/** Another kind of key is left out, and does not make the others useless. */
function p256KeyOf(text: string): KeyObject | undefined {
  try {
    const key = createPublicKey(text)
    const isP256 = key.asymmetricKeyType === 'ec' && key.asymmetricKeyDetails?.namedCurve === 'prime256v1'
    return isP256 ? key : undefined
  } catch {
    return undefined
  }
}
