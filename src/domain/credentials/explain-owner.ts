/** Whoever a credential stands for: whether they are still there, and whether anything of what it was given is left. */
import { findAccount } from '../accounts/account.ts'
import { findClient } from '../clients/client.ts'
import type { Client } from '../clients/client.ts'
import type { Api } from '../apis/api.ts'
import { grantableScopes } from '../apis/permissions.ts'
import type { Owner } from '../apis/permissions.ts'
import type { Database } from '../../platform/db/open.ts'
import { lostOf } from './explain-lost.ts'
import { lastEvent } from './explain-presented.ts'
import type { Identified } from './explain-presented.ts'
import type { ExplainParts } from './explain.ts'
import type { Reason } from './explanation.ts'
import type { PresentedToken } from './presented.ts'

type Diagnosis =
  | { readonly passed: Reason; readonly failed: undefined }
  | { readonly failed: Reason; readonly passed?: undefined }

type Credential = Exclude<Identified, { readonly kind: 'none' }>

/** Finds out what became of the owner of a credential, and of what it holds. */
export async function diagnoseOwner(
  parts: ExplainParts,
  { identified, api }: { readonly identified: Credential; readonly api: Api | undefined },
): Promise<Diagnosis> {
  const owners = ownersOf(identified)
  for (const owner of owners) {
    const gone = await goneOf(parts.db, owner)
    if (gone !== undefined) return { failed: gone }
  }
  // The one it stands for comes last: a client acts for an account.
  const owner = owners.at(-1)
  if (owner === undefined) throw new Error('a credential stands for somebody')
  const passed: Reason = { code: 'owner_good', name: owner.id }
  if (identified.kind === 'refresh_token' || api === undefined) return { passed, failed: undefined }
  const ended = identified.kind === 'token' ? await endOfTime(parts.db, identified.token, api) : undefined
  if (ended !== undefined) return { failed: ended }
  const left = await leftOf(parts, identified, api)
  const { given } = identified
  // A token may be for nothing but knowing who comes; a key that may do nothing is worth nothing.
  const isWorthless = left.size === 0 && (identified.kind === 'api_key' || given.length > 0)
  if (!isWorthless) return { passed, failed: undefined }
  const lost = await lostOf(parts.db, { owner, api, scopes: given })
  return { failed: { code: 'nothing_left', name: owner.id, scopes: given, lost } }
}

function ownersOf(identified: Credential): readonly Owner[] {
  if (identified.kind === 'api_key') return [identified.key.owner]
  const { clientId, accountId } = identified.token
  return [
    { type: 'client', id: clientId },
    ...(accountId === undefined ? [] : [{ type: 'account', id: accountId } as const]),
  ]
}

async function goneOf(db: Database, owner: Owner): Promise<Reason | undefined> {
  const { type, id } = owner
  const found = type === 'account' ? await findAccount(db, id) : await findClient(db, id)
  const target = { type, id }
  if (found === undefined) {
    return { code: `${type}_gone`, name: id, ...(await lastEvent(db, { type: `${type}.deleted`, target })) }
  }
  if (found.disabledAt === undefined) return undefined
  const end = await lastEvent(db, { type: `${type}.disabled`, target })
  return { code: `${type}_disabled`, name: id, ...end, at: found.disabledAt }
}

/** What was issued in a time that was ended, or to an earlier bearer of the name. */
async function endOfTime(db: Database, token: PresentedToken, api: Api): Promise<Reason | undefined> {
  const client = await findClient(db, token.clientId)
  const issuedAt = token.issuedAtSeconds * 1000
  const isEnded = (at: Date | undefined) => at !== undefined && issuedAt <= at.getTime()
  if (isEnded(client?.tokensEndBefore)) {
    return { code: 'client_tokens_ended', name: token.clientId, at: client?.tokensEndBefore }
  }
  if (isEnded(api.tokensEndBefore)) {
    const end = await lastEvent(db, { type: 'api.tokens_ended', target: { type: 'api', id: api.id } })
    return { code: 'api_tokens_ended', name: api.identifier, ...end, at: api.tokensEndBefore }
  }
  const isOlder = ({ createdAt }: Client | Api) =>
    token.issuedAtSeconds < Math.floor(createdAt.getTime() / 1000)
  if (client !== undefined && isOlder(client)) return { code: 'token_older', name: token.clientId }
  return isOlder(api) ? { code: 'token_older', name: api.identifier } : undefined
}

async function leftOf(
  { resolving: { directory } }: ExplainParts,
  identified: Exclude<Credential, { readonly kind: 'refresh_token' }>,
  api: Api,
): Promise<ReadonlySet<string>> {
  const given = new Set(identified.given)
  const named = new Set(api.scopes.map(({ name }) => name))
  if (identified.kind === 'api_key') {
    return given.intersection(named).intersection(await directory.scopesAt(api, identified.key.owner))
  }
  if (!('token' in identified)) return given
  const { clientId, accountId } = identified.token
  const clientScopes = await directory.scopesAt(api, { type: 'client', id: clientId })
  const needsAccount = accountId !== undefined && api.accountsNeedPermission
  const accountScopes = needsAccount
    ? await directory.scopesAt(api, { type: 'account', id: accountId })
    : undefined
  return given.intersection(
    grantableScopes({ api, clientScopes, ...(accountScopes !== undefined && { accountScopes }) }),
  )
}
