/** Who acted and whom it was about, with the names people know them by and the pages of the console about them. */
import { findAccount } from '../../domain/accounts/account.ts'
import { findApiKeys } from '../../domain/api-keys/find.ts'
import { findApiById } from '../../domain/apis/api.ts'
import { findRole } from '../../domain/apis/roles.ts'
import { keyOf } from '../../domain/audit/changes.ts'
import type { Party, RecordedEvent } from '../../domain/audit/search.ts'
import { findClient } from '../../domain/clients/client.ts'
import type { Database } from '../../platform/db/open.ts'
import type { ShownParty } from '../../../views/admin/audit-parts.ts'
import type { Visit } from './route.ts'

interface Known {
  /** The page about one of them. */
  readonly path: string
  readonly needs: string
  readonly name: (db: Database, id: string) => Promise<string | undefined>
}

const known: Readonly<Record<string, Known>> = {
  account: {
    path: '/admin/accounts/',
    needs: 'accounts:read',
    name: async (db, id) => (await findAccount(db, id))?.email,
  },
  client: {
    path: '/admin/clients/',
    needs: 'clients:read',
    name: async (db, id) => (await findClient(db, id))?.name,
  },
  api: {
    path: '/admin/apis/',
    needs: 'apis:read',
    name: async (db, id) => (await findApiById(db, id))?.name,
  },
  api_key: {
    path: '/admin/keys/',
    needs: 'keys:read',
    name: async (db, id) => (await findApiKeys(db, [id]))[0]?.name,
  },
  role: {
    path: '/admin/roles/',
    needs: 'roles:read',
    name: async (db, id) => (await findRole(db, id))?.name,
  },
}

/** How to show any party of these events; each is looked up once. */
export async function partiesOf(
  { db, frame }: Pick<Visit, 'db' | 'frame'>,
  events: readonly RecordedEvent[],
): Promise<(party: Party) => ShownParty> {
  const parties = events.flatMap((event) =>
    [event.actor, event.target, keyPartyOf(event)].filter((party) => party !== undefined),
  )
  const unique = new Map(parties.map((party) => [textOf(party), party]))
  const shown = new Map(
    await Promise.all(
      [...unique].map(async ([text, party]) => [text, await shownParty({ db, frame }, party)] as const),
    ),
  )
  return (party) => shown.get(textOf(party)) ?? { type: party.type }
}

/** The API key with which the actor of an event acted. */
export function keyPartyOf({ details }: Pick<RecordedEvent, 'details'>): Party | undefined {
  const id = keyOf(details)
  return id === undefined ? undefined : { type: 'api_key', id }
}

/** A party as the filters take it. */
export function textOf({ type, id }: Party): string {
  return id === undefined ? type : `${type}:${id}`
}

async function shownParty({ db, frame }: Pick<Visit, 'db' | 'frame'>, party: Party): Promise<ShownParty> {
  const { type, id } = party
  const kind = Object.hasOwn(known, type) ? known[type] : undefined
  if (kind === undefined || id === undefined) {
    const isKey = type === 'signing_key' && frame.may('signing-keys:read')
    return { type, id, ...(isKey && { url: '/admin/signing-keys' }) }
  }
  // Whoever may not see accounts learns no address here either; what is gone has no page.
  if (!frame.may(kind.needs)) return { type, id }
  const name = await kind.name(db, id)
  return name === undefined ? { type, id } : { type, id, name, url: `${kind.path}${encodeURIComponent(id)}` }
}
