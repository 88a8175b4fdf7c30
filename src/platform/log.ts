import { pino } from 'pino'
import type { DestinationStream, Logger as PinoLogger } from 'pino'

/** The server's log: one JSON object per line. */
export type Logger = Pick<PinoLogger, 'debug' | 'info' | 'warn' | 'error' | 'fatal'>

/** Opens the log. Times are UTC; pino's JSON encoding keeps hostile text on its own line (ASVS 16.4.1). */
export function createLog(level: string, destination?: DestinationStream): Logger {
  const options = {
    level,
    base: null,
    timestamp: () => `,"time":"${new Date().toISOString()}"`,
    formatters: { level: (label: string) => ({ level: label }) },
    // A last net under our own care: nothing with these names is ever meant to be logged.
    redact: { paths: ['*.password', '*.secret', '*.token', '*.authorization', '*.cookie'], censor: '[removed]' },
  }
  return destination === undefined ? pino(options) : pino(options, destination)
}
