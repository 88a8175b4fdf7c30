/** Second factors of accounts at the command line: what there is, and taking everything away when all was lost. */
import { listPasskeys } from '../domain/second-factors/passkeys.ts'
import { requireFactor } from '../domain/second-factors/remove-factor.ts'
import type { Factor } from '../domain/second-factors/remove-factor.ts'
import { enrolledFactors } from '../domain/second-factors/second-factors.ts'
import { findTotp } from '../domain/second-factors/totp.ts'
import { takeAllFactors, takeFactor } from '../oidc/taken-factors.ts'
import type { Database } from '../platform/db/open.ts'
import { defineCommand } from './command.ts'
import type { Command } from './command.ts'
import { confirm } from './input.ts'
import { confirmable } from './listing.ts'
import { accountArgument, requireAccount } from './named.ts'
import { flag, requiredText } from './option.ts'
import { fields, formatTime, sentence, table } from './output.ts'
import type { Answer } from './output.ts'

// As where people remove one themselves: who is signed in stays so.

const show = defineCommand({
  words: 'accounts second-factors',
  summary: 'Shows the second factors of an account.',
  arguments: { account: accountArgument },
  examples: ['accounts second-factors ana@example.com'],
  run: async (context, given) => {
    const db = await context.openDatabase()
    const { id } = await requireAccount(db, given.account)
    return factorsAnswer(db, id)
  },
})

const remove = defineCommand({
  words: 'accounts remove-second-factors',
  summary: 'Takes all second factors from an account, for somebody who has lost them.',
  notes: [
    'Make sure by other means that it is them who ask: from now on the password alone is enough to set up new ones.',
    'Its sessions, connected apps, tokens and remembered devices end.',
  ],
  arguments: { account: accountArgument },
  options: confirmable,
  examples: ['accounts remove-second-factors ana@example.com --yes'],
  run: async (context, given) => {
    const db = await context.openDatabase()
    const { id, email } = await requireAccount(db, given.account)
    await confirm(
      `This takes all second factors from the account ${email} (${id}) and ends its sessions, connected apps and tokens.`,
      given,
    )
    await takeAllFactors(db, { accountId: id }, context.act)
    const said =
      'The account has no second factor any more. Its sessions, connected apps and tokens have ended.'
    return factorsAnswer(db, id, said)
  },
})

const removeOne = defineCommand({
  words: 'accounts remove-second-factor',
  summary: 'Takes one second factor from an account, for somebody who has lost it.',
  notes: [
    'Its sessions, connected apps and tokens end with it, unless nobody else can have the factor and you say so.',
    'Without any second factor left, the password alone is enough to set up new ones, and they end in any case.',
  ],
  arguments: {
    account: accountArgument,
    factor: requiredText('factor', 'Which one: authenticator-app, recovery-codes, or the id of a passkey.'),
  },
  options: {
    ...confirmable,
    'keep-sessions': flag('Leaves sessions, connected apps and tokens as they are.'),
  },
  examples: [
    'accounts remove-second-factor ana@example.com authenticator-app --yes',
    'accounts remove-second-factor ana@example.com pk_3vTTXtVk2TqTEBbrXn6cYw --keep-sessions --yes',
  ],
  run: async (context, given) => {
    const db = await context.openDatabase()
    const { id, email } = await requireAccount(db, given.account)
    const { factor } = given
    const named = nameOf(await requireFactor(db, { accountId: id, factor }))
    await confirm(`This takes ${named} from the account ${email} (${id}).`, given)
    const taken = { accountId: id, factor, keepsSessions: given['keep-sessions'] }
    const outcome = await takeFactor(db, taken, context.act)
    const said = outcome === 'removed' ? `Removed ${named}.` : 'Somebody else had removed it already.'
    return factorsAnswer(db, id, said)
  },
})

/** The commands about second factors. */
export const secondFactorCommands: readonly Command[] = [show, remove, removeOne]

function nameOf(factor: Factor): string {
  if (factor.kind === 'app') return 'the authenticator app'
  return factor.kind === 'passkey' ? `the passkey “${factor.name}”` : `${factor.left} recovery codes`
}

async function factorsAnswer(db: Database, accountId: string, ...said: readonly string[]): Promise<Answer> {
  const [totp, passkeys, { recoveryCodesLeft }] = await Promise.all([
    findTotp(db, accountId),
    listPasskeys(db, accountId),
    enrolledFactors(db, accountId),
  ])
  const rows = passkeys.map(({ id, name, createdAt, lastUsedAt }) => [id, name, createdAt, lastUsedAt])
  return {
    json: {
      account_id: accountId,
      authenticator_app: totp === undefined ? null : factorJson(totp),
      passkeys: passkeys.map((passkey) => ({
        id: passkey.id,
        name: passkey.name,
        kind: passkey.kind,
        created_at: passkey.createdAt,
        last_used_at: passkey.lastUsedAt ?? null,
      })),
      recovery_codes_left: recoveryCodesLeft,
    },
    blocks: [
      ...said.map(sentence),
      fields(
        ['account', accountId],
        ['authenticator app', totp === undefined ? 'none' : stateOfTotp(totp)],
        ['passkeys', passkeys.length],
        ['recovery codes left', recoveryCodesLeft],
      ),
      ...(rows.length === 0 ? [] : [table(['passkey', 'name', 'added', 'last used'], rows)]),
    ],
  }
}

type Totp = NonNullable<Awaited<ReturnType<typeof findTotp>>>

function factorJson({ createdAt, lastUsedAt, disabledAt }: Totp) {
  return { created_at: createdAt, last_used_at: lastUsedAt ?? null, disabled_at: disabledAt ?? null }
}

function stateOfTotp({ createdAt, disabledAt }: Totp): string {
  if (disabledAt !== undefined) return `locked ${formatTime(disabledAt)}, after too many wrong codes`
  return `since ${formatTime(createdAt)}`
}
