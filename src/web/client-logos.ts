/**
 * The logos of clients, from our own origin: a page that loaded them from elsewhere would tell others who signs in where, and
 * our policy lets no page do so. The address was registered by somebody else, so it is asked through the guarded client, and
 * what comes back is believed to be a picture only if its first bytes say so.
 */
import type { Middleware } from 'koa'
import type { Client } from '../domain/clients/client.ts'
import { findLogo, keepLogo, readLogo } from '../domain/clients/logos.ts'
import type { FetchedLogo, KnownLogo, LogoType } from '../domain/clients/logos.ts'
import { sha256 } from '../platform/crypto/digest.ts'
import type { Database } from '../platform/db/open.ts'

/** The largest logo, in bytes; for the guarded client as well. */
export const mostLogoBytes = 256 * 1024

/** What the logos need. */
export interface ClientLogoParts {
  readonly db: Database
  /** The guarded client: its own bounds of time and size hold. */
  readonly fetch: (url: string, init?: RequestInit) => Promise<Response>
  readonly now: () => Date
  readonly onError: (error: unknown) => void
}

/** The logos of clients. */
export interface ClientLogos {
  /** Where a page finds the client's logo; undefined if it has none that can be shown. Never throws. */
  readonly pathOf: (client: Pick<Client, 'id' | 'metadata'>) => Promise<string | undefined>
  /** Serves them. */
  readonly serve: Middleware
}

const secondsKept = 86_400
const secondsAfterFailure = 600
const base = '/client-logos/'

/** Opens the logos. */
export function createClientLogos(parts: ClientLogoParts): ClientLogos {
  const { db, now } = parts
  const refresh = createOnce((id, uri) => fetchAndKeep(parts, id, uri))
  const pathFor = createOnce(async (id, uri): Promise<string | undefined> => {
    const known = await findLogo(db, id)
    if (known?.uri === uri && known.contentHash !== undefined) {
      // An old picture is good enough for this page; the next one has the new one.
      if (!isFresh(known, now())) void refresh(id, uri).catch(parts.onError)
      return pathTo(id, known.contentHash)
    }
    if (known?.uri === uri && isFresh(known, now())) return undefined
    await refresh(id, uri)
    const fetched = await findLogo(db, id)
    return fetched?.contentHash === undefined ? undefined : pathTo(id, fetched.contentHash)
  })
  return {
    pathOf: async ({ id, metadata }) => {
      const uri = metadata.logo_uri
      if (uri === undefined) return undefined
      return pathFor(id, uri).catch((error: unknown) => {
        parts.onError(error)
        return undefined
      })
    },
    serve: async (ctx, next) => {
      const isRead = ctx.method === 'GET' || ctx.method === 'HEAD'
      const [, clientId, contentHash] =
        (isRead && /^\/client-logos\/([\w.~-]{1,100})\/([0-9a-f]{64})$/.exec(ctx.path)) || []
      const logo =
        clientId === undefined || contentHash === undefined
          ? undefined
          : await readLogo(db, { clientId, contentHash })
      if (logo === undefined) return next()
      ctx.set('Cache-Control', 'public, max-age=86400, immutable')
      ctx.set('Content-Type', logo.contentType)
      ctx.body = logo.body
      return undefined
    },
  }
}

/** Work that is under way is not begun again: very many pages may be shown at the same moment. */
function createOnce<T>(
  work: (id: string, uri: string) => Promise<T>,
): (id: string, uri: string) => Promise<T> {
  const underWay = new Map<string, Promise<T>>()
  return (id, uri) => {
    const key = `${id} ${uri}`
    const started = underWay.get(key) ?? work(id, uri).finally(() => underWay.delete(key))
    underWay.set(key, started)
    return started
  }
}

function pathTo(clientId: string, contentHash: string): string {
  return `${base}${clientId}/${contentHash}`
}

function isFresh({ fetchedAt, contentHash }: KnownLogo, now: Date): boolean {
  const seconds = contentHash === undefined ? secondsAfterFailure : secondsKept
  return now.getTime() - fetchedAt.getTime() < seconds * 1000
}

async function fetchAndKeep(
  { db, fetch, now }: ClientLogoParts,
  clientId: string,
  uri: string,
): Promise<void> {
  const fetched = await fetchLogo(fetch, uri)
  await keepLogo(db, { clientId, uri, fetched }, now())
}

async function fetchLogo(fetch: ClientLogoParts['fetch'], uri: string): Promise<FetchedLogo | undefined> {
  // The guard says in the log why it refused; for the page it is only no picture.
  const answer = await fetch(uri, { headers: { accept: 'image/webp, image/png, image/jpeg' } }).catch(
    () => undefined,
  )
  if (answer?.status !== 200) return undefined
  const body = Buffer.from(await answer.arrayBuffer())
  const contentType = pictureType(body)
  if (contentType === undefined || body.length > mostLogoBytes) return undefined
  return { contentType, body, contentHash: sha256(body).toString('hex') }
}

/** What the bytes are, whatever their sender says. */
function pictureType(body: Buffer): LogoType | undefined {
  if (body.subarray(0, 8).equals(Buffer.from('89504e470d0a1a0a', 'hex'))) return 'image/png'
  if (body.subarray(0, 3).equals(Buffer.from('ffd8ff', 'hex'))) return 'image/jpeg'
  const isWebp = body.toString('latin1', 0, 4) === 'RIFF' && body.toString('latin1', 8, 12) === 'WEBP'
  return isWebp ? 'image/webp' : undefined
}
