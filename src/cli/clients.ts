/** Clients at the command line: registering, looking at and changing them. */
import { clientListQuery, listClients, requireClient } from '../domain/clients/client.ts'
import { createClient, parseNewClient } from '../domain/clients/create.ts'
import { clientTypeNames, clientTypes } from '../domain/clients/kinds.ts'
import { changeClient } from '../domain/clients/lifecycle.ts'
import { patchClientMetadata } from '../domain/clients/metadata.ts'
import { addSecret } from '../domain/clients/secret.ts'
import { clientSettingsChange } from '../domain/clients/settings.ts'
import { randomId, randomSecret } from '../platform/crypto/random.ts'
import { inTransaction } from '../platform/db/transaction.ts'
import { parseOrRefuse } from '../platform/parse.ts'
import { clientOptions, givenMetadata, givenSettings } from './client-options.ts'
import { clientAnswer, clientJson, kindOfClient, stateOfClient } from './client-view.ts'
import { defineCommand } from './command.ts'
import { choice, flag, text, texts, wholeNumber } from './option.ts'
import type { Command } from './command.ts'
import { CliError } from './failures.ts'
import { emptyText, listing, pageOptions } from './listing.ts'
import { clientArgument } from './named.ts'
import { fields, sentence } from './output.ts'

const create = defineCommand({
  words: 'clients create',
  summary: 'Registers a client.',
  notes: [
    'web: an app with a server of its own; public: an app in the browser; native: an app on a phone or a',
    'computer; device: a television or terminal that shows a code; service: a program without people;',
    'api: a resource server that asks about tokens.',
    'A client that authenticates with a secret gets one, which is printed this once.',
  ],
  options: {
    type: choice(clientTypeNames, 'What kind of client it is; web unless there is a metadata file.'),
    ...clientOptions,
    id: text('id', 'The client_id; a random one unless given.'),
    'no-secret': flag('Makes no secret yet.'),
  },
  examples: [
    'clients create --name Shop --redirect-uri https://shop.example/callback',
    'clients create --type native --name "Shop app" --redirect-uri http://127.0.0.1/callback',
    'clients create --type device --name "Shop on television"',
    'clients create --type service --name "Nightly report"',
    'clients create --type api --name "Invoices API"',
    'clients create --metadata-file client.json',
  ],
  run: async (context, given) => {
    const type = given.type ?? (given['metadata-file'] === undefined ? 'web' : undefined)
    const client = parseNewClient({
      id: given.id ?? randomId('client'),
      metadata: { ...(type && clientTypes[type]), ...(await givenMetadata(given)) },
      settings: givenSettings(given),
    })
    const { id } = client
    const method = client.metadata.token_endpoint_auth_method
    const wantsSecret = method.startsWith('client_secret_') && !given['no-secret']
    const secret = wantsSecret ? { id: randomId('secret'), value: randomSecret() } : undefined
    const db = await context.openDatabase()
    const created = await inTransaction(db, async (trx) => {
      await createClient(trx, client, context.act)
      if (secret !== undefined) {
        await addSecret(trx, { clientId: id, secretId: secret.id, secret: secret.value }, context.act)
      }
      return requireClient(trx, id)
    })
    const answer = clientAnswer(created, context.act.now, 'The client was registered.')
    if (secret === undefined) return answer
    return {
      json: { ...clientJson(created), client_secret: secret.value },
      blocks: [
        ...answer.blocks,
        fields(['client_id', id], ['client_secret', secret.value]),
        sentence('Keep the secret now: it is not shown again.'),
      ],
    }
  },
})

const list = defineCommand({
  words: 'clients list',
  summary: 'Lists clients, the newest first.',
  options: {
    ...pageOptions,
    search: text('text', 'A part of the name, of a redirect URI or of the id.'),
  },
  examples: ['clients list', 'clients list --search shop.example'],
  run: async (context, { limit, after, search }) => {
    const query = parseOrRefuse(clientListQuery, { limit, after, search }, 'invalid_request')
    return listing({
      page: await listClients(await context.openDatabase(), query),
      columns: ['id', 'name', 'kind', 'authenticates with', 'state'],
      row: (client) => [
        client.id,
        client.name,
        kindOfClient(client),
        client.metadata.token_endpoint_auth_method,
        stateOfClient(client),
      ],
      json: clientJson,
      empty: emptyText(
        search !== undefined,
        'There are no clients yet. Create one with: latchkey clients create --name <text> --redirect-uri <uri>',
      ),
      more: 'clients list',
    })
  },
})

const show = defineCommand({
  words: 'clients show',
  summary: 'Shows a client.',
  arguments: { client: clientArgument },
  examples: ['clients show client_4fTq'],
  run: async (context, given) => {
    const client = await requireClient(await context.openDatabase(), given.client)
    return clientAnswer(client, context.act.now)
  },
})

const change = defineCommand({
  words: 'clients change',
  summary: 'Changes a client; what is not named stays as it is.',
  arguments: { client: clientArgument },
  options: {
    ...clientOptions,
    remove: texts('member', 'A metadata member to take away, such as jwks_uri.'),
    'if-version': wholeNumber('version', 'Refuses the change if the client is at another version.'),
  },
  examples: [
    'clients change client_4fTq --redirect-uri https://shop.example/a --redirect-uri https://shop.example/b',
    'clients change client_4fTq --pkce-required false',
    'clients change client_4fTq --auth-method private_key_jwt --jwks-uri https://shop.example/jwks.json',
  ],
  run: async (context, given) => {
    const patch = await givenMetadata(given)
    for (const member of given.remove ?? []) {
      if (member in patch) throw new CliError('usage', `${member} is both set and removed.`)
      patch[member] = null
    }
    const settings = givenSettings(given)
    if (Object.keys({ ...patch, ...settings }).length === 0) {
      throw new CliError('usage', 'Name something to change.')
    }
    const db = await context.openDatabase()
    const current = await requireClient(db, given.client)
    const metadata = patchClientMetadata(current.metadata, patch)
    const changed = await changeClient(
      db,
      {
        ...parseOrRefuse(clientSettingsChange, settings, 'invalid_metadata'),
        id: current.id,
        version: given['if-version'] ?? current.version,
        metadata,
      },
      context.act,
    )
    const said =
      changed.version === current.version ? 'The client is like that already.' : 'The client was changed.'
    return clientAnswer(changed, context.act.now, said)
  },
})

/** The commands about clients, but for their lifecycle and secrets. */
export const clientCommands: readonly Command[] = [create, list, show, change]
