/** The list of API keys, and one of them. */
import { listApis, findApiById } from '../../domain/apis/api.ts'
import type { Api } from '../../domain/apis/api.ts'
import { keyCeiling } from '../../domain/api-keys/create.ts'
import { keyStates, listApiKeys, requireApiKey, stateOf } from '../../domain/api-keys/find.ts'
import type { ApiKey, ApiKeySecret, KeyState } from '../../domain/api-keys/find.ts'
import { rotationEvidence } from '../../domain/api-keys/rotate.ts'
import { searchApiKeys } from '../../domain/api-keys/search.ts'
import { isKeyId, isSecretLive } from '../../domain/api-keys/secret.ts'
import { scopeUsageOf } from '../../domain/api-keys/usage-reports.ts'
import type { Database } from '../../platform/db/open.ts'
import type { Page } from '../../platform/db/page.ts'
import { isIdText, lineOfText } from '../../platform/text.ts'
import { keysContent } from '../../../views/admin/keys-page.ts'
import type { KeyFilters } from '../../../views/admin/keys-page.ts'
import { keyContent } from '../../../views/admin/key-page.ts'
import type { ShownKey } from '../../../views/admin/key-page.ts'
import type { ShownSecret } from '../../../views/admin/key-secrets.ts'
import type { FilterChoice } from '../../../views/admin/parts.ts'
import { ownerCalled, shownOwner, shownOwners } from './key-owners.ts'
import { keyUsageOf, spanOf } from './key-usage.ts'
import type { ConsoleRoute, Visit } from './route.ts'

const path = '/admin/keys'
const perPage = 20
const mostChoices = 100

async function showKeys({ db, now, query, frame, rooms, show }: Visit): Promise<void> {
  const filters = filtersOf(query)
  const after = query.get('after') ?? undefined
  const { page, ownerUnknown } = await findKeys(db, { filters, after, prefix: rooms.keyMaking.prefix, now })
  const ownerOf = await shownOwners(
    db,
    page.items.map(({ owner }) => owner),
  )
  const content = keysContent(frame, {
    filters,
    ownerUnknown,
    apis: await apiChoices(db, filters.api),
    keys: page.items.map((key) => ({
      ...key,
      state: stateOf(key, now),
      owner: ownerOf(key.owner),
      lastUsedAt: lastUsedAt(key.secrets),
    })),
    first: after === undefined ? undefined : urlOf(filters),
    next: page.next === undefined ? undefined : urlOf(filters, page.next),
  })
  show({ title: frame.messages.consoleKeys.title, current: path, content })
}

interface Wanted {
  readonly filters: KeyFilters
  readonly after: string | undefined
  readonly prefix: string
  readonly now: Date
}

/** A search by id or name, or by whoever is called what was written. */
async function findKeys(
  db: Database,
  { filters, after, prefix, now }: Wanted,
): Promise<{ readonly page: Page<ApiKey>; readonly ownerUnknown: boolean }> {
  const none = { items: [], next: undefined }
  const state = keyStates.find((each) => each === filters.state)
  const named = filters.owner === '' ? undefined : await ownerCalled(db, filters.owner)
  if (filters.owner !== '' && named === undefined) return { page: none, ownerUnknown: true }
  const narrowed = { limit: perPage, after, state, apiId: filters.api === '' ? undefined : filters.api }
  const text = withoutPrefix(filters.search, prefix)
  const searched =
    text === '' || isKeyId(text) || named !== undefined ? undefined : await ownerCalled(db, text)
  const owner = named ?? searched
  if (text === '' || searched !== undefined) {
    return { page: await listApiKeys(db, { ...narrowed, owner }, now), ownerUnknown: false }
  }
  if (!lineOfText(200).safeParse(text).success) return { page: none, ownerUnknown: false }
  return { page: await searchApiKeys(db, { ...narrowed, owner, prefix: text }, now), ownerUnknown: false }
}

/** Logs show the id of a key with the prefix before it. */
function withoutPrefix(search: string, prefix: string): string {
  const text = search.trim()
  const id = text.startsWith(`${prefix}_`) ? text.slice(prefix.length + 1, prefix.length + 13) : ''
  return isKeyId(id) ? id : text
}

function filtersOf(query: URLSearchParams): KeyFilters {
  const member = (name: string) => (query.get(name) ?? '').trim()
  const state: KeyState | undefined = keyStates.find((each) => each === query.get('state'))
  const api = isIdText(member('api')) ? member('api') : ''
  return { search: member('search'), owner: member('owner'), api, state: state ?? '' }
}

function urlOf(filters: KeyFilters, after?: string): string {
  const given = Object.entries(filters).filter(([, value]) => value !== '')
  const query = new URLSearchParams([...given, ...(after === undefined ? [] : [['after', after]])])
  return query.size === 0 ? path : `${path}?${query.toString()}`
}

async function apiChoices(db: Database, chosen: string): Promise<readonly FilterChoice[]> {
  const { items } = await listApis(db, { limit: mostChoices })
  const isListed = chosen === '' || items.some(({ id }) => id === chosen)
  const other = isListed ? undefined : await findApiById(db, chosen)
  return [...items, ...(other === undefined ? [] : [other])].map(({ id, name }) => ({
    value: id,
    text: name,
  }))
}

function lastUsedAt(secrets: readonly ApiKeySecret[]): Date | undefined {
  const times = secrets.flatMap((secret) => secret.lastUsedAt?.getTime() ?? [])
  return times.length === 0 ? undefined : new Date(Math.max(...times))
}

async function showKey({ db, now, params, query, frame, show }: Visit): Promise<void> {
  const key = await requireApiKey(db, params['id'] ?? '')
  const [shown, usage] = await Promise.all([
    shownKey(db, key, now),
    keyUsageOf(db, { keyId: key.id, span: spanOf(query.get('span')), now }),
  ])
  show({ title: key.name, current: path, content: keyContent(frame, shown, usage) })
}

async function shownKey(db: Database, key: ApiKey, now: Date): Promise<ShownKey> {
  const api = await findApiById(db, key.apiId)
  const evidence = rotationEvidence(key, now)
  return {
    ...key,
    state: stateOf(key, now),
    owner: await shownOwner(db, key.owner),
    scopes: await shownScopes(db, key, api),
    secrets: shownSecrets(key, now),
    rotation: evidence?.underWay === true ? { oldUsed: evidence.oldUsedSinceRotation } : undefined,
  }
}

async function shownScopes(db: Database, key: ApiKey, api: Api | undefined): Promise<ShownKey['scopes']> {
  const used = new Map((await scopeUsageOf(db, key.id)).map((use) => [use.scope, use]))
  const held = await keyCeiling(db, key)
  const described = new Map(api?.scopes.map(({ name, description }) => [name, description]))
  return key.scopes.map((name) => {
    const use = used.get(name)
    return {
      name,
      description: described.get(name),
      isLost: !held.has(name),
      used: use === undefined ? undefined : { first: use.firstUsedAt, last: use.lastUsedAt },
    }
  })
}

/** The secrets of a key, the newest first. */
export function shownSecrets({ secrets }: ApiKey, now: Date): readonly ShownSecret[] {
  const kindOf = ({ expiresAt }: ApiKeySecret): ShownSecret['kind'] =>
    secrets.length < 2 ? 'only' : expiresAt === undefined ? 'newer' : 'older'
  return secrets
    .map((secret) => ({ ...secret, kind: kindOf(secret), isLive: isSecretLive(secret, now) }))
    .toSorted((left, right) => right.createdAt.getTime() - left.createdAt.getTime())
}

/** The pages that only look. */
export const keyPages: readonly ConsoleRoute[] = [
  { method: 'GET', path: '/keys', needs: 'keys:read', handle: showKeys },
  { method: 'GET', path: '/keys/:id', needs: 'keys:read', handle: showKey },
]
