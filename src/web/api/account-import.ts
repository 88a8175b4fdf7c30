/** Taking accounts over from another server, with the password hashes it exported. */
import { z } from 'zod'
import { createAccount, newAccount } from '../../domain/accounts/create.ts'
import { foreignHashProblem } from '../../domain/accounts/foreign-hashes.ts'
import { Refusal } from '../../platform/errors.ts'
import { parseOrRefuse } from '../../platform/parse.ts'
import { accountIdText } from './ids.ts'
import { camel, listOf } from './json.ts'
import { defineRoute } from './route.ts'
import type { Route } from './route.ts'

const mostAtOnce = 500

const imported = z.strictObject({
  email: newAccount.shape.email,
  email_verified: z.boolean().optional(),
  username: newAccount.shape.username,
  claims: newAccount.shape.claims.unwrap().optional(),
  password_hash: z
    .string()
    .max(500)
    .optional()
    .describe('argon2, bcrypt, scrypt or PBKDF2 in the form $…$…$…; replaced at the first sign-in.'),
})

const importAccounts = defineRoute({
  id: 'import_accounts',
  tag: 'Accounts',
  method: 'POST',
  path: '/accounts/import',
  summary:
    'Makes up to 500 accounts with the password hashes of another server. An address or user name that is taken is told of and skipped.',
  scope: 'accounts:write',
  fresh: true,
  creates: true,
  body: z.strictObject({ accounts: z.array(imported).min(1).max(mostAtOnce) }),
  status: 200,
  answer: listOf(
    z.strictObject({
      outcome: z.enum(['created', 'email_taken', 'username_taken']),
      account_id: accountIdText.nullable(),
    }),
  ),
  handle: async ({ db, body: { accounts }, rooms, act }) => {
    // All hashes are looked at before the first account is made.
    accounts.forEach(({ password_hash: hash }, at) => refuseHash(hash, at))
    const items = []
    for (const { password_hash: passwordHash, ...members } of accounts) {
      const account = parseOrRefuse(newAccount, camel(members), 'invalid_request')
      const made = await createAccount(db, { id: rooms.newId('acc'), account, passwordHash }, act)
      items.push({
        outcome: made.outcome,
        account_id: made.outcome === 'created' ? made.account.id : null,
      })
    }
    return { body: { items } }
  },
})

/** The route of imports. */
export const accountImportRoutes: readonly Route[] = [importAccounts]

function refuseHash(hash: string | undefined, at: number): void {
  const problem = hash === undefined ? undefined : foreignHashProblem(hash)
  if (problem === undefined) return
  const why = {
    unknown_form: 'is of an unknown form',
    too_costly: 'would cost too much at each sign-in',
    too_weak: 'protects nothing',
  }[problem]
  throw new Refusal('unsupported_hash', `accounts[${at}].password_hash ${why}.`)
}
