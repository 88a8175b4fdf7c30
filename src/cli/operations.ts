/** What an operator does to the installation as a whole: migrating, sweeping, and the first administrator's link. */
import { createSetupLink } from '../domain/accounts/first-administrator.ts'
import { randomSecret } from '../platform/crypto/random.ts'
import { Refusal } from '../platform/errors.ts'
import { sweepAll } from '../platform/sweep.ts'
import { defineCommand } from './command.ts'
import { wholeNumber } from './option.ts'
import type { Command } from './command.ts'
import { CliError } from './failures.ts'
import { effectiveConfig } from './effective-config.ts'
import { count, fields, sentence, table } from './output.ts'

const defaultLinkHours = 24
const mostLinkHours = 168

const sweep = defineCommand({
  words: 'sweep',
  summary: 'Deletes what has expired, as the servers do by themselves from time to time.',
  examples: ['sweep'],
  run: async (context) => {
    const db = await context.openDatabase()
    const deleted = await sweepAll(db, await effectiveConfig(context, db), context.act.now)
    const total = Object.values(deleted).reduce((sum, number) => sum + number, 0)
    const said = total === 0 ? 'Nothing has expired.' : `${count(total, 'row')} deleted.`
    return {
      json: { deleted },
      blocks: [sentence(said), table(['table', 'deleted'], Object.entries(deleted))],
    }
  },
})

const setupLink = defineCommand({
  words: 'setup link',
  summary: 'Makes the one-time link for the first administrator; an earlier one stops working.',
  notes: ['There is none any more once somebody is an administrator.'],
  options: {
    'valid-hours': wholeNumber(
      'hours',
      `How long it works; 1 to ${mostLinkHours}, ${defaultLinkHours} unless given.`,
    ),
  },
  examples: ['setup link'],
  run: async (context, given) => {
    const hours = given['valid-hours'] ?? defaultLinkHours
    if (hours < 1 || hours > mostLinkHours) {
      throw new CliError('usage', `--valid-hours must be from 1 to ${mostLinkHours}.`)
    }
    const { issuer } = context.config()
    const token = randomSecret()
    const expiresAt = new Date(context.act.now.getTime() + hours * 3_600_000)
    const link = await createSetupLink(await context.openDatabase(), { token, expiresAt }, context.act)
    if (link === undefined) throw new Refusal('conflict', 'There is an administrator already.')
    const url = `${issuer}/setup/${token}`
    return {
      json: { url, expires_at: link.expiresAt },
      blocks: [
        sentence('Whoever opens this link becomes the first administrator. It works once.'),
        fields(['link', url], ['until', link.expiresAt]),
      ],
    }
  },
})

/** The commands about the installation as a whole. */
export const operationCommands: readonly Command[] = [setupLink, sweep]
