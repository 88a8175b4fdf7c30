import { ConfigurationError } from '../config.ts'
import { KeyOpeningFailure } from '../domain/signing-keys/store.ts'
import { EmbeddedDatabaseError } from '../platform/db/embedded-error.ts'
import { isDatabaseUnavailable, isUnstorableText } from '../platform/db/failures.ts'
import { MigrationError } from '../platform/db/migrate.ts'
import { Refusal } from '../platform/errors.ts'
import { StartError } from '../start/start-error.ts'

/** What the command line itself refuses, beside the codes of the rooms, and the code it exits with. */
export const exitCodeOfCliError = {
  usage: 2,
  not_confirmed: 2,
  configuration: 3,
  database_unavailable: 3,
  schema_pending: 3,
  schema_newer: 3,
  migration_failed: 1,
  input_unreadable: 1,
  settings_differ: 1,
} as const

/** The codes of the command line's own refusals. */
export type CliErrorCode = keyof typeof exitCodeOfCliError

/** The command cannot be carried out, for a reason that lies with how or where it was called. */
export class CliError extends Error {
  readonly code: CliErrorCode
  readonly exitCode: number

  constructor(code: CliErrorCode, message: string, exitCode: number = exitCodeOfCliError[code]) {
    super(message)
    this.name = 'CliError'
    this.code = code
    this.exitCode = exitCode
  }
}

/** A failure as the operator is told of it. */
export interface Failure {
  readonly code: string
  readonly message: string
  readonly exitCode: number
  /** Something nobody expected: where it happened belongs in the report of it. */
  readonly unexpected?: unknown
}

/** What to tell of anything that was thrown. */
export function failureOf(error: unknown): Failure {
  if (error instanceof CliError) return error
  if (error instanceof Refusal) return { code: error.code, message: error.message, exitCode: 1 }
  if (isAboutTheSettings(error)) return { code: 'configuration', message: error.message, exitCode: 3 }
  if (error instanceof KeyOpeningFailure) {
    const message = `The keys in the database cannot be opened: ${error.message}. Set SEALING_KEYS as the servers have it.`
    return { code: 'configuration', message, exitCode: 3 }
  }
  if (error instanceof MigrationError) return migrationFailure(error)
  if (isUnstorableText(error)) {
    return {
      code: 'invalid_request',
      message: 'A value has characters that cannot be stored.',
      exitCode: 1,
    }
  }
  if (isDatabaseUnavailable(error)) {
    return { code: 'database_unavailable', message: unreachable(error), exitCode: 3 }
  }
  if (isRefusedByDatabase(error)) {
    return { code: 'configuration', message: `DATABASE_URL: ${messageOf(error)}.`, exitCode: 3 }
  }
  return { code: 'server_error', message: 'Something went wrong here.', exitCode: 1, unexpected: error }
}

function isAboutTheSettings(error: unknown): error is Error {
  return [ConfigurationError, EmbeddedDatabaseError, StartError].some((kind) => error instanceof kind)
}

function migrationFailure({ problem, message }: MigrationError): Failure {
  if (problem === 'newer_schema') return { code: 'schema_newer', message, exitCode: 5 }
  if (problem === 'busy') return { code: 'database_unavailable', message, exitCode: 3 }
  return { code: 'migration_failed', message, exitCode: 1 }
}

function unreachable(error: unknown): string {
  return `The database cannot be reached, or did not answer in time (${messageOf(error)}).`
}

/** PostgreSQL classes 28 and 3D: no such role, a wrong password, no such database. The driver's own have no code. */
function isRefusedByDatabase(error: unknown): boolean {
  if (!(error instanceof Error)) return false
  if ('code' in error && typeof error.code === 'string') {
    return /^(?:28|3D)/.test(error.code) || error.code === 'ERR_INVALID_URL'
  }
  return error.message.startsWith('SASL:')
}

// Several addresses of one host fail with a list of errors and no message of their own.
function messageOf(error: unknown): string {
  if (error instanceof AggregateError) return messageOf(error.errors[0])
  return error instanceof Error ? error.message.replace(/\.$/, '') : 'no reason given'
}
