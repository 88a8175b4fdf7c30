import type { Database } from '../../platform/db/open.ts'
import { run, statement } from '../../platform/db/open.ts'
import { inTransaction } from '../../platform/db/transaction.ts'
import { Refusal } from '../../platform/errors.ts'
import { equalDigests, sha256 } from '../../platform/crypto/digest.ts'
import { isIdText } from '../../platform/text.ts'
import type { Act } from '../audit/act.ts'
import { record } from '../audit/record.ts'
import type { Client, ClientSecret } from './client.ts'
import { requireClient } from './client.ts'

/** A secret about to be given to a client: made by the caller with `randomSecret()` and shown to it once. */
export interface NewSecret {
  readonly clientId: string
  readonly secretId: string
  readonly secret: string
  readonly expiresAt?: Date | undefined
}

/** Names one secret of one client. */
export interface SecretName {
  readonly clientId: string
  readonly secretId: string
}

const slots = [0, 1] as const
// Compared with where there is no secret, so that how many there are does not show in the time.
const noHash = Buffer.alloc(32)

// Each insert is its own arbiter through the unique (client_id, slot): whoever finds a live secret in the slot writes
// nothing, and tries the other. An expired secret gives its slot up.
const fillFreeSlot = statement<{ id: string }>(
  'client_secret_add',
  `with first as (
    insert into client_secrets as s (id, client_id, slot, secret_hash, created_at, expires_at)
    values ($1, $2, 1, $3, $4, $5)
    on conflict (client_id, slot) do update set id = excluded.id, secret_hash = excluded.secret_hash,
      created_at = excluded.created_at, expires_at = excluded.expires_at
    where s.expires_at <= excluded.created_at
    returning s.id
  ), second as (
    insert into client_secrets as s (id, client_id, slot, secret_hash, created_at, expires_at)
    select $1, $2, 2, $3, $4, $5 where not exists (select from first)
    on conflict (client_id, slot) do update set id = excluded.id, secret_hash = excluded.secret_hash,
      created_at = excluded.created_at, expires_at = excluded.expires_at
    where s.expires_at <= excluded.created_at
    returning s.id
  ) select id from first union all select id from second`,
)

/** Gives a client a secret; refuses with `conflict` when two are live already. */
export function addSecret(db: Database, given: NewSecret, act: Act): Promise<void> {
  const { clientId, secretId, secret, expiresAt } = given
  // 43 characters of base64url are 256 bits.
  if (secret.length < 43) throw new Error('a client secret needs at least 256 random bits')
  if (expiresAt !== undefined && expiresAt <= act.now) {
    throw new Refusal('invalid_request', 'A secret must expire in the future.')
  }
  return inTransaction(db, async (trx) => {
    await holdClient(trx, clientId)
    const { metadata } = await requireClient(trx, clientId)
    if (!usesSecret(metadata.token_endpoint_auth_method)) {
      throw new Refusal('invalid_request', 'This client does not authenticate with a secret.')
    }
    const values = [secretId, clientId, sha256(secret), act.now, expiresAt ?? null]
    const [added] = await run(trx, fillFreeSlot, values)
    if (added === undefined) {
      throw new Refusal('conflict', 'The client has two secrets already; revoke one or let it expire first.')
    }
    const details = { secretId, expiresAt: expiresAt?.toISOString() }
    await record(
      trx,
      { type: 'client.secret_created', target: { type: 'client', id: clientId }, details },
      act,
    )
  })
}

/** Lets a live secret stop working at a time to come. The time can be moved forward later, never back. */
export function expireSecret(db: Database, given: SecretName & { expiresAt: Date }, act: Act): Promise<void> {
  const { clientId, secretId, expiresAt } = given
  if (expiresAt <= act.now)
    throw new Refusal('invalid_request', 'A secret must expire in the future, or be revoked.')
  return inTransaction(db, async (trx) => {
    await requireSecret(trx, given)
    const changed = await trx
      .updateTable('clientSecrets')
      .set({ expiresAt })
      .where('id', '=', secretId)
      .where('clientId', '=', clientId)
      .where((eb) => eb.or([eb('expiresAt', 'is', null), eb('expiresAt', '>', expiresAt)]))
      .executeTakeFirst()
    if (changed.numUpdatedRows !== 1n) throw new Refusal('conflict', 'This secret expires by then already.')
    const details = { members: ['client_secret_expires_at'], secretId, expiresAt: expiresAt.toISOString() }
    await record(trx, { type: 'client.changed', target: { type: 'client', id: clientId }, details }, act)
  })
}

/** Ends a secret at once and says how many live ones the client has left: with none it cannot authenticate. */
export function revokeSecret(db: Database, given: SecretName, act: Act): Promise<{ secretsLeft: number }> {
  const { clientId, secretId } = given
  return inTransaction(db, async (trx) => {
    await requireSecret(trx, given)
    const deleted = await trx
      .deleteFrom('clientSecrets')
      .where('id', '=', secretId)
      .where('clientId', '=', clientId)
      .executeTakeFirst()
    if (deleted.numDeletedRows !== 1n) throw unknownSecret()
    const { secrets } = await requireClient(trx, clientId)
    const secretsLeft = secrets.filter((secret) => isLive(secret, act.now)).length
    const details = { secretId, secretsLeft }
    await record(
      trx,
      { type: 'client.secret_revoked', target: { type: 'client', id: clientId }, details },
      act,
    )
    return { secretsLeft }
  })
}

/**
 * True if `given` is a live secret of an enabled client that authenticates with one. Every slot is compared in full
 * whatever the others said, so that time tells neither which secret it was nor how many there are.
 */
export function clientSecretMatches(client: Client, given: string, now: Date): boolean {
  const digest = sha256(given)
  let matches = false
  for (const slot of slots) {
    const secret = client.secrets[slot]
    const equal = equalDigests(digest, secret?.hash ?? noHash)
    const usable = secret !== undefined && isLive(secret, now)
    matches = (equal && usable) || matches
  }
  return matches && client.disabledAt === undefined && usesSecret(client.metadata.token_endpoint_auth_method)
}

/** True while a secret works. */
export function isLive({ expiresAt }: ClientSecret, now: Date): boolean {
  return expiresAt === undefined || expiresAt > now
}

function usesSecret(method: Client['metadata']['token_endpoint_auth_method']): boolean {
  return method === 'client_secret_basic' || method === 'client_secret_post'
}

// Until the transaction ends the client can neither be deleted nor lose the place of its secrets.
async function holdClient(db: Database, id: string): Promise<void> {
  if (!isIdText(id)) return
  await db.selectFrom('clients').select('id').where('id', '=', id).forKeyShare().execute()
}

async function requireSecret(db: Database, { clientId, secretId }: SecretName): Promise<void> {
  const { secrets } = await requireClient(db, clientId)
  if (!secrets.some(({ id }) => id === secretId)) throw unknownSecret()
}

function unknownSecret(): Refusal {
  return new Refusal('not_found', 'The client has no such secret.')
}
