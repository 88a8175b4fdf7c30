/**
 * Credentials: what does this string stand for? Opaque token, JWT access token or API key, the answer has one shape, and
 * is given only while nothing has ended it: neither itself nor its client, account, API, grant or session.
 * Owns no table; it brings together what the rooms below know.
 */
import type { Api } from '../apis/api.ts'
import { grantableScopes } from '../apis/permissions.ts'
import type { PresentedKey } from '../api-keys/presented.ts'
import type { Client } from '../clients/client.ts'
import { parseKey, secretMatches } from '../api-keys/secret.ts'
import type { Peppers } from '../api-keys/secret.ts'
import { sha256Hex } from '../../platform/crypto/digest.ts'
import type { CredentialCache } from './cache.ts'
import type { Directory } from './directory.ts'
import type { PresentedToken } from './presented.ts'
import type { Principal, Resolution } from './principal.ts'

/** What resolving needs. The finders are batched by whoever composes them. */
export interface ResolverParts {
  readonly directory: Directory
  readonly cache: CredentialCache
  readonly findToken: (hash: Buffer) => Promise<PresentedToken | undefined>
  /** Checks signature, issuer, type and time, and whether it was revoked by its `jti`. */
  readonly findJwt: (token: string) => Promise<PresentedToken | undefined>
  readonly findKey: (id: string) => Promise<PresentedKey | undefined>
  readonly keyPrefix: string
  readonly peppers: Peppers
  readonly now: () => Date
}

/** What a string stands for. */
export type Resolved =
  | { readonly kind: 'principal'; readonly resolution: Resolution }
  /** Only its own client may ask about it, and it is never kept in memory. */
  | { readonly kind: 'refresh_token'; readonly token: PresentedToken }

/** Resolves credentials. */
export interface Resolver {
  /** From memory, if it was resolved a moment ago and nothing has changed. */
  readonly recall: (credential: string) => Resolution | undefined
  /** What it stands for, or undefined: no reason is given, because none may be told. */
  readonly resolve: (credential: string) => Promise<Resolved | undefined>
}

// What is remembered is asked for again after this long, whatever was heard.
const longestMemoryMilliseconds = 30_000
// Longer than any credential of ours, JWT access tokens included.
const longestCredential = 8192

/** A resolver. */
export function createResolver(parts: ResolverParts): Resolver {
  const { cache } = parts
  return {
    recall: (credential) => cache.get(sha256Hex(credential)),
    resolve: async (credential) => {
      if (credential === '' || credential.length > longestCredential) return undefined
      const key = sha256Hex(credential)
      let refreshToken: PresentedToken | undefined
      const resolution =
        cache.get(key) ??
        (await cache.remember(key, async () => {
          const resolved = await resolveAfresh(parts, credential, key)
          if (resolved?.kind === 'refresh_token') refreshToken = resolved.token
          return resolved?.kind === 'principal' ? resolved.resolution : undefined
        }))
      if (resolution !== undefined) return { kind: 'principal', resolution }
      return refreshToken === undefined ? undefined : { kind: 'refresh_token', token: refreshToken }
    },
  }
}

async function resolveAfresh(
  parts: ResolverParts,
  credential: string,
  hash: string,
): Promise<Resolved | undefined> {
  if (credential.startsWith(`${parts.keyPrefix}_`)) return asPrincipal(await resolveKey(parts, credential))
  const jwt = isJwt(credential)
  const token = jwt ? await parts.findJwt(credential) : await parts.findToken(Buffer.from(hash, 'hex'))
  if (token === undefined || token.validUntilSeconds * 1000 <= parts.now().getTime()) return undefined
  if (token.kind === 'refresh_token') return asRefreshToken(parts.directory, token)
  if (token.audience === undefined) return undefined
  return asPrincipal(await resolveToken(parts, { ...token, audience: token.audience }))
}

function asPrincipal(resolution: Resolution | undefined): Resolved | undefined {
  return resolution === undefined ? undefined : { kind: 'principal', resolution }
}

async function asRefreshToken(directory: Directory, token: PresentedToken): Promise<Resolved | undefined> {
  const owners = await Promise.all([
    directory.client(token.clientId),
    token.accountId === undefined ? undefined : directory.account(token.accountId),
  ])
  return owners.includes(undefined) ? undefined : { kind: 'refresh_token', token }
}

/** Opaque tokens are base64url, which has no dot. */
function isJwt(credential: string): boolean {
  return credential.includes('.')
}

async function resolveToken(
  { directory, now }: ResolverParts,
  token: PresentedToken & { readonly audience: string },
): Promise<Resolution | undefined> {
  const nowMilliseconds = now().getTime()
  const { clientId, accountId, audience } = token
  const [client, account, api] = await Promise.all([
    directory.client(clientId),
    accountId === undefined ? undefined : directory.account(accountId),
    directory.api(audience),
  ])
  if (client === undefined || api === undefined) return undefined
  if (!isIssuedWithin(token.issuedAtSeconds, client, api)) return undefined
  if (accountId !== undefined && account === undefined) return undefined
  const scopes = await livingScopes(directory, api, { clientId, accountId, scope: token.scope })
  if (scopes === undefined) return undefined
  const principal: Principal = {
    credentialType: 'access_token',
    subject: accountId ?? clientId,
    clientId,
    owner: accountId === undefined ? { type: 'client', id: clientId } : { type: 'account', id: accountId },
    api,
    scopes,
    issuedAtSeconds: token.issuedAtSeconds,
    expiresAtSeconds: token.expiresAtSeconds,
    boundTo: token.boundTo,
    key: undefined,
    facts: token.facts,
  }
  const ownerTags = [`client:${clientId}`, ...(accountId === undefined ? [] : [`account:${accountId}`])]
  return {
    principal,
    tags: [...token.endsWith, ...ownerTags, `api:${audience}`],
    validUntilMilliseconds: Math.min(
      token.validUntilSeconds * 1000,
      nowMilliseconds + longestMemoryMilliseconds,
    ),
  }
}

/**
 * True for a token of this client and this API, not of earlier ones of the same names, which were deleted, nor of a time
 * that was ended. Times of issue are whole seconds, so the second in which the client's or the API's tokens were ended goes with them.
 */
function isIssuedWithin(issuedAtSeconds: number, client: Client, api: Api): boolean {
  const isAfter = (at: Date) => issuedAtSeconds >= Math.floor(at.getTime() / 1000)
  const isEnded = [client, api].some(
    ({ tokensEndBefore: ended }) => ended !== undefined && issuedAtSeconds * 1000 <= ended.getTime(),
  )
  return !isEnded && isAfter(client.createdAt) && isAfter(api.createdAt)
}

/** ASVS 8.3.2: what was granted, within what may be granted now. One that had scopes and has none left is worth nothing. */
async function livingScopes(
  directory: Directory,
  api: Api,
  token: { readonly clientId: string; readonly accountId: string | undefined; readonly scope: string },
): Promise<ReadonlySet<string> | undefined> {
  const granted = new Set(token.scope.split(' ').filter(Boolean))
  const clientScopes = await directory.scopesAt(api, { type: 'client', id: token.clientId })
  const accountScopes =
    token.accountId === undefined || !api.accountsNeedPermission
      ? undefined
      : await directory.scopesAt(api, { type: 'account', id: token.accountId })
  const grantable = grantableScopes({
    api,
    clientScopes,
    ...(accountScopes !== undefined && { accountScopes }),
  })
  const scopes = granted.intersection(grantable)
  return granted.size > 0 && scopes.size === 0 ? undefined : shared(scopes)
}

const mostSharedSets = 1000
const sharedSets = new Map<string, ReadonlySet<string>>()

/** Very many credentials hold the same few sets of scopes: those in memory hold the same ones. */
function shared(scopes: ReadonlySet<string>): ReadonlySet<string> {
  // RFC 6749 §3.3: no scope has a space in it.
  const text = [...scopes].join(' ')
  const known = sharedSets.get(text)
  if (known !== undefined) return known
  if (sharedSets.size >= mostSharedSets) sharedSets.clear()
  sharedSets.set(text, scopes)
  return scopes
}

async function resolveKey(parts: ResolverParts, text: string): Promise<Resolution | undefined> {
  const { directory, peppers, now } = parts
  const parsed = parseKey(text, parts.keyPrefix)
  const key = parsed === undefined ? undefined : await parts.findKey(parsed.keyId)
  if (parsed === undefined || key === undefined) return undefined
  const slot = secretMatches(peppers, key, parsed.secret, now())
  if (slot === undefined || key.revokedAt !== undefined || key.disabledAt !== undefined) return undefined
  const endsAt = earliest(key.expiresAt, key.secrets.find((secret) => secret.slot === slot)?.expiresAt)
  const nowMilliseconds = now().getTime()
  if (endsAt !== undefined && endsAt.getTime() <= nowMilliseconds) return undefined
  const { owner } = key
  const [ownerFound, api] = await Promise.all([
    owner.type === 'client' ? directory.client(owner.id) : directory.account(owner.id),
    directory.api(key.apiIdentifier),
  ])
  if (ownerFound === undefined || api === undefined) return undefined
  const scopes = new Set(key.scopes).intersection(await directory.scopesAt(api, owner))
  const named = new Set(api.scopes.map(({ name }) => name)).intersection(scopes)
  if (named.size === 0) return undefined
  return {
    principal: {
      credentialType: 'api_key',
      subject: owner.id,
      clientId: owner.type === 'client' ? owner.id : undefined,
      owner,
      api,
      scopes: shared(named),
      issuedAtSeconds: Math.floor(key.createdAt.getTime() / 1000),
      expiresAtSeconds: endsAt === undefined ? undefined : Math.floor(endsAt.getTime() / 1000),
      boundTo: undefined,
      key: {
        id: key.id,
        slot,
        allowedAddresses: key.allowedAddresses,
        rateLimit: key.rateLimit,
        quota: key.quota,
      },
      facts: {},
    },
    tags: [`api_key:${key.id}`, `${owner.type}:${owner.id}`, `api:${key.apiIdentifier}`],
    validUntilMilliseconds: Math.min(
      endsAt?.getTime() ?? Infinity,
      nowMilliseconds + longestMemoryMilliseconds,
    ),
  }
}

function earliest(...dates: readonly (Date | undefined)[]): Date | undefined {
  return dates.filter((date) => date !== undefined).sort((left, right) => left.getTime() - right.getTime())[0]
}
