import { z } from 'zod'
import type { Database } from '../../platform/db/open.ts'
import { inTransaction } from '../../platform/db/transaction.ts'
import { Refusal } from '../../platform/errors.ts'
import { parseOrRefuse } from '../../platform/parse.ts'
import { checkedText } from '../../platform/text.ts'
import type { Act } from '../audit/act.ts'
import { record } from '../audit/record.ts'
import type { Client } from './client.ts'
import { requireClient } from './client.ts'
import type { ClientMetadata } from './metadata.ts'
import { parseClientMetadata } from './metadata.ts'
import type { ClientSettings } from './settings.ts'
import { checkSettings, clientSettings, tokenRateColumns } from './settings.ts'

/** A client about to be registered. */
export interface NewClient extends ClientSettings {
  readonly id: string
  readonly metadata: ClientMetadata
}

// An id goes into `sub` and `client_id` alike, so it must never look like an account's.
const clientId = checkedText((text) => {
  if (!/^[\w.~-]{1,100}$/.test(text)) return 'must have 1 to 100 letters, digits and . _ ~ -'
  return /^acc_/i.test(text) ? 'must not begin like the id of an account' : undefined
})

/** Parses a new client: `id` and `metadata`, and settings where they are not the defaults. */
export function parseNewClient(input: { id: unknown; metadata: unknown; settings?: unknown }): NewClient {
  const metadata = parseClientMetadata(input.metadata)
  const settings = parseOrRefuse(clientSettings, input.settings ?? {}, 'invalid_metadata')
  return {
    id: parseOrRefuse(z.object({ id: clientId }), input, 'invalid_metadata').id,
    metadata,
    ...settings,
  }
}

/** Registers a client, without a secret. Its id must be new. */
export function createClient(db: Database, client: NewClient, act: Act): Promise<Client> {
  const { id, metadata, firstParty, pkceRequired, refreshGraceSeconds, verified, optionalScopes } = client
  checkSettings(client, metadata)
  return inTransaction(db, async (trx) => {
    const created = await trx
      .insertInto('clients')
      .values({
        id,
        name: metadata.client_name,
        metadata: JSON.stringify(metadata),
        firstParty,
        pkceRequired,
        refreshGraceSeconds,
        verified,
        optionalScopes: [...optionalScopes],
        ...tokenRateColumns(client.tokenRateLimit),
        createdAt: act.now,
        updatedAt: act.now,
      })
      .onConflict((conflict) => conflict.column('id').doNothing())
      .returning('id')
      .executeTakeFirst()
    if (created === undefined) throw new Refusal('conflict', 'There is a client with this id already.')
    const details = { name: metadata.client_name, firstParty, pkceRequired, verified }
    await record(trx, { type: 'client.created', target: { type: 'client', id }, details }, act)
    return requireClient(trx, id)
  })
}
