/** What happens to API keys after they were made: rotation, pauses, the end. */
import { requireApiKey } from '../domain/api-keys/find.ts'
import { parseApiKeyInput, revocation, rotation } from '../domain/api-keys/input.ts'
import { deleteApiKey, disableApiKey, enableApiKey, revokeApiKey } from '../domain/api-keys/lifecycle.ts'
import { endRotation, rotateApiKey } from '../domain/api-keys/rotate.ts'
import { findApiById } from '../domain/apis/api.ts'
import { apiKeyArgument, openKeyMaking } from './api-key-options.ts'
import { apiKeyAnswer, newSecretAnswer, useText } from './api-key-view.ts'
import { defineCommand } from './command.ts'
import type { Command } from './command.ts'
import { confirm } from './input.ts'
import { confirmable } from './listing.ts'
import { text, wholeNumber } from './option.ts'
import { sentence } from './output.ts'

const defaultOverlapSeconds = 86_400

const rotate = defineCommand({
  words: 'api-keys rotate',
  summary:
    'Gives an API key another secret, and prints it this once; the older one goes on working for a while.',
  notes: [
    'While both work, the key shows whether the older one is still used. Scopes and limits stay as they are.',
  ],
  arguments: { key: apiKeyArgument },
  options: {
    'overlap-seconds': wholeNumber(
      'seconds',
      'How long the older secret goes on working: 0 to 7776000, a day unless given.',
    ),
  },
  examples: ['api-keys rotate 7Gq2mZ0aXk4T', 'api-keys rotate 7Gq2mZ0aXk4T --overlap-seconds 604800'],
  run: async (context, given) => {
    const db = await context.openDatabase()
    const { id, version, apiId } = await requireApiKey(db, given.key)
    const overlapSeconds = given['overlap-seconds'] ?? defaultOverlapSeconds
    const wanted = parseApiKeyInput(rotation, { id, version, overlapSeconds })
    const making = await openKeyMaking(context)
    const rotated = await rotateApiKey(db, { making, rotation: wanted }, context.act)
    const introspector = (await findApiById(db, apiId))?.introspectorIds[0]
    return newSecretAnswer(
      { ...rotated, introspector },
      { config: context.config(), now: context.act.now },
      'The API key has another secret.',
    )
  },
})

const finish = defineCommand({
  words: 'api-keys end-rotation',
  summary: 'Ends the older secret of an API key that is being rotated, at once.',
  arguments: { key: apiKeyArgument },
  options: confirmable,
  examples: ['api-keys end-rotation 7Gq2mZ0aXk4T --yes'],
  run: async (context, given) => {
    const db = await context.openDatabase()
    const { id, name, secrets } = await requireApiKey(db, given.key)
    const old = secrets.find(({ expiresAt }) => expiresAt !== undefined)
    const use = old === undefined ? '' : ` It was used last: ${useText(old)}.`
    await confirm(`This ends the older secret of the API key ${name} (${id}).${use}`, given)
    const ended = await endRotation(db, id, context.act)
    return apiKeyAnswer(ended, context.act.now, 'Only the newest secret works.')
  },
})

const revoke = defineCommand({
  words: 'api-keys revoke',
  summary: 'Ends an API key for good. It stays to be looked at.',
  arguments: { key: apiKeyArgument },
  options: { ...confirmable, reason: text('text', 'Why, for whoever looks at it later.') },
  examples: ['api-keys revoke 7Gq2mZ0aXk4T --reason "Project is over" --yes'],
  run: async (context, given) => {
    const db = await context.openDatabase()
    const { id, name } = await requireApiKey(db, given.key)
    const wanted = parseApiKeyInput(revocation, { id, reason: given.reason })
    await confirm(`This ends the API key ${name} (${id}) for good; whoever uses it is refused.`, given)
    return apiKeyAnswer(
      await revokeApiKey(db, wanted, context.act),
      context.act.now,
      'The API key is revoked.',
    )
  },
})

const disable = defineCommand({
  words: 'api-keys disable',
  summary: 'Disables an API key: it is refused until it is enabled.',
  arguments: { key: apiKeyArgument },
  options: confirmable,
  examples: ['api-keys disable 7Gq2mZ0aXk4T --yes'],
  run: async (context, given) => {
    const db = await context.openDatabase()
    const { id, name } = await requireApiKey(db, given.key)
    await confirm(`This disables the API key ${name} (${id}); whoever uses it is refused.`, given)
    return apiKeyAnswer(await disableApiKey(db, id, context.act), context.act.now, 'The API key is disabled.')
  },
})

const enable = defineCommand({
  words: 'api-keys enable',
  summary: 'Enables a disabled API key.',
  arguments: { key: apiKeyArgument },
  examples: ['api-keys enable 7Gq2mZ0aXk4T'],
  run: async (context, given) => {
    const enabled = await enableApiKey(await context.openDatabase(), given.key, context.act)
    return apiKeyAnswer(enabled, context.act.now, 'The API key is enabled.')
  },
})

const remove = defineCommand({
  words: 'api-keys delete',
  summary: 'Deletes an API key with everything that is known of its use.',
  arguments: { key: apiKeyArgument },
  options: confirmable,
  examples: ['api-keys delete 7Gq2mZ0aXk4T --yes'],
  run: async (context, given) => {
    const db = await context.openDatabase()
    const { id, name } = await requireApiKey(db, given.key)
    await confirm(`This deletes the API key ${name} (${id}) with what is known of its use.`, given)
    await deleteApiKey(db, id, context.act)
    return { json: { deleted: id }, blocks: [sentence('The API key was deleted.')] }
  },
})

/** The commands about the life of API keys. */
export const apiKeyLifecycleCommands: readonly Command[] = [rotate, finish, revoke, disable, enable, remove]
