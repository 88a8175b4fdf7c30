/** APIs at the command line: registering, looking at, changing and ending them. */
import { listApis } from '../domain/apis/api.ts'
import { apiChange, apiListQuery, newApi, parseApiInput } from '../domain/apis/input.ts'
import { changeApi, createApi, deleteApi, disableApi, enableApi } from '../domain/apis/lifecycle.ts'
import { randomId } from '../platform/crypto/random.ts'
import { apiAnswer, apiJson, stateOfApi, tokensOf } from './api-view.ts'
import { defineCommand } from './command.ts'
import { choice, requiredText, text, texts, truth, wholeNumber } from './option.ts'
import type { Command } from './command.ts'
import { CliError } from './failures.ts'
import { confirm } from './input.ts'
import { confirmable, emptyText, listing, pageOptions } from './listing.ts'
import { apiArgument, requireApiNamed } from './named.ts'
import { sentence } from './output.ts'

const settingOptions = {
  'token-format': choice(
    ['opaque', 'jwt'],
    'The form of its access tokens: opaque ones end at once when revoked.',
  ),
  'signing-alg': choice(['ES256', 'RS256', 'PS256', 'EdDSA'], 'What its JWT access tokens are signed with.'),
  'access-token-lifetime': wholeNumber(
    'seconds',
    'How long its access tokens work; 30 to 86400, 600 unless given.',
  ),
  'accounts-need-permission': truth('Whether people need permission of their own, beside the app they use.'),
  'account-keys': truth('Whether people may make API keys of their own, within what they hold.'),
  'minimum-acr': choice(
    ['aal1', 'aal2', 'phr'],
    'The least that people must prove for its tokens: aal2 is two factors, phr a passkey.',
  ),
}

const create = defineCommand({
  words: 'apis create',
  summary: 'Registers an API.',
  options: {
    identifier: requiredText(
      'uri',
      'What names it in requests and tokens (resource, aud); it never changes.',
    ),
    name: requiredText('text', 'The name people see.'),
    scope: texts('name=description', 'A scope and what it allows, in words for people.'),
    ...settingOptions,
    id: text('id', 'Its id; a random one unless given.'),
  },
  examples: [
    'apis create --identifier https://invoices.example/ --name Invoices --scope "invoices:read=Read your invoices"',
  ],
  run: async (context, given) => {
    const api = parseApiInput(newApi, {
      id: given.id ?? randomId('api'),
      identifier: given.identifier,
      name: given.name,
      ...settingsOf(given),
      scopes: given.scope?.map(readScope),
    })
    return apiAnswer(
      await createApi(await context.openDatabase(), api, context.act),
      'The API was registered.',
    )
  },
})

const list = defineCommand({
  words: 'apis list',
  summary: 'Lists APIs, the newest first.',
  options: { ...pageOptions, search: text('text', 'A part of the name, the identifier or the id.') },
  examples: ['apis list'],
  run: async (context, { limit, after, search }) => {
    const query = parseApiInput(apiListQuery, { limit, after, search })
    return listing({
      page: await listApis(await context.openDatabase(), query),
      columns: ['id', 'identifier', 'name', 'tokens', 'scopes', 'state'],
      row: (api) => [api.id, api.identifier, api.name, tokensOf(api), api.scopes.length, stateOfApi(api)],
      json: apiJson,
      empty: emptyText(
        search !== undefined,
        'There are no APIs yet. Create one with: latchkey apis create --identifier <uri> --name <text>',
      ),
      more: 'apis list',
    })
  },
})

const show = defineCommand({
  words: 'apis show',
  summary: 'Shows an API.',
  arguments: { api: apiArgument },
  examples: ['apis show https://invoices.example/'],
  run: async (context, { api }) => apiAnswer(await requireApiNamed(await context.openDatabase(), api)),
})

const change = defineCommand({
  words: 'apis change',
  summary: 'Changes an API; what is not named stays as it is.',
  arguments: { api: apiArgument },
  options: {
    name: text('text', 'Another name.'),
    ...settingOptions,
    'if-version': wholeNumber('version', 'Refuses the change if the API is at another version.'),
  },
  examples: ['apis change https://invoices.example/ --token-format jwt --access-token-lifetime 300'],
  run: async (context, given) => {
    const settings = { name: given.name, ...settingsOf(given) }
    if (Object.values(settings).every((value) => value === undefined)) {
      throw new CliError('usage', 'Name something to change.')
    }
    const db = await context.openDatabase()
    const current = await requireApiNamed(db, given.api)
    const version = given['if-version'] ?? current.version
    const parsed = parseApiInput(apiChange, { ...settings, id: current.id, version })
    const changed = await changeApi(db, parsed, context.act)
    return apiAnswer(
      changed,
      changed.version === current.version ? 'The API is like that already.' : 'The API was changed.',
    )
  },
})

const disable = defineCommand({
  words: 'apis disable',
  summary: 'Disables an API: no tokens are given for it.',
  arguments: { api: apiArgument },
  options: confirmable,
  examples: ['apis disable https://invoices.example/ --yes'],
  run: async (context, given) => {
    const db = await context.openDatabase()
    const { id, name, identifier } = await requireApiNamed(db, given.api)
    await confirm(`This disables the API ${name} (${identifier}): no tokens are given for it.`, given)
    return apiAnswer(await disableApi(db, id, context.act), 'The API is disabled.')
  },
})

const enable = defineCommand({
  words: 'apis enable',
  summary: 'Enables a disabled API.',
  arguments: { api: apiArgument },
  examples: ['apis enable https://invoices.example/'],
  run: async (context, given) => {
    const db = await context.openDatabase()
    const { id } = await requireApiNamed(db, given.api)
    return apiAnswer(await enableApi(db, id, context.act), 'The API is enabled.')
  },
})

const remove = defineCommand({
  words: 'apis delete',
  summary: 'Deletes an API with its scopes, roles and permissions.',
  arguments: { api: apiArgument },
  options: confirmable,
  examples: ['apis delete https://invoices.example/ --yes'],
  run: async (context, given) => {
    const db = await context.openDatabase()
    const { id, name, identifier } = await requireApiNamed(db, given.api)
    await confirm(
      `This deletes the API ${name} (${identifier}) for good, with its scopes, roles and all permissions at it.`,
      given,
    )
    await deleteApi(db, id, context.act)
    return { json: { deleted: id }, blocks: [sentence(`The API ${name} (${identifier}) was deleted.`)] }
  },
})

/** The commands about APIs, but for what belongs to one. */
export const apiCommands: readonly Command[] = [create, list, show, change, disable, enable, remove]

function settingsOf(given: {
  readonly 'token-format': string | undefined
  readonly 'signing-alg': string | undefined
  readonly 'access-token-lifetime': number | undefined
  readonly 'accounts-need-permission': boolean | undefined
  readonly 'account-keys': boolean | undefined
  readonly 'minimum-acr': string | undefined
}) {
  return {
    tokenFormat: given['token-format'],
    signingAlg: given['signing-alg'],
    accessTokenLifetimeSeconds: given['access-token-lifetime'],
    accountsNeedPermission: given['accounts-need-permission'],
    accountKeys: given['account-keys'],
    minimumAcr: given['minimum-acr'],
  }
}

function readScope(text: string): { readonly name: string; readonly description: string } {
  const at = text.indexOf('=')
  if (at === -1) throw new CliError('usage', '--scope must be name=description.')
  return { name: text.slice(0, at), description: text.slice(at + 1) }
}
