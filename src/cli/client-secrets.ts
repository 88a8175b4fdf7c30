/** The secrets of clients: two may work at once, so that one can be replaced without an interruption. */
import { requireClient } from '../domain/clients/client.ts'
import { addSecret, expireSecret, isLive, revokeSecret } from '../domain/clients/secret.ts'
import type { ClientSecret } from '../domain/clients/client.ts'
import { randomId, randomSecret } from '../platform/crypto/random.ts'
import { secretJson } from './client-view.ts'
import { defineCommand } from './command.ts'
import { requiredText, time } from './option.ts'
import type { Command } from './command.ts'
import { CliError } from './failures.ts'
import { confirm } from './input.ts'
import { confirmable } from './listing.ts'
import { clientArgument } from './named.ts'
import { count, fields, formatTime, sentence, table } from './output.ts'

const secretArgument = requiredText('secret', 'The id of the secret, as the list prints it.')

const add = defineCommand({
  words: 'clients secrets add',
  summary: 'Gives a client a secret, and prints it this once.',
  notes: ['Two secrets can work at once: add one, move the client to it, then revoke the other.'],
  arguments: { client: clientArgument },
  options: { 'expires-at': time('When it stops working; never, unless given.') },
  examples: [
    'clients secrets add client_4fTq',
    'clients secrets add client_4fTq --expires-at 2027-06-30T00:00:00Z',
  ],
  run: async (context, given) => {
    const secretId = randomId('secret')
    const secret = randomSecret()
    const expiresAt = given['expires-at']
    const { client: clientId } = given
    await addSecret(await context.openDatabase(), { clientId, secretId, secret, expiresAt }, context.act)
    return {
      json: {
        ...secretJson({ id: secretId, createdAt: context.act.now, expiresAt }),
        client_id: clientId,
        client_secret: secret,
      },
      blocks: [
        sentence('The client has another secret.'),
        fields(
          ['client_id', clientId],
          ['client_secret', secret],
          ['id', secretId],
          ['expires', expiresAt ?? 'never'],
        ),
        sentence('Keep the secret now: it is not shown again.'),
      ],
    }
  },
})

const list = defineCommand({
  words: 'clients secrets list',
  summary: 'Lists the secrets of a client, never the secrets themselves.',
  arguments: { client: clientArgument },
  examples: ['clients secrets list client_4fTq'],
  run: async (context, given) => {
    const { id, secrets } = await requireClient(await context.openDatabase(), given.client)
    const json = { items: secrets.map(secretJson), next: null }
    if (secrets.length === 0) {
      const text = `The client has no secrets. Give it one with: latchkey clients secrets add ${id}`
      return { json, blocks: [sentence(text)] }
    }
    const rows = secrets.map((secret) => [secret.id, secret.createdAt, expiryText(secret, context.act.now)])
    return { json, blocks: [table(['id', 'created', 'expires'], rows)] }
  },
})

const expire = defineCommand({
  words: 'clients secrets expire',
  summary: 'Lets a secret stop working at a time to come.',
  arguments: { client: clientArgument, secret: secretArgument },
  options: { at: time('When it stops working. Required.') },
  examples: ['clients secrets expire client_4fTq secret_9aBc --at 2026-12-31T00:00:00Z'],
  run: async (context, { client: clientId, secret: secretId, at: expiresAt }) => {
    if (expiresAt === undefined) throw new CliError('usage', '--at is required.')
    await expireSecret(await context.openDatabase(), { clientId, secretId, expiresAt }, context.act)
    return {
      json: { id: secretId, client_id: clientId, expires_at: expiresAt },
      blocks: [sentence(`The secret stops working at ${formatTime(expiresAt)}.`)],
    }
  },
})

const revoke = defineCommand({
  words: 'clients secrets revoke',
  summary: 'Ends a secret at once.',
  arguments: { client: clientArgument, secret: secretArgument },
  options: confirmable,
  examples: ['clients secrets revoke client_4fTq secret_9aBc --yes'],
  run: async (context, given) => {
    const db = await context.openDatabase()
    const { id: clientId, name } = await requireClient(db, given.client)
    const { secret: secretId } = given
    await confirm(
      `This revokes the secret ${secretId} of the client ${name} (${clientId}); whoever still uses it is refused.`,
      given,
    )
    const { secretsLeft } = await revokeSecret(db, { clientId, secretId }, context.act)
    const left =
      secretsLeft === 0
        ? 'It has none left and cannot authenticate.'
        : `It has ${count(secretsLeft, 'live secret')} left.`
    return {
      json: { revoked: secretId, client_id: clientId, secrets_left: secretsLeft },
      blocks: [sentence(`The secret of the client was revoked. ${left}`)],
    }
  },
})

/** The commands about the secrets of clients. */
export const clientSecretCommands: readonly Command[] = [add, list, expire, revoke]

function expiryText(secret: ClientSecret, now: Date): string {
  const { expiresAt } = secret
  if (expiresAt === undefined) return 'never'
  return isLive(secret, now) ? formatTime(expiresAt) : `expired ${formatTime(expiresAt)}`
}
