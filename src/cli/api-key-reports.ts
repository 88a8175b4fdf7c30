/** What is known of API keys: their use, what could be better about them, and how leaked ones are found and reported. */
import { requireApiKey } from '../domain/api-keys/find.ts'
import { findings, hygieneOf, hygieneQuery } from '../domain/api-keys/hygiene.ts'
import type { KeyHygiene } from '../domain/api-keys/hygiene.ts'
import { parseApiKeyInput } from '../domain/api-keys/input.ts'
import { reportLeak } from '../domain/api-keys/leaks.ts'
import { scannerFormats, scannerRules } from '../domain/api-keys/scanner-rules.ts'
import { scopeUsageOf, unusedScopes, usageOf } from '../domain/api-keys/usage-reports.ts'
import { Refusal } from '../platform/errors.ts'
import { apiKeyArgument, openKeyMaking } from './api-key-options.ts'
import { useText } from './api-key-view.ts'
import { defineCommand } from './command.ts'
import type { Command } from './command.ts'
import { effectiveConfig } from './effective-config.ts'
import { CliError } from './failures.ts'
import { readPassword } from './input.ts'
import { emptyText, listing, pageOptions } from './listing.ts'
import { ownerOptions, requireApiNamed, requireOwner } from './named.ts'
import { choice, text, time } from './option.ts'
import { fields, sentence, table } from './output.ts'

const dayMilliseconds = 86_400_000

const usage = defineCommand({
  words: 'api-keys usage',
  summary: 'Shows how an API key was used: by hour and outcome, by scope, and last of all.',
  notes: ['Servers write down what they counted every few seconds (KEY_USAGE_FLUSH_SECONDS).'],
  arguments: { key: apiKeyArgument },
  options: {
    from: time('From when on; a week ago, unless given.'),
    to: time('Until when; now, unless given.'),
  },
  examples: ['api-keys usage 7Gq2mZ0aXk4T', 'api-keys usage 7Gq2mZ0aXk4T --from 2026-11-01T00:00:00Z'],
  run: async (context, given) => {
    const db = await context.openDatabase()
    const key = await requireApiKey(db, given.key)
    const to = given.to ?? context.act.now
    const from = given.from ?? new Date(to.getTime() - 7 * dayMilliseconds)
    const [hours, scopes, unused] = await Promise.all([
      usageOf(db, key.id, { from, to }),
      scopeUsageOf(db, key.id),
      unusedScopes(db, key.id),
    ])
    const rows = hours.map(({ hour, outcome, verifications }) => [hour, outcome, verifications])
    const used = scopes.map(({ scope, firstUsedAt, lastUsedAt }) => [scope, firstUsedAt, lastUsedAt])
    return {
      json: {
        id: key.id,
        from,
        to,
        hours,
        scopes: scopes.map(({ scope, firstUsedAt, lastUsedAt }) => ({
          scope,
          first_used_at: firstUsedAt,
          last_used_at: lastUsedAt,
        })),
        unused_scopes: unused,
      },
      blocks: [
        rows.length === 0
          ? sentence('The key was not used in that time.')
          : table(['hour', 'outcome', 'requests'], rows),
        ...(used.length === 0 ? [] : [table(['scope', 'first used', 'last used'], used)]),
        fields(
          ['never asked for', unused],
          ...key.secrets.map((secret) => [`secret ${secret.slot}`, useText(secret)] as const),
        ),
      ],
    }
  },
})

const hygiene = defineCommand({
  words: 'api-keys hygiene',
  summary: 'Lists working API keys that could be ended, or could do with less.',
  notes: [
    'never_used: not in its first 7 days or since; idle: not for 90 days; no_expiry; no_address_list;',
    'unused_scopes: granted and never asked for by whoever verifies the key; retired_pepper: hashed with another',
    'pepper than the first of KEY_PEPPERS, which rotating it mends.',
  ],
  options: {
    ...pageOptions,
    ...ownerOptions,
    api: text('api', 'Only keys for this API: its id or identifier.'),
    finding: choice(findings, 'Only keys with this finding.'),
  },
  examples: [
    'api-keys hygiene',
    'api-keys hygiene --finding idle',
    'api-keys hygiene --finding retired_pepper',
  ],
  run: async (context, { limit, after, finding, ...given }) => {
    const db = await context.openDatabase()
    const asksForOwner = given.account !== undefined || given.client !== undefined
    const found = asksForOwner ? await requireOwner(db, given) : undefined
    const owner = found && { type: found.type, id: found.id }
    const apiId = given.api === undefined ? undefined : (await requireApiNamed(db, given.api)).id
    const query = parseApiKeyInput(hygieneQuery, { limit, after, finding, owner, apiId })
    return listing({
      page: await hygieneOf(db, { query, pepperId: context.config().keyPeppers[0]?.id }, context.act.now),
      columns: ['id', 'name', 'owner', 'last used', 'findings', 'unused scopes'],
      row: (key) => [
        key.id,
        key.name,
        `${key.owner.type} ${key.owner.id}`,
        key.lastUsedAt ?? 'never',
        key.findings,
        key.unusedScopes,
      ],
      json: hygieneJson,
      empty: emptyText(
        owner !== undefined || apiId !== undefined || finding !== undefined,
        'Nothing was found.',
      ),
      more: 'api-keys hygiene',
    })
  },
})

const rules = defineCommand({
  words: 'api-keys scanner-rules',
  summary: "Prints the rule with which a secret scanner finds this installation's API keys.",
  options: { format: choice(scannerFormats, 'Which scanner it is for. Required.') },
  examples: [
    'api-keys scanner-rules --format gitleaks > .gitleaks.toml',
    'api-keys scanner-rules --format trufflehog > trufflehog.yaml',
    'api-keys scanner-rules --format github',
  ],
  run: async (context, { format }) => {
    if (format === undefined) throw new CliError('usage', '--format is required.')
    const { keyPrefix: prefix, issuer } = context.config()
    const rule = scannerRules(format, { prefix, issuer })
    return { json: { format, rule }, blocks: [{ kind: 'verbatim', text: rule }] }
  },
})

const report = defineCommand({
  words: 'api-keys report',
  summary:
    "Reports a leaked API key, read from standard input; the installation's policy says what happens to it.",
  examples: ['api-keys report < found.txt'],
  run: async (context) => {
    const key = (await readPassword('API key')).trim()
    const db = await context.openDatabase()
    const inForce = await effectiveConfig(context, db)
    const { leakedKeyPolicy: policy, leakedKeyGraceSeconds: graceSeconds } = inForce
    const leakPolicy = { making: await openKeyMaking(context), policy, graceSeconds }
    const found = await reportLeak(db, leakPolicy, { text: key, reporter: 'operator' }, context.act)
    if (found.outcome === 'unknown')
      throw new Refusal('not_found', 'This is no API key of this installation.')
    const { keyId, measure } = found
    return {
      json: { id: keyId, policy, measure },
      blocks: [sentence(saidOfMeasure[measure]), fields(['id', keyId], ['policy', policy])],
    }
  },
})

/** The commands about what is known of API keys. */
export const apiKeyReportCommands: readonly Command[] = [usage, hygiene, rules, report]

const saidOfMeasure = {
  none: 'The report was written down; the key goes on working.',
  expires_soon: 'The key expires soon.',
  revoked: 'The key is revoked.',
  secret_ended: 'That secret of the key is ended, or ends soon; the newer one was not reported.',
  already_ended: 'That key did not work any more.',
} as const

function hygieneJson({ id, name, owner, apiIdentifier, createdAt, lastUsedAt, ...found }: KeyHygiene) {
  return {
    id,
    name,
    owner,
    api_identifier: apiIdentifier,
    created_at: createdAt,
    last_used_at: lastUsedAt ?? null,
    findings: found.findings,
    unused_scopes: found.unusedScopes,
  }
}
