import { createApiKey } from '../../../src/domain/api-keys/create.ts'
import type { CreatedKey, KeyMaking } from '../../../src/domain/api-keys/create.ts'
import { newApiKey, parseApiKeyInput } from '../../../src/domain/api-keys/input.ts'
import { createPeppers } from '../../../src/domain/api-keys/secret.ts'
import type { Owner } from '../../../src/domain/apis/permissions.ts'
import type { Database } from '../../../src/platform/db/open.ts'
import { act } from '../clients/support.ts'

/** The prefix and peppers of the tests here. */
export const making: KeyMaking = {
  prefix: 'lk',
  peppers: createPeppers([{ id: 'p1', key: Buffer.alloc(32, 7) }]),
}

/** Makes a key from raw input. */
export function makeApiKey(
  db: Database,
  wishes: { readonly owner: Owner; readonly apiId: string; readonly scopes?: readonly string[] },
  more: object = {},
): Promise<CreatedKey> {
  const key = parseApiKeyInput(newApiKey, { name: 'Key', scopes: [], ...wishes, ...more })
  return createApiKey(db, { making, key }, act)
}
