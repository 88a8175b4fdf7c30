/**
 * The server's log: one JSON object per line, on standard output. What goes wrong with the log itself never stops the
 * server: a full disk or a reader that went away costs lines, not requests.
 */
import { pino } from 'pino'
import type { DestinationStream, Logger as PinoLogger } from 'pino'

/** Where everything that is worth telling an operator goes. */
export type Logger = Pick<PinoLogger, 'debug' | 'info' | 'warn' | 'error' | 'fatal'>

// A last net under our own care: nothing with these names is ever meant to be logged.
const secretNames = new Set([
  'password',
  'secret',
  'token',
  'code',
  'cookie',
  'set-cookie',
  'authorization',
  'dpop',
  'access_token',
  'refresh_token',
  'id_token',
  'client_secret',
  'client_assertion',
  'databaseUrl',
])
const removed = '[removed]'
// What cannot be written waits up to this size; then lines are lost rather than memory.
const mostWaitingBytes = 4 * 1024 * 1024
const longestMessage = 1000
const longestStack = 4000

/** Opens the log. Times are UTC; pino's JSON encoding keeps hostile text on its own line (ASVS 16.4.1). */
export function createLog(level: string, destination: DestinationStream = standardOutput()): Logger {
  return pino(
    {
      level,
      base: null,
      timestamp: createTimestamp(),
      formatters: { level: (label) => ({ level: label }), log: withoutSecrets },
      serializers: { err: errorFacts },
    },
    destination,
  )
}

/** What is told about an error: not the other members, where the database's driver repeats the values of a row. */
export function errorFacts(error: unknown): unknown {
  if (!(error instanceof Error)) return typeof error === 'string' ? error : 'a value that is not an error'
  const code: unknown = Reflect.get(error, 'code')
  return {
    name: error.name,
    message: error.message.slice(0, longestMessage),
    ...(typeof code === 'string' && { code }),
    stack: error.stack?.slice(0, longestStack),
    ...(error.cause !== undefined && { cause: causeFacts(error.cause) }),
  }
}

function causeFacts(cause: unknown): unknown {
  return cause instanceof Error ? `${cause.name}: ${cause.message.slice(0, longestMessage)}` : undefined
}

/** By our own hand because the logger's wildcard paths cost several microseconds on every line. */
function withoutSecrets(facts: Record<string, unknown>): Record<string, unknown> {
  for (const name in facts) {
    if (secretNames.has(name) || isPlainObject(facts[name])) return cleaned(facts, 3)
  }
  return facts
}

function cleaned(facts: Record<string, unknown>, depth: number): Record<string, unknown> {
  const entries = Object.entries(facts).map(([name, value]) => {
    if (secretNames.has(name)) return [name, removed] as const
    return [name, isPlainObject(value) ? (depth > 0 ? cleaned(value, depth - 1) : removed) : value] as const
  })
  return Object.fromEntries(entries)
}

function isPlainObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && Object.getPrototypeOf(value) === Object.prototype
}

/** Under load many lines fall into one second, and writing a time as text is what costs most of a line. */
function createTimestamp(): () => string {
  let second = NaN
  let text = ''
  return () => {
    const now = Date.now()
    const milliseconds = now % 1000
    if (now - milliseconds !== second) {
      second = now - milliseconds
      // Up to the point before the thousandths.
      text = `,"time":"${new Date(second).toISOString().slice(0, -4)}`
    }
    return `${text}${String(milliseconds).padStart(3, '0')}Z"`
  }
}

/**
 * Lines of one turn of the event loop are written together as it ends, so that a server under load does not ask the system
 * for each of them; nothing waits longer, and what is left when the process exits is written then.
 */
function standardOutput(): DestinationStream {
  const stream = pino.destination({ fd: 1, sync: true, maxLength: mostWaitingBytes })
  stream.on('error', () => {})
  return gathering(stream)
}

function gathering(stream: DestinationStream): DestinationStream {
  let lines = ''
  const flush = (): void => {
    const text = lines
    lines = ''
    if (text !== '') stream.write(text)
  }
  process.on('exit', flush)
  return {
    write: (line) => {
      if (lines === '') setImmediate(flush)
      lines += line
    },
  }
}
