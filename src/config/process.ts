/** The process: how it runs, what it stores in, how it stops. */
import { z } from 'zod'
import { count, seconds } from './kinds.ts'

/** Its variables. */
export const processVariables = {
  NODE_ENV: z.string().optional(),
  DATABASE_URL: z.string().optional(),
  DATABASE_POOL_SIZE: count(10, 1, 200),
  DATABASE_WAIT_SECONDS: seconds(1, 1, 120),
  DATABASE_STATEMENT_SECONDS: seconds(3, 1, 120),
  DATA_DIR: z.string().default('./data'),
  WORKERS: count(1, 1, 64),
  LOG_LEVEL: z.enum(['fatal', 'error', 'warn', 'info', 'debug', 'silent']).default('info'),
  CACHE_ENTRIES: count(10_000, 100, 10_000_000),
  SHUTDOWN_SECONDS: seconds(20, 1, 300),
  DRAIN_DELAY_SECONDS: z.coerce.number().min(0).max(60).optional(),
}

type ProcessEnvironment = z.output<z.ZodObject<typeof processVariables>>

/** What they say. */
export function processSettings(env: ProcessEnvironment) {
  const production = env.NODE_ENV === 'production'
  return {
    production,
    databaseUrl: env.DATABASE_URL,
    databasePoolSize: env.DATABASE_POOL_SIZE,
    databaseWaitSeconds: env.DATABASE_WAIT_SECONDS,
    databaseStatementSeconds: env.DATABASE_STATEMENT_SECONDS,
    dataDirectory: env.DATA_DIR,
    workers: env.WORKERS,
    logLevel: env.LOG_LEVEL,
    cacheEntries: env.CACHE_ENTRIES,
    shutdownSeconds: env.SHUTDOWN_SECONDS,
    // Nobody balances load while it is tried; otherwise, time for a probe or two to see that readiness is gone.
    drainDelaySeconds: env.DRAIN_DELAY_SECONDS ?? (production ? 5 : 0),
  }
}

/** What is wrong with them. */
export function processProblems(env: ProcessEnvironment): string[] {
  const { production, databaseUrl, drainDelaySeconds, shutdownSeconds } = processSettings(env)
  const problems: string[] = []
  if (production && databaseUrl === undefined) {
    problems.push('DATABASE_URL: is required, postgres://user:password@host/database')
  }
  if (drainDelaySeconds >= shutdownSeconds) {
    problems.push('DRAIN_DELAY_SECONDS: must be shorter than SHUTDOWN_SECONDS')
  }
  return problems
}
