import type { Logger } from '../platform/log.ts'

/** What the signals lead to. */
export interface SignalOptions {
  readonly log: Logger
  /** Whether to stop when the terminal goes away; a service has none and leaves that signal to its supervisor. */
  readonly inTerminal: boolean
  /** Called when somebody does not want to wait any longer. */
  readonly onForce: () => void
}

// One Ctrl-C arrives twice under npm: from the terminal, and passed on by npm.
const sameGestureMilliseconds = 500

/** Aborts at the first signal to stop; the next one, unless it belongs to the same gesture, forces the end. */
export function watchStopSignals({ log, inTerminal, onForce }: SignalOptions): AbortSignal {
  const stopping = new AbortController()
  let firstAt: number | undefined
  const onSignal = (signal: string) => {
    const now = performance.now()
    if (firstAt === undefined) {
      firstAt = now
      log.info({ signal }, 'stopping')
      return stopping.abort()
    }
    if (now - firstAt < sameGestureMilliseconds) return undefined
    log.warn({ signal }, 'stopping at once')
    return onForce()
  }
  process.on('SIGTERM', onSignal).on('SIGINT', onSignal)
  if (inTerminal) process.on('SIGHUP', onSignal)
  return stopping.signal
}

/**
 * A bug that nobody caught leaves the process in a state nobody knows: one line, and the end. Whoever watches over the
 * process starts another.
 */
export function endOnUncaughtErrors(log: Logger): void {
  const end = (error: unknown) => {
    log.fatal({ err: error }, 'an error was not handled; the process ends')
    process.exit(1)
  }
  process.on('uncaughtException', end).on('unhandledRejection', end)
}

/** Resolves when the signal has been aborted. */
export function aborted(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) return resolve()
    signal.addEventListener('abort', () => resolve(), { once: true })
  })
}
