/**
 * The clients of our own pages. They are clients like any other, except that the server registers them itself: whatever
 * its issuer is now, they lead back to it.
 */
import { sql } from 'kysely'
import type { Database } from '../../platform/db/open.ts'
import { inTransaction } from '../../platform/db/transaction.ts'
import { Refusal } from '../../platform/errors.ts'
import type { Act } from '../audit/act.ts'
import { record } from '../audit/record.ts'
import { parseClientMetadata } from './metadata.ts'

/** One of our own pages, as a client. */
export interface OwnClientSettings {
  readonly clientId: string
  readonly redirectUri: string
  readonly postLogoutRedirectUri: string
}

const names = { account: 'Your account', console: 'Console' } as const

/** The ids of our own clients: their grants are no apps that somebody connected. */
export const ownClientIds: readonly string[] = ['latchkey-account', 'latchkey-console']

/** The client of the person's own page, for an issuer. */
export function accountClient(issuer: string): OwnClientSettings {
  return {
    clientId: 'latchkey-account',
    redirectUri: `${issuer}/account/callback`,
    postLogoutRedirectUri: `${issuer}/account/signed-out`,
  }
}

/** The client of the console, for an issuer. */
export function consoleClient(issuer: string): OwnClientSettings {
  return {
    clientId: 'latchkey-console',
    redirectUri: `${issuer}/admin/callback`,
    postLogoutRedirectUri: `${issuer}/admin/signed-out`,
  }
}

/** Registers what is missing and mends what is not as it should be; harmless from any instance at any time. */
export async function ensureOwnClients(db: Database, issuer: string, act: Act): Promise<void> {
  await ensureOwnClient(db, { ...accountClient(issuer), name: names.account }, act)
  await ensureOwnClient(db, { ...consoleClient(issuer), name: names.console }, act)
}

/** One statement decides who writes: of several instances that start at once one makes it, the others find it as it is. */
function ensureOwnClient(
  db: Database,
  { clientId, redirectUri, postLogoutRedirectUri, name }: OwnClientSettings & { readonly name: string },
  act: Act,
): Promise<void> {
  const metadata = parseClientMetadata({
    client_name: name,
    redirect_uris: [redirectUri],
    post_logout_redirect_uris: [postLogoutRedirectUri],
    token_endpoint_auth_method: 'none',
    require_auth_time: true,
  })
  return inTransaction(db, async (trx) => {
    const { rows } = await sql<{ isNew: boolean }>`
      insert into clients as known (id, name, metadata, first_party, pkce_required, created_at, updated_at)
      values (${clientId}, ${name}, ${JSON.stringify(metadata)}::jsonb, true, true, ${act.now}, ${act.now})
      on conflict (id) do update set name = excluded.name, metadata = excluded.metadata, first_party = true,
        pkce_required = true, updated_at = excluded.updated_at, version = known.version + 1
      where known.metadata <> excluded.metadata or not known.first_party or not known.pkce_required
      returning xmax = 0 as is_new`.execute(trx)
    const [written] = rows
    if (written === undefined) return
    const details = { name, firstParty: true, ...(!written.isNew && { fields: ['metadata'] }) }
    const type = written.isNew ? 'client.created' : 'client.changed'
    await record(trx, { type, target: { type: 'client', id: clientId }, details }, act)
  })
}

/** Refuses to change what the server registers itself: it would mend it at its next start, and be of no use until then. */
export function refuseOwnClient(id: string): void {
  if (!ownClientIds.includes(id)) return
  throw new Refusal('forbidden', 'This client is part of the server and cannot be changed.')
}
