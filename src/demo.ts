/**
 * What a first look needs: an API, a service that may call it, and the API's own client, which asks about tokens. Made on
 * the first start of the trying mode and never again, so that what somebody deletes stays deleted. The secrets are kept
 * in the data folder and printed on each start; the database has their hashes, as of all secrets.
 */
import { join } from 'node:path'
import { z } from 'zod'
import type { Act } from './domain/audit/act.ts'
import { createApiKey } from './domain/api-keys/create.ts'
import type { KeyMaking } from './domain/api-keys/create.ts'
import { findApiKey } from './domain/api-keys/find.ts'
import { newApiKey, parseApiKeyInput } from './domain/api-keys/input.ts'
import { parseKey, secretMatches } from './domain/api-keys/secret.ts'
import { newApi } from './domain/apis/input.ts'
import { addIntrospector } from './domain/apis/introspectors.ts'
import { createApi } from './domain/apis/lifecycle.ts'
import { givePermission } from './domain/apis/permissions.ts'
import { findClient } from './domain/clients/client.ts'
import { createClient, parseNewClient } from './domain/clients/create.ts'
import { addSecret, clientSecretMatches } from './domain/clients/secret.ts'
import { randomId, randomSecret } from './platform/crypto/random.ts'
import type { Database } from './platform/db/open.ts'
import { inTransaction } from './platform/db/transaction.ts'
import { Refusal } from './platform/errors.ts'
import { createPrivateFile, readPrivateFile, replacePrivateFile } from './start/private-file.ts'

const credentials = z.object({ id: z.string(), secret: z.string() })
const demoFile = z.object({
  /** False from the first plan until all of it is in the database. */
  made: z.boolean(),
  resource: z.string(),
  service: credentials,
  api: credentials,
  /** An API key of the service, as it is presented. */
  key: z.string().optional(),
})

/** The demo as it can be used: the API's identifier, two clients with their secrets, and an API key. */
export type Demo = Readonly<z.output<typeof demoFile>>

const scopes = [
  { name: 'invoices:read', description: 'Read invoices.' },
  { name: 'invoices:write', description: 'Create and change invoices.' },
]

/** Makes the demo on the first start; afterwards finds it, or answers undefined if it was deleted or changed. */
export async function prepareDemo(
  db: Database,
  { dataDirectory, making }: { readonly dataDirectory: string; readonly making: KeyMaking },
  act: Act,
): Promise<Demo | undefined> {
  const path = join(dataDirectory, 'demo.json')
  const demo = await readOrPlan(path)
  if (await isUsable(db, demo, act.now))
    return { ...demo, key: await usableKey(db, { demo, making }, act.now) }
  if (demo.made) return undefined
  try {
    const made = { ...demo, made: true, key: await makeDemo(db, { demo, making }, act) }
    await replacePrivateFile(path, made)
    return made
  } catch (error) {
    // A database that others use too may have another demo already.
    if (error instanceof Refusal && error.code === 'conflict') return undefined
    throw error
  }
}

/** The plan is written before anything is made, so that a crash between the two loses no secret. */
async function readOrPlan(path: string): Promise<Demo> {
  const known = await readPrivateFile(path, demoFile)
  if (known !== undefined) return known
  const plan: Demo = {
    made: false,
    resource: 'https://demo.example/api',
    service: { id: 'demo-service', secret: randomSecret() },
    api: { id: 'demo-api', secret: randomSecret() },
  }
  return (await createPrivateFile(path, plan)) ? plan : readOrPlan(path)
}

async function isUsable(db: Database, { service, api }: Demo, now: Date): Promise<boolean> {
  for (const { id, secret } of [service, api]) {
    const client = await findClient(db, id)
    if (client === undefined || !clientSecretMatches(client, secret, now)) return false
  }
  return true
}

/** The key, unless it was revoked, disabled or deleted. */
async function usableKey(
  db: Database,
  { demo, making }: { readonly demo: Demo; readonly making: KeyMaking },
  now: Date,
): Promise<string | undefined> {
  const parsed = demo.key === undefined ? undefined : parseKey(demo.key, making.prefix)
  const key = parsed === undefined ? undefined : await findApiKey(db, parsed.keyId)
  if (
    parsed === undefined ||
    key === undefined ||
    key.revokedAt !== undefined ||
    key.disabledAt !== undefined
  ) {
    return undefined
  }
  return secretMatches(making.peppers, key, parsed.secret, now) === undefined ? undefined : demo.key
}

function makeDemo(
  db: Database,
  { demo: { resource, service, api }, making }: { readonly demo: Demo; readonly making: KeyMaking },
  act: Act,
): Promise<string> {
  return inTransaction(db, async (trx) => {
    const { id: apiId } = await createApi(
      trx,
      newApi.parse({ id: randomId('api'), identifier: resource, name: 'Demo API', scopes }),
      act,
    )
    await makeClient(trx, { ...service, name: 'Demo service', grants: ['client_credentials'] }, act)
    await givePermission(
      trx,
      { apiId, owner: { type: 'client', id: service.id }, scopes: scopes.map(({ name }) => name) },
      act,
    )
    await makeClient(trx, { ...api, name: 'Demo API', grants: [] }, act)
    await addIntrospector(trx, { apiId, clientId: api.id }, act)
    const key = parseApiKeyInput(newApiKey, {
      name: 'Demo key',
      owner: { type: 'client', id: service.id },
      apiId,
      scopes: ['invoices:read'],
    })
    return (await createApiKey(trx, { making, key }, act)).text
  })
}

interface DemoClient {
  readonly id: string
  readonly secret: string
  readonly name: string
  readonly grants: readonly 'client_credentials'[]
}

async function makeClient(db: Database, { id, secret, name, grants }: DemoClient, act: Act): Promise<void> {
  await createClient(db, parseNewClient({ id, metadata: { client_name: name, grant_types: grants } }), act)
  await addSecret(db, { clientId: id, secretId: randomId('sec'), secret }, act)
}
