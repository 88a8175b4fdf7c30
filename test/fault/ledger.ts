/**
 * A ledger of what a server acknowledged, and the callers that fill it: tokens issued, revoked and refreshed, questions
 * asked about them, metadata read. Every answer is judged at once; what was acknowledged is asked for again at the end.
 */
import { Agent } from 'node:http'
import { setTimeout as delay } from 'node:timers/promises'
import { basic } from '../support/oauth.ts'
import type { Caller } from '../support/oauth.ts'
import type { Stage } from '../support/stage.ts'
import { askProcess } from './support.ts'
import type { ProcessAnswer } from './support.ts'

/** What became of all requests. */
export interface Counts {
  answered: number
  unavailable: number
  refusedConnections: number
}

/** A ledger that is being written. */
export interface Ledger {
  readonly counts: Counts
  /** Answers that nobody may give: what was asked and what came. */
  readonly violations: string[]
  /** Tokens that were issued and are good, and those whose revocation was acknowledged. */
  readonly good: Set<string>
  readonly revoked: Set<string>
  /** The newest refresh token of each family. */
  readonly refreshTokens: string[]
  readonly refreshes: () => number
  /** Milliseconds since `performance.timeOrigin` of every token answer that was a success, by when it was asked for. */
  readonly successes: number[]
  readonly stop: () => Promise<void>
}

/** Where the load goes, and who it is. */
export interface LedgerOptions {
  readonly stage: Stage
  readonly port: number
  /** A client whose grace lets a refresh be repeated whose answer was lost. */
  readonly graceful: Caller
  readonly refreshTokens: readonly string[]
}

const pauseMilliseconds = 20

/** Starts the callers. */
export function openLedger({ stage, port, graceful, refreshTokens }: LedgerOptions): Ledger {
  const { issuer } = stage.world
  const agent = new Agent({ keepAlive: true })
  const stopped = new AbortController()
  const counts: Counts = { answered: 0, unavailable: 0, refusedConnections: 0 }
  const ledger = {
    counts,
    violations: [] as string[],
    good: new Set<string>(),
    revoked: new Set<string>(),
    refreshTokens: [...refreshTokens],
    successes: [] as number[],
  }
  let refreshCount = 0

  /** The answer, or undefined if the server said that it cannot answer now. */
  const ask = async (path: string, caller?: Caller, form?: Record<string, string>) => {
    const headers = caller === undefined ? {} : basic(caller)
    const answer = await askProcess({ port, issuer, path, agent, headers, ...(form && { form }) }).catch(
      (error: unknown) => (error instanceof Error ? error : new Error('failed')),
    )
    if (answer instanceof Error) {
      if (isRefused(answer)) counts.refusedConnections += 1
      else ledger.violations.push(`${path}: ${answer.message}`)
      return undefined
    }
    if (answer.status !== 503 && answer.status !== 429) {
      counts.answered += 1
      return answer
    }
    counts.unavailable += 1
    if (answer.headers['retry-after'] === undefined) ledger.violations.push(`${path}: no Retry-After`)
    return undefined
  }
  const judge = (what: string, isRight: boolean, answer: ProcessAnswer) => {
    if (!isRight) ledger.violations.push(`${what}: ${answer.status} ${answer.text.slice(0, 300)}`)
  }

  const issueAndAsk = async () => {
    const askedAt = performance.now()
    const form = { grant_type: 'client_credentials', resource: stage.api.identifier, scope: 'read' }
    const issued = await ask('/oauth/token', stage.service, form)
    if (issued === undefined) return
    judge('token', issued.status === 200 && typeof issued.body['access_token'] === 'string', issued)
    const token = String(issued.body['access_token'])
    ledger.successes.push(askedAt)
    ledger.good.add(token)
    const asked = await ask('/oauth/introspect', stage.guard, { token })
    if (asked !== undefined) judge('introspection', asked.body['active'] === true, asked)
  }
  const revokeOne = async () => {
    const [token] = ledger.good
    // The oldest, and never one that is being asked about.
    if (token === undefined || ledger.good.size < 20) return
    // Whether it is good is unknown until the revocation is acknowledged.
    ledger.good.delete(token)
    const answer = await ask('/oauth/revoke', stage.service, { token })
    if (answer === undefined) return
    judge('revocation', answer.status === 200, answer)
    ledger.revoked.add(token)
    const asked = await ask('/oauth/introspect', stage.guard, { token })
    if (asked !== undefined) judge('revoked', asked.text === '{"active":false}', asked)
  }
  const refreshOne = async (family: number) => {
    const refresh_token = ledger.refreshTokens[family] ?? ''
    const answer = await ask('/oauth/token', graceful, { grant_type: 'refresh_token', refresh_token })
    if (answer === undefined) return
    judge(`refresh of family ${family}`, answer.status === 200, answer)
    if (answer.status !== 200) return
    refreshCount += 1
    ledger.refreshTokens[family] = String(answer.body['refresh_token'])
  }
  // These need no database.
  const readMetadata = async (path: string) => {
    const answer = await askProcess({ port, issuer, path, agent }).catch(() => undefined)
    if (answer?.status === 200) counts.answered += 1
    else ledger.violations.push(`${path}: ${answer?.status ?? 'no answer'}`)
  }
  const repeat = async (work: () => Promise<void>, every: number) => {
    while (!stopped.signal.aborted) {
      await work()
      await delay(every)
    }
  }
  const calling = [
    ...Array.from({ length: 4 }, () => repeat(issueAndAsk, pauseMilliseconds)),
    repeat(revokeOne, 5 * pauseMilliseconds),
    ...refreshTokens.map((_, family) => repeat(() => refreshOne(family), 2 * pauseMilliseconds)),
    repeat(() => readMetadata('/.well-known/openid-configuration'), 2 * pauseMilliseconds),
    repeat(() => readMetadata('/oauth/jwks'), 2 * pauseMilliseconds),
  ]
  return {
    ...ledger,
    refreshes: () => refreshCount,
    stop: async () => {
      stopped.abort()
      await Promise.all(calling)
      agent.destroy()
    },
  }
}

function isRefused(error: Error): boolean {
  return 'code' in error && error.code === 'ECONNREFUSED'
}
