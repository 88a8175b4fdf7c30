/** API keys of a world, made in the room that makes them. */
import { createApiKey } from '../../src/domain/api-keys/create.ts'
import { newApiKey, parseApiKeyInput } from '../../src/domain/api-keys/input.ts'
import { createPeppers } from '../../src/domain/api-keys/secret.ts'
import type { Owner } from '../../src/domain/apis/permissions.ts'
import { systemAct } from '../../src/domain/audit/act.ts'
import type { TestApi, World } from './world.ts'

/** A key and its text in clear. */
export interface TestKey {
  readonly id: string
  readonly text: string
}

/** What a test may want of a key; `more` is what `newApiKey` takes besides. */
export interface KeyWishes {
  readonly owner: Owner
  readonly api: TestApi
  readonly scopes?: readonly string[]
  readonly more?: Readonly<Record<string, unknown>>
}

/** How the servers of a world make keys. */
export const making = {
  prefix: 'lk',
  peppers: createPeppers([{ id: 'test', key: Buffer.alloc(32, 2) }]),
}

/** Makes a key. */
export async function makeApiKey(world: Pick<World, 'db'>, wishes: KeyWishes): Promise<TestKey> {
  const { owner, api, scopes = ['read'], more } = wishes
  const input = parseApiKeyInput(newApiKey, { name: 'Test key', owner, apiId: api.id, scopes, ...more })
  const { key, text } = await createApiKey(world.db, { making, key: input }, systemAct(new Date()))
  return { id: key.id, text }
}
