import { ConfigurationError } from '../config.ts'
import { KeyOpeningFailure } from '../domain/signing-keys/store.ts'
import { EmbeddedDatabaseError } from '../platform/db/embedded-error.ts'
import { isDatabaseUnavailable } from '../platform/db/failures.ts'
import { MigrationError } from '../platform/db/migrate.ts'
import { StartError } from './start-error.ts'

/** What to tell whoever started the server. An error nobody foresaw comes with its stack. */
export function startFailure(error: unknown): string {
  // Closing failed as well; the first error is the one to tell.
  if (error instanceof SuppressedError) return startFailure(error.suppressed)
  if (
    error instanceof StartError ||
    error instanceof ConfigurationError ||
    error instanceof EmbeddedDatabaseError ||
    error instanceof MigrationError
  ) {
    return error.message
  }
  if (error instanceof KeyOpeningFailure) {
    return `The signing keys in the database cannot be opened: ${error.message}. Set SEALING_KEYS to the keys they were sealed with.`
  }
  if (!(error instanceof Error)) return `The server ended unexpectedly: ${String(error)}`
  if (isDatabaseUnavailable(error)) {
    return `The database cannot be reached (${reasonOf(error)}): check DATABASE_URL and that PostgreSQL runs there.`
  }
  // PostgreSQL's classes 28 (who may connect), 3D (to which database) and 42501 (and do what).
  if (/^(28|3D)|^42501$/.test(codeOf(error) ?? '')) {
    return `The database refuses us (${error.message}): check the user, the password and the database in DATABASE_URL.`
  }
  return `The server ended unexpectedly: ${error.stack ?? error.message}`
}

function reasonOf(error: Error): string {
  return codeOf(error) ?? error.message
}

function codeOf(error: Error): string | undefined {
  return 'code' in error && typeof error.code === 'string' ? error.code : undefined
}
