/**
 * What the "trying it" mode adds to the configuration: a database and a sealing key of its own, kept in the data folder.
 * A setting that was given is never replaced.
 */
import { randomBytes } from 'node:crypto'
import { join } from 'node:path'
import { z } from 'zod'
import type { Config, ServerConfig } from './config.ts'
import { hmacSha256 } from './platform/crypto/digest.ts'
import type { SealingKey } from './platform/crypto/seal.ts'
import { findEmbeddedDatabase, startEmbeddedDatabase } from './platform/db/embedded.ts'
import { openConnection } from './platform/db/open.ts'
import { createPrivateFile, readPrivateFile } from './start/private-file.ts'
import { StartError } from './start/start-error.ts'

/** A configuration that can serve, and what must be stopped when it no longer has to. */
export interface Completed {
  readonly config: ServerConfig
  readonly stop: () => Promise<void>
}

/** Secrets that the trying mode makes for itself. */
export interface TryingSecrets {
  readonly sealingKeys: readonly SealingKey[]
  readonly keyPeppers: readonly SealingKey[]
}

const keyBytes = 32
const keys = z
  .array(
    z.object({
      id: z.string().regex(/^[\w-]{1,32}$/),
      key: z
        .base64()
        .transform((text) => Buffer.from(text, 'base64'))
        .refine((key) => key.length === keyBytes),
    }),
  )
  .min(1)
const secretsFile = z
  .object({ sealingKeys: keys, keyPeppers: keys.optional() })
  // A file from before there were API keys: every process that reads it must find the same pepper.
  .transform(({ sealingKeys, keyPeppers }) => ({
    sealingKeys,
    keyPeppers: keyPeppers ?? sealingKeys.map(({ id, key }) => ({ id, key: hmacSha256(key, 'API keys') })),
  }))

/** Completes the configuration for the server, which owns the embedded database until `stop`. */
export async function startTrying(config: Config, log: (message: string) => void): Promise<Completed> {
  const { url, stop } = await startDatabase(config, log)
  try {
    return { config: complete(config, { databaseUrl: url, ...(await secretsOf(config, url)) }), stop }
  } catch (error) {
    await stop()
    throw error
  }
}

/** Completes the configuration for a program beside the server; a sentence says so if no database runs. */
export async function completeTryingConfig(config: Config): Promise<ServerConfig> {
  const databaseUrl = config.databaseUrl ?? (await findEmbeddedDatabase(config.dataDirectory))?.url
  if (databaseUrl === undefined) {
    throw new StartError(
      `No database runs for the data folder ${config.dataDirectory}: start the server first, or set DATABASE_URL.`,
    )
  }
  return complete(config, { databaseUrl, ...(await secretsOf(config, databaseUrl)) })
}

/**
 * The secrets of this data folder, made on first use. They are not made for a database that was used with others: what
 * those sealed can only be opened with them, and a new key would hide that they are lost.
 */
export async function loadTryingSecrets(dataDirectory: string, databaseUrl: string): Promise<TryingSecrets> {
  const path = join(dataDirectory, 'secrets.json')
  const known = await readPrivateFile(path, secretsFile)
  if (known !== undefined) return known
  if (await hasSealedKeys(databaseUrl)) {
    throw new StartError(
      `${path} is missing, and the keys in the database were sealed with what it held: restore it from a backup, or set SEALING_KEYS and KEY_PEPPERS.`,
    )
  }
  await createPrivateFile(path, { sealingKeys: [newKey()], keyPeppers: [newKey()] })
  const written = await readPrivateFile(path, secretsFile)
  if (written === undefined) throw new StartError(`${path} was removed while the server started.`)
  return written
}

/** With an id of its own, so that it is never taken for one that was lost. */
function newKey(): { readonly id: string; readonly key: string } {
  return { id: `local_${randomBytes(4).toString('hex')}`, key: randomBytes(keyBytes).toString('base64') }
}

async function hasSealedKeys(url: string): Promise<boolean> {
  const connection = await openConnection({ url, applicationName: 'latchkey' })
  try {
    const [table] = await connection.query<{ found: boolean }>(
      `select to_regclass('signing_keys') is not null as found`,
    )
    if (table?.found !== true) return false
    const [row] = await connection.query<{ found: boolean }>(
      'select exists (select from signing_keys) as found',
    )
    return row?.found === true
  } finally {
    await connection.close()
  }
}

async function startDatabase(config: Config, log: (message: string) => void) {
  if (config.databaseUrl !== undefined) return { url: config.databaseUrl, stop: async () => {} }
  return startEmbeddedDatabase({ dataDirectory: config.dataDirectory, log })
}

async function secretsOf(config: Config, databaseUrl: string): Promise<TryingSecrets> {
  const { sealingKeys, keyPeppers } = config
  if (sealingKeys.length > 0 && keyPeppers.length > 0) return { sealingKeys, keyPeppers }
  const made = await loadTryingSecrets(config.dataDirectory, databaseUrl)
  return {
    sealingKeys: sealingKeys.length > 0 ? sealingKeys : made.sealingKeys,
    keyPeppers: keyPeppers.length > 0 ? keyPeppers : made.keyPeppers,
  }
}

function complete(config: Config, found: { databaseUrl: string } & TryingSecrets): ServerConfig {
  return Object.freeze({ ...config, ...found })
}
