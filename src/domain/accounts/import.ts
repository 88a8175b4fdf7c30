/** Taking accounts over from another server, with the password hashes it exported, in a form that stays. */
import { z } from 'zod'
import type { Database } from '../../platform/db/open.ts'
import { Refusal } from '../../platform/errors.ts'
import { parseOrRefuse } from '../../platform/parse.ts'
import type { Act } from '../audit/act.ts'
import { createAccount, newAccount } from './create.ts'
import type { CreateOutcome } from './create.ts'
import { foreignHashProblem } from './foreign-hashes.ts'
import { firstTooMany } from './hash-kinds.ts'

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

/** The accounts of an export, in the members of the management API. */
export const importedAccounts = z.array(imported).min(1)

/** What came of one of them: the id of the account that was made, or why none was. */
export interface ImportOutcome {
  readonly outcome: CreateOutcome['outcome']
  readonly id: string | undefined
}

/** Makes the accounts one after the other; one whose name is taken is skipped. Refuses before the first if a hash is none. */
export async function importAccounts(
  db: Database,
  { accounts, newId }: { readonly accounts: z.output<typeof importedAccounts>; readonly newId: () => string },
  act: Act,
): Promise<ImportOutcome[]> {
  const hashes = accounts.map(({ password_hash: hash }) => hash)
  hashes.forEach(refuseHash)
  await refuseTooMany(db, hashes)
  const outcomes: ImportOutcome[] = []
  for (const {
    email,
    email_verified: emailVerified,
    username,
    claims,
    password_hash: passwordHash,
  } of accounts) {
    const account = parseOrRefuse(newAccount, { email, emailVerified, username, claims }, 'invalid_request')
    const made = await createAccount(db, { id: newId(), account, passwordHash }, act)
    outcomes.push({ outcome: made.outcome, id: made.outcome === 'created' ? made.account.id : undefined })
  }
  return outcomes
}

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

/** A rejected attempt is compared with every kind there is (T31), so there cannot be any number of them. */
async function refuseTooMany(db: Database, hashes: readonly (string | undefined)[]): Promise<void> {
  const at = await firstTooMany(db, hashes)
  if (at === undefined) return
  throw new Refusal(
    'unsupported_hash',
    `accounts[${at}].password_hash is of one kind more than every sign-in can be compared with.`,
  )
}
