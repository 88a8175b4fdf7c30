/** What belongs to an API: its scopes, and the clients that may ask about its tokens. */
import { introspector, parseApiInput, scopesChange } from '../domain/apis/input.ts'
import { addIntrospector, removeIntrospector } from '../domain/apis/introspectors.ts'
import { setScopes } from '../domain/apis/scopes.ts'
import { Refusal } from '../platform/errors.ts'
import { apiAnswer } from './api-view.ts'
import { defineCommand } from './command.ts'
import { requiredText, text } from './option.ts'
import type { Command } from './command.ts'
import { confirm } from './input.ts'
import { confirmable } from './listing.ts'
import { apiArgument, clientArgument, requireApiNamed } from './named.ts'

const scopeArgument = requiredText('scope', 'The name of the scope, such as invoices:read.')

const addScope = defineCommand({
  words: 'apis scopes add',
  summary: 'Adds a scope to an API, or describes one anew.',
  arguments: { api: apiArgument, scope: scopeArgument },
  options: {
    description: text('text', 'What it allows, in words for people; the name of the scope unless given.'),
  },
  examples: ['apis scopes add https://invoices.example/ invoices:read --description "Read your invoices"'],
  run: async (context, given) => {
    const db = await context.openDatabase()
    const { id, version, scopes } = await requireApiNamed(db, given.api)
    const others = scopes.filter(({ name }) => name !== given.scope)
    const scope = { name: given.scope, description: given.description ?? given.scope }
    const change = parseApiInput(scopesChange, { apiId: id, version, scopes: [...others, scope] })
    return apiAnswer(await setScopes(db, change, context.act), 'The API has the scope.')
  },
})

const removeScope = defineCommand({
  words: 'apis scopes remove',
  summary: 'Removes a scope from an API, and from everybody who has it.',
  arguments: { api: apiArgument, scope: scopeArgument },
  options: confirmable,
  examples: ['apis scopes remove https://invoices.example/ invoices:read --yes'],
  run: async (context, given) => {
    const db = await context.openDatabase()
    const { id, name, version, scopes } = await requireApiNamed(db, given.api)
    if (!scopes.some((scope) => scope.name === given.scope)) {
      throw new Refusal('not_found', 'The API has no such scope.')
    }
    await confirm(
      `This removes the scope ${given.scope} from the API ${name}, from its roles and from everybody who has it.`,
      given,
    )
    const left = scopes.filter((scope) => scope.name !== given.scope)
    const change = parseApiInput(scopesChange, { apiId: id, version, scopes: left })
    return apiAnswer(await setScopes(db, change, context.act), 'The scope was removed.')
  },
})

const addAsker = defineCommand({
  words: 'apis introspectors add',
  summary: 'Lets a client ask about tokens for an API.',
  arguments: { api: apiArgument, client: clientArgument },
  examples: ['apis introspectors add https://invoices.example/ client_4fTq'],
  run: async (context, given) => {
    const db = await context.openDatabase()
    const { id } = await requireApiNamed(db, given.api)
    const added = await addIntrospector(
      db,
      parseApiInput(introspector, { apiId: id, clientId: given.client }),
      context.act,
    )
    const said = added ? 'The client may ask about tokens for this API.' : 'The client could do that already.'
    return apiAnswer(await requireApiNamed(db, id), said)
  },
})

const removeAsker = defineCommand({
  words: 'apis introspectors remove',
  summary: 'Stops a client from asking about tokens for an API.',
  arguments: { api: apiArgument, client: clientArgument },
  examples: ['apis introspectors remove https://invoices.example/ client_4fTq'],
  run: async (context, given) => {
    const db = await context.openDatabase()
    const { id } = await requireApiNamed(db, given.api)
    const removed = await removeIntrospector(
      db,
      parseApiInput(introspector, { apiId: id, clientId: given.client }),
      context.act,
    )
    const said = removed ? 'The client may no longer ask.' : 'The client could not do that before.'
    return apiAnswer(await requireApiNamed(db, id), said)
  },
})

/** The commands about what belongs to an API. */
export const apiPartCommands: readonly Command[] = [addScope, removeScope, addAsker, removeAsker]
