/** Taking accounts over from another server at the command line. */
import { z } from 'zod'
import { importAccounts, importedAccounts } from '../domain/accounts/import.ts'
import { randomId } from '../platform/crypto/random.ts'
import { parseOrRefuse } from '../platform/parse.ts'
import { defineCommand } from './command.ts'
import type { Command } from './command.ts'
import { readJsonFile } from './input.ts'
import { requiredText } from './option.ts'
import { count, sentence, table } from './output.ts'

const form = z.strictObject({ accounts: importedAccounts })

const importCommand = defineCommand({
  words: 'accounts import',
  summary:
    'Makes accounts with the password hashes of another server; one whose address or user name is taken is skipped.',
  notes: [
    'The file is {"accounts": [{"email", "email_verified", "username", "claims", "password_hash"}]}, as the management API takes it.',
    'Hashes: argon2, bcrypt ($2a$, $2b$, $2y$), scrypt, PBKDF2 (PHC, passlib, Django); replaced at the first sign-in.',
    'bcrypt looks at 72 bytes of a password: whoever has a longer one needs another, by reset-password.',
  ],
  arguments: { file: requiredText('file', 'The JSON file.') },
  examples: ['accounts import users.json'],
  run: async (context, { file }) => {
    const { accounts } = parseOrRefuse(form, await readJsonFile(file), 'invalid_request')
    const order = { accounts, newId: () => randomId('acc') }
    const outcomes = await importAccounts(await context.openDatabase(), order, context.act)
    const items = outcomes.map(({ outcome, id }, at) => ({
      email: accounts[at]?.email,
      outcome,
      account_id: id,
    }))
    const skipped = items.filter(({ outcome }) => outcome !== 'created')
    return {
      json: { items: items.map((item) => ({ ...item, account_id: item.account_id ?? null })) },
      blocks: [
        sentence(`${count(items.length - skipped.length, 'account')} made, ${skipped.length} skipped.`),
        ...(skipped.length === 0
          ? []
          : [
              table(
                ['e-mail', 'why skipped'],
                skipped.map(({ email, outcome }) => [email, outcome.replace('_', ' ')]),
              ),
            ]),
      ],
    }
  },
})

/** The command of imports. */
export const accountImportCommands: readonly Command[] = [importCommand]
