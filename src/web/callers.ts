import { parse as parseQuery } from 'node:querystring'
import type { Client } from '../domain/clients/client.ts'
import { clientSecretMatches } from '../domain/clients/secret.ts'
import type { Directory } from '../domain/credentials/directory.ts'
import { sha256Hex } from '../platform/crypto/digest.ts'

/** What authenticating a caller by its secret needs. */
export interface CallerParts {
  readonly directory: Directory
  readonly now: () => Date
}

/** Recognises callers by HTTP Basic. */
export interface Callers {
  /** The client whose credentials these are, or undefined: then the long way says what is wrong. */
  readonly recognise: (authorization: string) => Promise<Client | undefined>
  /** The same without waiting, for one that was recognised a moment ago and has not changed. */
  readonly recall: (authorization: string) => Client | undefined
}

interface Recognised {
  readonly client: Client
  readonly untilMilliseconds: number
}

const memoryMilliseconds = 30_000
const mostRemembered = 1000

/** Callers are few and call often: one is compared once, and remembered while its row in the directory is the same. */
export function createCallers({ directory, now }: CallerParts): Callers {
  const remembered = new Map<string, Recognised>()
  const recall = (authorization: string): Client | undefined => {
    const key = sha256Hex(authorization)
    const known = remembered.get(key)
    if (known === undefined) return undefined
    const isSame = directory.recallClient(known.client.id) === known.client
    if (isSame && known.untilMilliseconds > now().getTime()) return known.client
    remembered.delete(key)
    return undefined
  }
  return {
    recall,
    recognise: async (authorization) => {
      const known = recall(authorization)
      if (known !== undefined) return known
      const given = readBasic(authorization)
      const client = given === undefined ? undefined : await directory.client(given.clientId)
      if (given === undefined || client === undefined) return undefined
      if (!clientSecretMatches(client, given.secret, now())) return undefined
      if (remembered.size >= mostRemembered) remembered.clear()
      remembered.set(sha256Hex(authorization), { client, untilMilliseconds: memoryEnd(client, now()) })
      return client
    },
  }
}

/** A secret that is being rotated out must not be remembered past its end. */
function memoryEnd(client: Client, now: Date): number {
  const ends = client.secrets.flatMap(({ expiresAt }) =>
    expiresAt !== undefined && expiresAt > now ? [expiresAt.getTime()] : [],
  )
  return Math.min(now.getTime() + memoryMilliseconds, ...ends)
}

/** RFC 6749 §2.3.1: both parts are form-encoded before they are joined. Anything unusual is left to the long way. */
function readBasic(
  authorization: string,
): { readonly clientId: string; readonly secret: string } | undefined {
  const encoded = /^Basic ([A-Za-z0-9+/]+={0,2})$/i.exec(authorization)?.[1]
  if (encoded === undefined) return undefined
  const [clientId, secret, ...more] = Buffer.from(encoded, 'base64').toString('utf8').split(':')
  if (clientId === undefined || secret === undefined || more.length > 0) return undefined
  if (!/[%+&=]/.test(`${clientId}${secret}`)) return { clientId, secret }
  const decoded = parseQuery(
    `id=${clientId.replaceAll(/[&=]/g, encodeURIComponent)}&secret=${secret.replaceAll(/[&=]/g, encodeURIComponent)}`,
  )
  return typeof decoded['id'] === 'string' && typeof decoded['secret'] === 'string'
    ? { clientId: decoded['id'], secret: decoded['secret'] }
    : undefined
}
