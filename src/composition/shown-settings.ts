/** What an installation is set to, for people who look after it. */
import { changeableNames } from '../config.ts'
import type { EffectiveConfig, PolicySettings, WrittenSettings } from '../config.ts'
import type { SettingValue, ShownSettings } from '../web/administration-rooms.ts'

/**
 * By the names of the environment. An allow-list: a setting that is added and is a secret is not shown by being forgotten
 * here. Of secrets only whether there are any.
 */
export function shownSettings(config: EffectiveConfig): ShownSettings {
  return { ...reachSettings(config), ...policySettings(config), ...operationSettings(config) }
}

/** Those that say how the installation behaves, wherever it stands and whatever it runs on. */
export function policySettings(config: EffectiveConfig): ShownSettings {
  return {
    ...brandSettings(config),
    ...personSettings(config),
    ...tokenSettings(config),
    ...keySettings(config),
  }
}

/** Those that can be changed, as they are written in the environment. */
export function writtenSettings(config: EffectiveConfig): WrittenSettings {
  const shown = policySettings(config)
  return Object.fromEntries(changeableNames.map((name) => [name, writtenOf(shown[name])] as const))
}

/** A value as it is written in the environment. Nothing of a secret. */
export function writtenOf(value: SettingValue): string {
  if (value === undefined) return ''
  if (typeof value !== 'object') return String(value)
  if ('seconds' in value) return String(value.seconds)
  return 'isSet' in value ? '' : value.join(',')
}

function reachSettings(config: EffectiveConfig): ShownSettings {
  return {
    ISSUER: config.issuer,
    NODE_ENV: config.mode,
    HOST: config.host,
    PORT: config.port,
    MANAGEMENT_HOST: config.managementHost,
    MANAGEMENT_PORT: config.managementPort,
    ALLOWED_HOSTS: config.allowedHosts,
    TRUSTED_PROXIES: config.trustedProxies,
    CLIENT_CERTIFICATE_HEADER: config.clientCertificateHeader,
    OUTBOUND_ALLOWED_HOSTS: config.outboundAllowedHosts,
  }
}

function brandSettings(config: EffectiveConfig): ShownSettings {
  return {
    BRAND_NAME: config.brandName,
    BRAND_ACCENT_COLOUR: config.brandAccentColour,
    BRAND_LOGO_FILE: config.brandLogoFile,
    BRAND_LOGO_DARK_FILE: config.brandLogoDarkFile,
    BRAND_LINKS: config.brandLinks.map(({ text, url }) => `${text}|${url}`),
    BRAND_TEXTS_FILE: config.brandTextsFile,
    SUPPORT_URL: config.supportUrl,
  }
}

function personSettings(config: EffectiveConfig): ShownSettings {
  return {
    SIGN_UP: config.signUp,
    SECOND_FACTOR: config.secondFactor.everybody,
    ADMINISTRATOR_SECOND_FACTOR: config.secondFactor.administrators,
    ADMINISTRATOR_REMEMBERED_DEVICES: config.secondFactor.administratorsMayRememberDevices,
    PASSWORD_RANGE_URL: config.passwordRangeUrl,
    ARGON2_MEMORY_KIBIBYTES: config.argon2.memoryKibibytes,
    ARGON2_ITERATIONS: config.argon2.iterations,
    // The address may hold a password.
    SMTP_URL: { isSet: config.smtp !== undefined },
    MAIL_FROM: config.mailFrom,
  }
}

function tokenSettings(config: EffectiveConfig): ShownSettings {
  return {
    SESSION_IDLE_SECONDS: { seconds: config.sessionIdleSeconds },
    SESSION_LIFETIME_SECONDS: { seconds: config.sessionLifetimeSeconds },
    REFRESH_TOKEN_LIFETIME_SECONDS: { seconds: config.refreshTokenLifetimeSeconds },
    ID_TOKEN_LIFETIME_SECONDS: { seconds: config.idTokenLifetimeSeconds },
    DPOP_NONCE_REQUIRED: config.dpopNonceRequired,
    TOKEN_RATE_LIMIT: rateText(config.tokenRateLimit),
  }
}

function keySettings(config: EffectiveConfig): ShownSettings {
  return {
    KEY_PREFIX: config.keyPrefix,
    KEY_USAGE_FLUSH_SECONDS: { seconds: config.keyUsageFlushSeconds },
    KEY_USAGE_RETENTION_SECONDS: { seconds: config.keyUsageRetentionSeconds },
    LEAKED_KEY_POLICY: config.leakedKeyPolicy,
    LEAKED_KEY_GRACE_SECONDS: { seconds: config.leakedKeyGraceSeconds },
    GITHUB_SECRET_SCANNING_KEYS_URL: config.githubSecretScanningKeysUrl,
    SIGNING_KEY_ROTATE_AFTER_SECONDS: { seconds: config.signingKeyRotateAfterSeconds },
    SIGNING_KEY_PUBLISH_LEAD_SECONDS: { seconds: config.signingKeyPublishLeadSeconds },
    SEALING_KEYS: { isSet: config.sealingKeys.length > 0 },
    KEY_PEPPERS: { isSet: config.keyPeppers.length > 0 },
  }
}

function operationSettings(config: EffectiveConfig): ShownSettings {
  return {
    DATABASE_URL: { isSet: true },
    DATABASE_POOL_SIZE: config.databasePoolSize,
    DATABASE_WAIT_SECONDS: config.databaseWaitSeconds,
    DATABASE_STATEMENT_SECONDS: config.databaseStatementSeconds,
    WORKERS: config.workers,
    CACHE_ENTRIES: config.cacheEntries,
    PASSWORD_HASHES_AT_ONCE: config.passwordHashesAtOnce,
    PASSWORD_HASHES_WAITING: config.passwordHashesWaiting,
    LOG_LEVEL: config.logLevel,
    SHUTDOWN_SECONDS: { seconds: config.shutdownSeconds },
    DRAIN_DELAY_SECONDS: { seconds: config.drainDelaySeconds },
  }
}

function rateText(rate: PolicySettings['tokenRateLimit']): string | undefined {
  if (rate === undefined) return undefined
  return [rate.requests, rate.seconds, rate.burst].filter((part) => part !== undefined).join('/')
}
