/**
 * Reminders of API keys and client secrets that end soon (ASVS 6.4.5), to whoever can renew them.
 * Owns `expiry_reminders`: each end of a credential is told 14 days and 3 days before it, once each. What was made to last
 * for less than that is not told of that early, and a secret that is being rotated out has a newer one already.
 */
import { sql } from 'kysely'
import type { Database } from '../../platform/db/open.ts'
import { inTransaction } from '../../platform/db/transaction.ts'
import type { Act } from '../audit/act.ts'
import { enqueueNotice } from '../mail/outbox.ts'
import { recipientsOf } from './recipients.ts'

const daysBefore = [14, 3] as const
const mostAtOnce = 200

interface Ending {
  readonly type: 'api_key' | 'client_secret'
  readonly id: string
  readonly name: string
  readonly ownerType: 'account' | 'client'
  readonly ownerId: string
  readonly endsAt: Date
}

/** Reminds of what ends soon; says of how many. Any number of instances may do so at once. */
export async function remindOfEnds(db: Database, act: Act): Promise<number> {
  let total = 0
  for (;;) {
    const reminded = await inTransaction(db, async (trx) => {
      const endings = await takeDue(trx, act.now)
      for (const ending of endings) await remind(trx, ending, act)
      return endings.length
    })
    total += reminded
    if (reminded < mostAtOnce) return total
  }
}

async function remind(db: Database, ending: Ending, act: Act): Promise<void> {
  const { type, id, name, ownerType, ownerId, endsAt } = ending
  const facts = {
    credential: type,
    id,
    name,
    owner: ownerType,
    ...(ownerType === 'client' && { clientId: ownerId }),
    endsAt: endsAt.toISOString(),
  }
  for (const { address, locale, accountId } of await recipientsOf(db, { type: ownerType, id: ownerId })) {
    await enqueueNotice(db, { kind: 'expiry_reminder', to: address, locale, accountId, facts }, act)
  }
}

/** Marks what is due, and answers with what nobody else has marked: one for each end, however many days were missed. */
async function takeDue(db: Database, now: Date): Promise<readonly Ending[]> {
  const { rows } = await sql<Ending>`
    with ending as (
      select 'api_key' as type, k.id, k.name, k.owner_type, k.owner_id, k.expires_at as ends_at, k.created_at
      from api_keys k
      where k.expires_at > ${now} and k.expires_at <= ${now}::timestamptz + interval '14 days'
        and k.revoked_at is null and k.disabled_at is null
      union all
      select 'client_secret', s.id, c.name, 'client', s.client_id, s.expires_at, s.created_at
      from client_secrets s join clients c on c.id = s.client_id
      where s.expires_at > ${now} and s.expires_at <= ${now}::timestamptz + interval '14 days'
        and c.disabled_at is null and not exists (
          select from client_secrets newer where newer.client_id = s.client_id and newer.id <> s.id
            and coalesce(newer.expires_at, 'infinity') > s.expires_at)
    ), due as (
      select ending.*, days from ending, unnest(${sql.val([...daysBefore])}::int[]) as days
      where ends_at <= ${now}::timestamptz + make_interval(days => days)
        and created_at <= ends_at - make_interval(days => days)
        and not exists (select from expiry_reminders r where r.credential_type = ending.type
          and r.credential_id = ending.id and r.ends_at = ending.ends_at and r.days_before = days)
      order by ends_at, id limit ${mostAtOnce}
    ), marked as (
      insert into expiry_reminders (credential_type, credential_id, ends_at, days_before, reminded_at)
      select type, id, ends_at, days, ${now}::timestamptz from due
      on conflict do nothing
      returning credential_type, credential_id, ends_at
    )
    select distinct due.type, due.id, due.name, due.owner_type, due.owner_id, due.ends_at
    from due join marked on marked.credential_type = due.type and marked.credential_id = due.id
      and marked.ends_at = due.ends_at`.execute(db)
  return rows
}
