/** Keys: those the installation keeps its secrets with, those it signs with, and API keys. */
import { z } from 'zod'
import type { SealingKey } from '../platform/crypto/seal.ts'
import { itemsOf, seconds, serviceUrl } from './kinds.ts'

/** Its variables. */
export const keyVariables = {
  SEALING_KEYS: z.string().default(''),
  KEY_PEPPERS: z.string().default(''),
  KEY_PREFIX: z
    .string()
    .regex(/^[a-z][a-z0-9]{0,14}$/, 'must be 1 to 15 small letters and digits, such as lk')
    .default('lk'),
  KEY_USAGE_FLUSH_SECONDS: seconds(10, 1, 300),
  KEY_USAGE_RETENTION_SECONDS: seconds(400 * 86400, 86400, 20 * 365 * 86400),
  LEAKED_KEY_POLICY: z.enum(['notify', 'grace', 'end']).default('end'),
  LEAKED_KEY_GRACE_SECONDS: seconds(3600, 60, 30 * 86400),
  GITHUB_SECRET_SCANNING_KEYS_URL: serviceUrl,
  SIGNING_KEY_ROTATE_AFTER_SECONDS: seconds(90 * 86400, 3600, 3 * 365 * 86400),
  SIGNING_KEY_PUBLISH_LEAD_SECONDS: seconds(86400, 0, 30 * 86400),
}

type KeyEnvironment = z.output<z.ZodObject<typeof keyVariables>>

/** What they say. */
export function keySettings(env: KeyEnvironment) {
  return {
    sealingKeys: readKeys('SEALING_KEYS', env.SEALING_KEYS).keys,
    /** Peppers of API keys, kept out of the database: the first hashes new secrets, all of them are compared with. */
    keyPeppers: readKeys('KEY_PEPPERS', env.KEY_PEPPERS).keys,
    keyPrefix: env.KEY_PREFIX,
    keyUsageFlushSeconds: env.KEY_USAGE_FLUSH_SECONDS,
    // Nothing receives GitHub's messages unless it is said where the keys are that they are signed with.
    githubSecretScanningKeysUrl: env.GITHUB_SECRET_SCANNING_KEYS_URL,
  }
}

/** What they say that can change while the server runs. */
export function keyPolicy(env: KeyEnvironment) {
  return {
    keyUsageRetentionSeconds: env.KEY_USAGE_RETENTION_SECONDS,
    leakedKeyPolicy: env.LEAKED_KEY_POLICY,
    leakedKeyGraceSeconds: env.LEAKED_KEY_GRACE_SECONDS,
    signingKeyRotateAfterSeconds: env.SIGNING_KEY_ROTATE_AFTER_SECONDS,
    signingKeyPublishLeadSeconds: env.SIGNING_KEY_PUBLISH_LEAD_SECONDS,
  }
}

/** What is wrong with them. */
export function keyProblems(
  env: KeyEnvironment,
  { secretsRequired }: { readonly secretsRequired: boolean },
): string[] {
  const problems = [
    ...readKeys('SEALING_KEYS', env.SEALING_KEYS).problems,
    ...readKeys('KEY_PEPPERS', env.KEY_PEPPERS).problems,
  ]
  if (secretsRequired && env.SEALING_KEYS === '') {
    problems.push(
      'SEALING_KEYS: is required, one or more of <id>:<32 bytes as base64>; make one with: openssl rand -base64 32',
    )
  }
  if (secretsRequired && env.KEY_PEPPERS === '') {
    problems.push(
      'KEY_PEPPERS: is required, one or more of <id>:<32 bytes as base64>; not the same as SEALING_KEYS',
    )
  }
  if (env.SIGNING_KEY_PUBLISH_LEAD_SECONDS >= env.SIGNING_KEY_ROTATE_AFTER_SECONDS) {
    problems.push('SIGNING_KEY_PUBLISH_LEAD_SECONDS: must be shorter than SIGNING_KEY_ROTATE_AFTER_SECONDS')
  }
  return problems
}

/** `id:base64,id2:base64`: the first is the one in use, all are still understood. Problems never repeat the key. */
function readKeys(
  variable: string,
  text: string,
): { readonly keys: readonly SealingKey[]; readonly problems: readonly string[] } {
  const problems: string[] = []
  const keys: SealingKey[] = []
  for (const item of itemsOf(text)) {
    const at = item.indexOf(':')
    const id = item.slice(0, Math.max(at, 0))
    const key = Buffer.from(item.slice(at + 1), 'base64')
    if (!/^[\w-]{1,32}$/.test(id))
      problems.push(`${variable}: every key needs an id of letters, digits, - or _ before a colon`)
    else if (key.length !== 32) problems.push(`${variable}: key ${id} must be 32 bytes as base64`)
    else if (keys.some((known) => known.id === id)) problems.push(`${variable}: two keys have the id ${id}`)
    else keys.push({ id, key })
  }
  return { keys, problems }
}
