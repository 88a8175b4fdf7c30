/** Second factors of accounts at the command line: what there is, and taking everything away when all was lost. */
import { forgetDevices } from '../domain/devices/devices.ts'
import { listPasskeys, removePasskey } from '../domain/second-factors/passkeys.ts'
import { enrolledFactors, resetSecondFactors } from '../domain/second-factors/second-factors.ts'
import { findTotp, removeTotp } from '../domain/second-factors/totp.ts'
import { endEverythingOfAccount } from '../oidc/end-everything.ts'
import type { Database } from '../platform/db/open.ts'
import { inTransaction } from '../platform/db/transaction.ts'
import { Refusal } from '../platform/errors.ts'
import { defineCommand } from './command.ts'
import type { Command } from './command.ts'
import { confirm } from './input.ts'
import { confirmable } from './listing.ts'
import { accountArgument, requireAccount } from './named.ts'
import { requiredText } from './option.ts'
import { fields, formatTime, sentence, table } from './output.ts'
import type { Answer } from './output.ts'

// As where people remove one themselves: who is signed in stays so.
const otherFactorNote =
  'Sessions go on. Recovery codes go with the last other factor; where the device was stolen, better end its sessions too.'

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
    await inTransaction(db, async (trx) => {
      await resetSecondFactors(trx, { accountId: id }, context.act)
      await forgetDevices(trx, { accountId: id }, context.act)
      await endEverythingOfAccount(trx, id, context.act)
    })
    const said =
      'The account has no second factor any more. Its sessions, connected apps and tokens have ended.'
    return factorsAnswer(db, id, said)
  },
})

const removeApp = defineCommand({
  words: 'accounts remove-authenticator-app',
  summary:
    'Takes the authenticator app from an account, for somebody who has lost it and has another second factor.',
  notes: [otherFactorNote],
  arguments: { account: accountArgument },
  options: confirmable,
  examples: ['accounts remove-authenticator-app ana@example.com --yes'],
  run: async (context, given) => {
    const db = await context.openDatabase()
    const { id, email } = await requireAccount(db, given.account)
    await confirm(`This takes the authenticator app from the account ${email} (${id}).`, given)
    if ((await removeTotp(db, { accountId: id }, context.act)) === 'not_found') {
      throw new Refusal('not_found', 'The account has no authenticator app.')
    }
    return factorsAnswer(db, id, 'The authenticator app was removed.')
  },
})

const removeKey = defineCommand({
  words: 'accounts remove-passkey',
  summary: 'Takes one passkey from an account, for somebody who has lost it.',
  notes: [otherFactorNote],
  arguments: {
    account: accountArgument,
    passkey: requiredText('passkey', 'The id of the passkey; accounts second-factors lists them.'),
  },
  options: confirmable,
  examples: ['accounts remove-passkey ana@example.com pk_4fTkXb2mQ9LrV7sWnE1c --yes'],
  run: async (context, given) => {
    const db = await context.openDatabase()
    const { id, email } = await requireAccount(db, given.account)
    await confirm(`This takes the passkey ${given.passkey} from the account ${email} (${id}).`, given)
    if ((await removePasskey(db, { accountId: id, id: given.passkey }, context.act)) === 'not_found') {
      throw new Refusal('not_found', 'The account has no such passkey.')
    }
    return factorsAnswer(db, id, 'The passkey was removed.')
  },
})

/** The commands about second factors. */
export const secondFactorCommands: readonly Command[] = [show, removeApp, removeKey, remove]

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
