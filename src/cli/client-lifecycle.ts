/** Disabling and deleting clients. What they hold ends in the same transaction. */
import { requireClient } from '../domain/clients/client.ts'
import { enableClient } from '../domain/clients/lifecycle.ts'
import { deleteClientWithAll, disableClientWithAll } from '../oidc/lifecycle.ts'
import { clientAnswer } from './client-view.ts'
import { defineCommand } from './command.ts'
import type { Command } from './command.ts'
import { confirm } from './input.ts'
import { confirmable } from './listing.ts'
import { clientArgument } from './named.ts'
import { sentence } from './output.ts'

const disable = defineCommand({
  words: 'clients disable',
  summary: 'Disables a client: it is refused everything, and its tokens end.',
  arguments: { client: clientArgument },
  options: confirmable,
  examples: ['clients disable client_4fTq --yes'],
  run: async (context, given) => {
    const db = await context.openDatabase()
    const { id, name } = await requireClient(db, given.client)
    await confirm(`This disables the client ${name} (${id}) and ends all its tokens.`, given)
    const client = await disableClientWithAll(db, id, context.act)
    return clientAnswer(client, context.act.now, 'The client is disabled.')
  },
})

const enable = defineCommand({
  words: 'clients enable',
  summary: 'Enables a disabled client. Tokens it had before do not come back.',
  arguments: { client: clientArgument },
  examples: ['clients enable client_4fTq'],
  run: async (context, given) => {
    const client = await enableClient(await context.openDatabase(), given.client, context.act)
    return clientAnswer(client, context.act.now, 'The client is enabled.')
  },
})

const remove = defineCommand({
  words: 'clients delete',
  summary: 'Deletes a client with its secrets, permissions and roles; its tokens end.',
  arguments: { client: clientArgument },
  options: confirmable,
  examples: ['clients delete client_4fTq --yes'],
  run: async (context, given) => {
    const db = await context.openDatabase()
    const { id, name } = await requireClient(db, given.client)
    await confirm(
      `This deletes the client ${name} (${id}) for good, with its secrets, permissions and tokens.`,
      given,
    )
    await deleteClientWithAll(db, id, context.act)
    return { json: { deleted: id }, blocks: [sentence(`The client ${name} (${id}) was deleted.`)] }
  },
})

/** The commands about the lifecycle of clients. */
export const clientLifecycleCommands: readonly Command[] = [disable, enable, remove]
