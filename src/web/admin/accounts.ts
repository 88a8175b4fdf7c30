/** The list of accounts. */
import { accountFilters, findAccounts } from '../../domain/accounts/find-accounts.ts'
import { accountListContent } from '../../../views/admin/accounts-page.ts'
import { placesOf, searchOf } from './list-places.ts'
import type { ConsoleRoute, Visit } from './route.ts'

const path = '/admin/accounts'
const perPage = 25

async function list({ db, query, frame, show }: Visit): Promise<void> {
  const search = searchOf(query)
  const filters = accountFilters.parse(Object.fromEntries(query))
  const after = query.get('after') ?? undefined
  const wanted = { filters, limit: perPage, after, ...(search !== '' && { search }) }
  const { items, next } = await findAccounts(db, wanted)
  const kept = Object.fromEntries(
    Object.entries({ search, ...filters }).filter(
      (entry): entry is [string, string] => entry[1] !== undefined,
    ),
  )
  const content = accountListContent(frame, {
    search,
    filters,
    accounts: items,
    ...placesOf(path, kept, { after, next }),
  })
  show({ title: frame.messages.consoleAccounts.title, current: path, content })
}

/** The page of all accounts. */
export const accountListPages: readonly ConsoleRoute[] = [
  { method: 'GET', path: '/accounts', needs: 'accounts:read', handle: list },
]
