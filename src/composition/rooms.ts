/** What both ways of administering an installation, the console and the management API, need of its rooms. */
import type { ServerConfig } from '../config.ts'
import type { PasswordHasher } from '../domain/accounts/password.ts'
import type { KeyMaking } from '../domain/api-keys/create.ts'
import { createPeppers } from '../domain/api-keys/secret.ts'
import type { Rotation } from '../domain/signing-keys/rotate.ts'
import { randomId } from '../platform/crypto/random.ts'
import type { NewId } from '../platform/crypto/random.ts'
import type { Seal } from '../platform/crypto/seal.ts'
import { contextWordsOf } from './context-words.ts'
import type { Floor } from './floor.ts'
import { rotationOf } from './rotation.ts'

/** The parts. */
export interface AdministrationRooms {
  readonly issuer: string
  readonly newId: NewId
  readonly seal: Seal
  readonly hasher: PasswordHasher
  readonly contextWords: readonly string[]
  readonly keyMaking: KeyMaking
  readonly keyRotation: Rotation
  /** Facts of the configuration that are no secret. */
  readonly settings: Readonly<Record<string, unknown>>
}

/** The rooms of a server. */
export function administrationRooms(config: ServerConfig, { seal, hasher }: Floor): AdministrationRooms {
  return {
    issuer: config.issuer,
    newId: randomId,
    seal,
    hasher,
    contextWords: contextWordsOf(config),
    keyMaking: { peppers: createPeppers(config.keyPeppers), prefix: config.keyPrefix },
    keyRotation: rotationOf(config, seal),
    settings: shownSettings(config),
  }
}

/** An allow-list: a setting that is added and is a secret is not shown by being forgotten here. */
function shownSettings(config: ServerConfig): Readonly<Record<string, unknown>> {
  const seconds = {
    session_idle_seconds: config.sessionIdleSeconds,
    session_lifetime_seconds: config.sessionLifetimeSeconds,
    refresh_token_lifetime_seconds: config.refreshTokenLifetimeSeconds,
    id_token_lifetime_seconds: config.idTokenLifetimeSeconds,
    signing_key_rotate_after_seconds: config.signingKeyRotateAfterSeconds,
    signing_key_publish_lead_seconds: config.signingKeyPublishLeadSeconds,
    key_usage_flush_seconds: config.keyUsageFlushSeconds,
    key_usage_retention_seconds: config.keyUsageRetentionSeconds,
    leaked_key_grace_seconds: config.leakedKeyGraceSeconds,
  }
  return {
    issuer: config.issuer,
    mode: config.mode,
    brand_name: config.brandName,
    brand_accent_colour: config.brandAccentColour,
    key_prefix: config.keyPrefix,
    leaked_key_policy: config.leakedKeyPolicy,
    dpop_nonce_required: config.dpopNonceRequired,
    second_factor: config.secondFactor.everybody,
    administrator_second_factor: config.secondFactor.administrators,
    argon2_memory_kibibytes: config.argon2.memoryKibibytes,
    argon2_iterations: config.argon2.iterations,
    trusted_proxies: config.trustedProxies,
    outbound_allowed_hosts: config.outboundAllowedHosts,
    workers: config.workers,
    ...seconds,
  }
}
