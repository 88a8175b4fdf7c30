/** The options of API keys, and what the commands about them need to make secrets. */
import type { KeyMaking } from '../domain/api-keys/create.ts'
import { createPeppers } from '../domain/api-keys/secret.ts'
import { completeTryingConfig } from '../trying.ts'
import type { Context } from './context.ts'
import { CliError } from './failures.ts'
import { rateOf, requiredText, text, texts, time } from './option.ts'
import type { Given } from './option.ts'

/** The argument that names a key. */
export const apiKeyArgument = requiredText('key', 'The id of the API key: the part after the prefix.')

/** The options that set what a key is limited to. */
export const limitOptions = {
  'expires-at': time('When the key stops working; never, unless given.'),
  'allow-address': texts('range', 'An address or range callers must come from, such as 10.0.0.0/8.'),
  'rate-limit': text(
    'requests/seconds[/burst]',
    'How often it may be used, such as 100/60, or 100/60/20 for at most 20 in one go.',
  ),
  quota: text('requests/period', 'How often in a day or month (UTC), such as 10000/month.'),
}

/** What a door of the room takes from the options; left out is left out. */
export function givenLimits(given: Given<typeof limitOptions>) {
  return {
    ...(given['expires-at'] && { expiresAt: given['expires-at'] }),
    ...(given['allow-address'] && { allowedAddresses: given['allow-address'] }),
    ...(given['rate-limit'] !== undefined && { rateLimit: rateOf('rate-limit', given['rate-limit']) }),
    ...(given.quota !== undefined && { quota: quotaOf(given.quota) }),
  }
}

/** The peppers and the prefix of this installation. */
export async function openKeyMaking(context: Context): Promise<KeyMaking> {
  const config = context.config()
  const prefix = config.keyPrefix
  if (config.keyPeppers.length > 0) return { peppers: createPeppers(config.keyPeppers), prefix }
  const completed = await completeTryingConfig({ ...config, databaseUrl: await context.databaseUrl() })
  return { peppers: createPeppers(completed.keyPeppers), prefix }
}

function quotaOf(value: string): { readonly requests: number; readonly period: string } {
  const [, requests, period] = /^(\d{1,13})\/(day|month)$/.exec(value) ?? []
  if (requests === undefined || period === undefined) {
    throw new CliError('usage', '--quota must be requests/day or requests/month, such as 10000/month.')
  }
  return { requests: Number(requests), period }
}
