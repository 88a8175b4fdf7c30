/** API keys at the command line: making, looking at and changing them. */
import { createApiKey } from '../domain/api-keys/create.ts'
import { apiKeyListQuery, keyStates, listApiKeys, requireApiKey, stateOf } from '../domain/api-keys/find.ts'
import { apiKeyChange, newApiKey, parseApiKeyInput } from '../domain/api-keys/input.ts'
import { changeApiKey } from '../domain/api-keys/lifecycle.ts'
import { apiKeyArgument, givenLimits, limitOptions, openKeyMaking } from './api-key-options.ts'
import { apiKeyAnswer, apiKeyJson, newSecretAnswer, useText } from './api-key-view.ts'
import { defineCommand } from './command.ts'
import type { Command } from './command.ts'
import { CliError } from './failures.ts'
import { emptyText, listing, pageOptions } from './listing.ts'
import { ownerOptions, requireApiNamed, requireOwner } from './named.ts'
import { choice, choices, flag, requiredText, text, texts, wholeNumber } from './option.ts'

const create = defineCommand({
  words: 'api-keys create',
  summary: 'Makes an API key, and prints it this once.',
  notes: [
    'A key is given no scope that its owner does not have; what the owner loses, its keys lose at once.',
  ],
  arguments: { api: requiredText('api', 'The API it is for: its id or identifier.') },
  options: {
    ...ownerOptions,
    name: text('text', 'What the key is for. Required.'),
    scope: texts('name', 'A scope of the API. Required.'),
    ...limitOptions,
  },
  examples: [
    'api-keys create https://invoices.example/ --client client_4fTq --name "Nightly export" --scope invoices:read',
    'api-keys create https://invoices.example/ --account ana@example.com --name Laptop --scope invoices:read --expires-at 2027-06-30T00:00:00Z --allow-address 203.0.113.0/24 --rate-limit 100/60 --quota 10000/month',
  ],
  run: async (context, given) => {
    if (given.name === undefined) throw new CliError('usage', '--name is required.')
    if (given.scope === undefined) throw new CliError('usage', '--scope is required.')
    const db = await context.openDatabase()
    const { name: _name, ...owner } = await requireOwner(db, given)
    const api = await requireApiNamed(db, given.api)
    const key = parseApiKeyInput(newApiKey, {
      name: given.name,
      owner,
      apiId: api.id,
      scopes: given.scope,
      ...givenLimits(given),
    })
    const created = await createApiKey(db, { making: await openKeyMaking(context), key }, context.act)
    return newSecretAnswer(
      { ...created, introspector: api.introspectorIds[0] },
      { config: context.config(), now: context.act.now },
      'The API key was made.',
    )
  },
})

const list = defineCommand({
  words: 'api-keys list',
  summary: 'Lists API keys, the newest first.',
  options: {
    ...pageOptions,
    ...ownerOptions,
    api: text('api', 'Only keys for this API: its id or identifier.'),
    state: choice(keyStates, 'Only keys that are like this by themselves.'),
    search: text('text', 'A part of the name or of the id.'),
    'retired-pepper': flag('Only keys whose secret is not yet hashed with the first of KEY_PEPPERS.'),
  },
  examples: [
    'api-keys list',
    'api-keys list --client client_4fTq --state active',
    'api-keys list --retired-pepper --state active',
  ],
  run: async (context, { limit, after, state, search, ...given }) => {
    const db = await context.openDatabase()
    const { now } = context.act
    const asksForOwner = given.account !== undefined || given.client !== undefined
    const found = asksForOwner ? await requireOwner(db, given) : undefined
    const owner = found && { type: found.type, id: found.id }
    const apiId = given.api === undefined ? undefined : (await requireApiNamed(db, given.api)).id
    const notUnderPepper = given['retired-pepper']
      ? (await openKeyMaking(context)).peppers.current.id
      : undefined
    const filters = { state, search, owner, apiId, notUnderPepper }
    const query = parseApiKeyInput(apiKeyListQuery, { limit, after, ...filters })
    return listing({
      page: await listApiKeys(db, query, now),
      columns: ['id', 'name', 'owner', 'api', 'state', 'last used'],
      row: (key) => [
        key.id,
        key.name,
        `${key.owner.type} ${key.owner.id}`,
        key.apiIdentifier,
        stateOf(key, now),
        useText(latest(key.secrets)),
      ],
      json: (key) => apiKeyJson(key, now),
      empty: emptyText(
        [owner, apiId, state, search, notUnderPepper].some((filter) => filter !== undefined),
        'There are no API keys yet. Make one with: latchkey api-keys create <api> --client <id> --name <text> --scope <name>',
      ),
      more: 'api-keys list',
    })
  },
})

const show = defineCommand({
  words: 'api-keys show',
  summary: 'Shows an API key, how it was used last, and how its rotation stands.',
  arguments: { key: apiKeyArgument },
  examples: ['api-keys show 7Gq2mZ0aXk4T'],
  run: async (context, given) =>
    apiKeyAnswer(await requireApiKey(await context.openDatabase(), given.key), context.act.now),
})

// What the room takes for it instead.
const removable = {
  'expires-at': ['expiresAt', null],
  'allow-address': ['allowedAddresses', []],
  'rate-limit': ['rateLimit', null],
  quota: ['quota', null],
  scope: ['scopes', []],
} as const
const removableNames = ['expires-at', 'allow-address', 'rate-limit', 'quota', 'scope'] as const

const change = defineCommand({
  words: 'api-keys change',
  summary: 'Changes an API key; what is not named stays as it is.',
  notes: ['Its owner and its API never change. Scopes and addresses are replaced as a whole.'],
  arguments: { key: apiKeyArgument },
  options: {
    name: text('text', 'What the key is for.'),
    scope: texts('name', 'A scope the key is to have from now on.'),
    ...limitOptions,
    remove: choices(removableNames, 'Something to take away.'),
    'if-version': wholeNumber('version', 'Refuses the change if the key is at another version.'),
  },
  examples: [
    'api-keys change 7Gq2mZ0aXk4T --scope invoices:read',
    'api-keys change 7Gq2mZ0aXk4T --rate-limit 10/1 --remove expires-at',
  ],
  run: async (context, given) => {
    const changes = {
      ...(given.name !== undefined && { name: given.name }),
      ...(given.scope && { scopes: given.scope }),
      ...givenLimits(given),
    }
    const removed = Object.fromEntries((given.remove ?? []).map((name) => removable[name]))
    const both = Object.keys(removed).find((member) => member in changes)
    if (both !== undefined) throw new CliError('usage', 'Something is both set and removed.')
    if (Object.keys({ ...changes, ...removed }).length === 0) {
      throw new CliError('usage', 'Name something to change.')
    }
    const db = await context.openDatabase()
    const current = await requireApiKey(db, given.key)
    const version = given['if-version'] ?? current.version
    const wanted = parseApiKeyInput(apiKeyChange, { id: current.id, version, ...changes, ...removed })
    const changed = await changeApiKey(db, wanted, context.act)
    const isSame = changed.version === current.version
    const said = isSame ? 'The API key is like that already.' : 'The API key was changed.'
    return apiKeyAnswer(changed, context.act.now, said)
  },
})

/** The commands about API keys, but for their lifecycle and what is known of their use. */
export const apiKeyCommands: readonly Command[] = [create, list, show, change]

function latest<Secret extends { readonly lastUsedAt: Date | undefined }>(
  secrets: readonly Secret[],
): Secret | { lastUsedAt: undefined; lastUsedAddress: undefined; lastUsedUserAgent: undefined } {
  const used = secrets.toSorted(
    (left, right) => (right.lastUsedAt?.getTime() ?? 0) - (left.lastUsedAt?.getTime() ?? 0),
  )
  return used[0] ?? { lastUsedAt: undefined, lastUsedAddress: undefined, lastUsedUserAgent: undefined }
}
