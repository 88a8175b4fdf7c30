/** Incidents at the command line: everything that stands for somebody or something ends in one confirmed step. */
import { record } from '../domain/audit/record.ts'
import { parseApiKeyInput, revocation } from '../domain/api-keys/input.ts'
import { requireApiKey } from '../domain/api-keys/find.ts'
import { requireClient } from '../domain/clients/client.ts'
import { endEverythingOf, standingOf } from '../oidc/incidents.ts'
import type { EndingOrder, IncidentSubject } from '../oidc/incidents.ts'
import type { Database } from '../platform/db/open.ts'
import { awaitListeners } from '../platform/db/listeners.ts'
import { apiKeyArgument } from './api-key-options.ts'
import { defineCommand } from './command.ts'
import type { Command } from './command.ts'
import type { Context } from './context.ts'
import { confirm } from './input.ts'
import { confirmable } from './listing.ts'
import { accountArgument, apiArgument, clientArgument, requireAccount, requireApiNamed } from './named.ts'
import { flag, text } from './option.ts'
import { count, fields, sentence } from './output.ts'
import type { Answer } from './output.ts'

const reasonOption = { reason: text('text', 'Why, for whoever looks at it later.') }
const ending = {
  ...reasonOption,
  ...confirmable,
  disable: flag('Disables it besides, so that nothing new can begin.'),
}

const ofAccount = defineCommand({
  words: 'accounts end-everything',
  summary: 'Ends every session, connected app, token and API key of an account in one step.',
  arguments: { account: accountArgument },
  options: ending,
  examples: ['accounts end-everything ana@example.com --reason "Laptop was stolen" --yes'],
  run: async (context, given) => {
    const db = await context.openDatabase()
    const { id, email } = await requireAccount(db, given.account)
    return end(context, { kind: 'account', id, name: email }, { ...given, disables: given.disable })
  },
})

const ofClient = defineCommand({
  words: 'clients end-everything',
  summary: 'Ends every connected app, token and API key of a client in one step.',
  arguments: { client: clientArgument },
  options: ending,
  examples: ['clients end-everything client_4fTq --disable --yes'],
  run: async (context, given) => {
    const { id, name } = await requireClient(await context.openDatabase(), given.client)
    return end(context, { kind: 'client', id, name }, { ...given, disables: given.disable })
  },
})

const ofApi = defineCommand({
  words: 'apis end-everything',
  summary: 'Ends every token that was issued for an API, and every API key at it, in one step.',
  arguments: { api: apiArgument },
  options: ending,
  examples: ['apis end-everything https://invoices.example/ --yes'],
  run: async (context, given) => {
    const { id, name } = await requireApiNamed(await context.openDatabase(), given.api)
    return end(context, { kind: 'api', id, name }, { ...given, disables: given.disable })
  },
})

const ofKey = defineCommand({
  words: 'api-keys end-everything',
  summary: 'Ends an API key, and with --all-of-owner every other key of its owner, in one step.',
  arguments: { key: apiKeyArgument },
  options: {
    ...reasonOption,
    ...confirmable,
    'all-of-owner': flag('Ends all other keys of its owner too.'),
  },
  examples: ['api-keys end-everything 7Gq2mZ0aXk4T --all-of-owner --yes'],
  run: async (context, given) => {
    const { id, name } = await requireApiKey(await context.openDatabase(), given.key)
    const order = { ...given, disables: false, allOfOwner: given['all-of-owner'] }
    return end(context, { kind: 'api_key', id, name }, order)
  },
})

/** The commands about incidents. */
export const incidentCommands: readonly Command[] = [ofAccount, ofClient, ofApi, ofKey]

interface Order extends Pick<EndingOrder, 'reason' | 'disables' | 'allOfOwner'> {
  readonly yes: boolean
}

async function end(
  context: Context,
  { kind, id, name }: IncidentSubject & { readonly name: string },
  order: Order,
): Promise<Answer> {
  const db = await context.openDatabase()
  const { reason } = parseApiKeyInput(revocation.pick({ reason: true }), { reason: order.reason })
  const { sessions, grants, keys } = await standingOf(db, { kind, id })
  const others = order.allOfOwner === true ? ', and all other keys of its owner' : ''
  const standing = `${count(sessions, 'session')}, ${count(grants, 'grant')}, ${count(keys, 'API key')}`
  const also = order.disables ? ' It is disabled, too.' : ''
  await confirm(`This ends everything of ${name} (${id}): ${standing}${others}.${also}`, order)
  const ended = await endEverythingOf(db, { ...order, kind, id, reason }, context.act)
  return answerOf(ended, await hearing(db, { kind, id }, context))
}

/** Who has heard is part of what is kept of an incident, as at the console. */
async function hearing(db: Database, { kind: type, id }: IncidentSubject, { act }: Context) {
  const heard = await awaitListeners(db)
  await record(db, { type: 'incident.heard', target: { type, id }, details: { ...heard } }, act)
  return heard
}

function answerOf(
  { sessions, grants, keys, keysLeft }: Awaited<ReturnType<typeof endEverythingOf>>,
  { listening, heard }: Awaited<ReturnType<typeof awaitListeners>>,
): Answer {
  const left = keysLeft === 0 ? [] : [sentence('There are more keys than one call ends: call it again.')]
  return {
    json: { sessions, grants, keys, keys_left: keysLeft, instances: { listening, heard } },
    blocks: [
      sentence('Everything was ended.'),
      fields(
        ['sessions', sessions],
        ['grants', grants],
        ['API keys', keys],
        ['instances that have heard', `${heard} of ${listening}`],
      ),
      ...left,
    ],
  }
}
