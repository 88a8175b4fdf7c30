import type { Database } from '../../platform/db/open.ts'
import { Refusal } from '../../platform/errors.ts'
import type { Owner } from './permissions.ts'

/**
 * Makes sure an owner exists and stays until the transaction ends. What an owner was given is removed with it, and this
 * keeps anything from being given to a name that nobody has, or that somebody else might take later.
 */
export async function holdOwner(db: Database, { type, id }: Owner): Promise<void> {
  const table = type === 'account' ? 'accounts' : 'clients'
  const held = await db.selectFrom(table).select('id').where('id', '=', id).forKeyShare().executeTakeFirst()
  if (held === undefined) throw new Refusal('not_found', `There is no such ${type}.`)
}
