/**
 * What an error from the database means: that it cannot be reached just now, that a text cannot be stored, or
 * that two transactions met and one should try again. Everything else is a bug and stays an error.
 */

// PostgreSQL's appendix A. Class 08 and 53 whole; the rest one by one.
const unavailableStates = new Set([
  '57P01', // admin_shutdown
  '57P02', // crash_shutdown
  '57P03', // cannot_connect_now
  '57P05', // idle_session_timeout
  '57014', // query_canceled, which a statement timeout is too
  '25P03', // idle_in_transaction_session_timeout
  '25P04', // transaction_timeout
  '25006', // read_only_sql_transaction: a standby after a failover
  '40001', // serialization_failure, when every attempt met another
  '40P01', // deadlock_detected, likewise
  '55P03', // lock_not_available
  '58030', // io_error
])

const unavailableSystemCodes = new Set([
  'ECONNREFUSED',
  'ECONNRESET',
  'ECONNABORTED',
  'EPIPE',
  'ETIMEDOUT',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'EHOSTDOWN',
  'ENOTFOUND',
  'EAI_AGAIN',
])

/** What is said to whoever would have to wait behind too many others; it means the same as no connection. */
export const tooManyWaiting = 'too many wait for the database already'

// The driver gives these no code.
const unavailableMessages = [
  tooManyWaiting,
  'Connection terminated',
  'timeout exceeded when trying to connect',
  'timeout expired',
  'Query read timeout',
  'Client has encountered a connection error',
  'Client was closed and is not queryable',
  'Cannot use a pool after calling end on the pool',
  'driver has already been destroyed',
  'Postgres connection has been discarded',
]

const mostAttempts = 3

/**
 * True if the database could not be reached or did not answer in time, so that trying later may work (503). What an error was
 * made of counts: our pages ask the protocol's library, which is told of such a failure in words of OAuth.
 */
export function isDatabaseUnavailable(error: unknown): boolean {
  if (!(error instanceof Error)) return false
  if (isDatabaseUnavailable(error.cause)) return true
  const code = codeOf(error)
  if (code !== undefined && isUnavailableCode(code)) return true
  // A Unix socket that is not there, as opposed to any other missing file.
  if (code === 'ENOENT' && 'syscall' in error && error.syscall === 'connect') return true
  return unavailableMessages.some((message) => error.message.startsWith(message))
}

/** True if a value held text that PostgreSQL cannot keep: a NUL byte, invalid UTF-8 or half a surrogate pair. */
export function isUnstorableText(error: unknown): boolean {
  const code = codeOf(error)
  return code === '22P05' || code === '22021' || (code === '22P02' && isJsonText(error))
}

/** What we wrote as JSON is well-formed but for one thing: JavaScript writes half a pair as an escape, and JSON has none. */
function isJsonText(error: unknown): boolean {
  return error instanceof Error && error.message === 'invalid input syntax for type json'
}

/** PostgreSQL 23505, unique_violation: two changes reached for one name, and this one came second. */
export function isDuplicate(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === '23505'
}

/** Runs a whole transaction again, at most twice more, when it lost against another (serialization, deadlock). */
export async function retryOnConflict<T>(transaction: () => Promise<T>): Promise<T> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await transaction()
    } catch (error) {
      if (attempt === mostAttempts || !isConflict(error)) throw error
    }
    await new Promise((resolve) => setTimeout(resolve, Math.random() * 20 * attempt))
  }
}

function isConflict(error: unknown): boolean {
  const code = codeOf(error)
  return code === '40001' || code === '40P01'
}

function isUnavailableCode(code: string): boolean {
  if (unavailableSystemCodes.has(code) || unavailableStates.has(code)) return true
  return code.length === 5 && (code.startsWith('08') || code.startsWith('53'))
}

function codeOf(error: unknown): string | undefined {
  if (!(error instanceof Error) || !('code' in error)) return undefined
  return typeof error.code === 'string' ? error.code : undefined
}
