/** Taking accounts over from another server, with the password hashes it exported. */
import { z } from 'zod'
import { importAccounts, importedAccounts } from '../../domain/accounts/import.ts'
import { accountIdText } from './ids.ts'
import { listOf } from './json.ts'
import { defineRoute } from './route.ts'
import type { Route } from './route.ts'

const mostAtOnce = 500

const takeOver = defineRoute({
  id: 'import_accounts',
  tag: 'Accounts',
  method: 'POST',
  path: '/accounts/import',
  summary:
    'Makes up to 500 accounts with the password hashes of another server. An address or user name that is taken is told of and skipped.',
  scope: 'accounts:write',
  fresh: true,
  creates: true,
  body: z.strictObject({ accounts: importedAccounts.max(mostAtOnce) }),
  status: 200,
  answer: listOf(
    z.strictObject({
      outcome: z.enum(['created', 'email_taken', 'username_taken']),
      account_id: accountIdText.nullable(),
    }),
  ),
  handle: async ({ db, body: { accounts }, rooms, act }) => {
    const outcomes = await importAccounts(db, { accounts, newId: () => rooms.newId('acc') }, act)
    return { body: { items: outcomes.map(({ outcome, id }) => ({ outcome, account_id: id ?? null })) } }
  },
})

/** The route of imports. */
export const accountImportRoutes: readonly Route[] = [takeOver]
