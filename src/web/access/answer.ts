/**
 * What is answered at the decision endpoints, whichever way the caller was authenticated: 200 with decisions, in the order
 * in which they were asked for, or a refusal of the whole request. Never a yes because something failed.
 */
import { decideStanding, evaluateLocally, findStanding } from '../../domain/credentials/evaluate.ts'
import type { Evaluated, Evaluation, EvaluationParts, Standing } from '../../domain/credentials/evaluate.ts'
import type { PermissionQuery } from '../../domain/credentials/permission-query.ts'
import { isDatabaseUnavailable } from '../../platform/db/failures.ts'
import { Refusal } from '../../platform/errors.ts'
import { limitHeaders } from '../../platform/http/limit-headers.ts'
import type { LimitStand } from '../../platform/http/limit-headers.ts'
import { readJson } from './json.ts'
import { readMany, readOne } from './question.ts'
import type { Asked, Call, Semantic } from './question.ts'

/** What answering needs. */
export interface AccessParts extends EvaluationParts {
  readonly parseQuery: (text: string) => PermissionQuery | undefined
  readonly onError: (error: unknown) => void
}

/** One of the two endpoints. */
export interface Endpoint {
  /** For metrics. */
  readonly route: 'access_evaluation' | 'access_evaluations'
  readonly maxBodyBytes: number
  readonly read: typeof readOne
}

/** The endpoints by their paths. A credential may have 8 KiB, and a hundred questions are seldom about as many. */
export const endpoints: ReadonlyMap<string | undefined, Endpoint> = new Map<string, Endpoint>([
  ['/access/v1/evaluation', { route: 'access_evaluation', maxBodyBytes: 16 * 1024, read: readOne }],
  ['/access/v1/evaluations', { route: 'access_evaluations', maxBodyBytes: 256 * 1024, read: readMany }],
])

/** What is sent. */
export interface Answer {
  readonly status: number
  readonly text: string
  /** Name before value; the type and the caching are the same for all. */
  readonly headers: readonly string[]
  /** The code of a refusal. */
  readonly error?: string
}

/** Reads what is asked; throws a refusal for what is no question. */
export function readCall(
  { parseQuery }: Pick<AccessParts, 'parseQuery'>,
  { read }: Endpoint,
  given: { readonly contentType: string | undefined; readonly body: Buffer },
): Call {
  // AuthZEN's own table of errors (§10.1) knows 400 for a body of another kind, and not 415.
  if (!/^application\/json\s*(?:;\s*charset="?utf-8"?\s*)?$/i.test(given.contentType ?? '')) {
    throw new Refusal('invalid_request', 'The body must be application/json.')
  }
  return read(readJson(given.body), parseQuery)
}

/** The answer from memory; undefined when somebody has to be asked. */
export function answerLocally(parts: AccessParts, call: Call, callerId: string): Answer | undefined {
  if (call.kind !== 'one' || call.asked.kind !== 'question') return undefined
  const evaluated = evaluateLocally(parts, call.asked.evaluation, callerId)
  return evaluated === undefined ? undefined : decided(write(evaluated), evaluated.limit)
}

/** The answer. Throws when the database is away: then nobody knows. */
export async function answerCall(parts: AccessParts, call: Call, callerId: string): Promise<Answer> {
  if (call.kind === 'many') {
    const written = await evaluateAll(parts, call, callerId)
    return decided(`{"evaluations":[${written.join(',')}]}`, undefined)
  }
  const { asked } = call
  if (asked.kind !== 'question') return decided(writeUnasked(asked), undefined)
  const standing = await findStanding(parts, asked.evaluation, callerId)
  const evaluated = await decideStanding(parts, standing, asked.evaluation.question)
  return decided(write(evaluated), evaluated.limit)
}

/** What is answered instead when something was thrown. */
export function answerError(error: unknown, onError: (error: unknown) => void): Answer {
  const refusal =
    error instanceof Refusal
      ? error
      : isDatabaseUnavailable(error)
        ? new Refusal(
            'temporarily_unavailable',
            'The service is temporarily unavailable, try again shortly.',
            {
              retryAfterSeconds: 1,
            },
          )
        : new Refusal('server_error', 'Something went wrong on our side.')
  if (refusal.code === 'server_error') onError(error)
  const { status, code, message, retryAfterSeconds } = refusal
  return {
    status,
    text: JSON.stringify({ error: code, error_description: message }),
    headers: retryAfterSeconds === undefined ? [] : ['Retry-After', String(retryAfterSeconds)],
    error: code,
  }
}

const stopsAt: Readonly<Record<Semantic, boolean | undefined>> = {
  execute_all: undefined,
  deny_on_first_deny: false,
  permit_on_first_permit: true,
}

/**
 * All subjects are looked up together, and then decided about in order: where the first no or the first yes ends it, the
 * limits of what comes later are not touched (§7.1.2.1).
 */
async function evaluateAll(
  parts: AccessParts,
  { asked, semantic }: Extract<Call, { readonly kind: 'many' }>,
  callerId: string,
): Promise<readonly string[]> {
  const find = findTogether(parts, callerId)
  const standings = await Promise.all(asked.map(find))
  const answerTo = (one: Asked, index: number): Promise<Written> => answerOne(parts, one, standings[index])
  if (stopsAt[semantic] === undefined) {
    return (await Promise.all(asked.map(answerTo))).map(({ text }) => text)
  }
  const texts: string[] = []
  for (const [index, one] of asked.entries()) {
    const { text, allow } = await answerTo(one, index)
    texts.push(text)
    if (allow === stopsAt[semantic]) break
  }
  return texts
}

/** The same subject at the same API is looked up once for a request, however often it comes. */
function findTogether(parts: AccessParts, callerId: string): (asked: Asked) => Promise<Standing> {
  const found = new Map<string, Promise<Standing>>()
  return async (asked) => {
    if (asked.kind !== 'question') return undefined
    const { evaluation } = asked
    const name = JSON.stringify([evaluation.subject, evaluation.api])
    const standing = found.get(name) ?? findStanding(parts, evaluation, callerId)
    found.set(name, standing)
    return standing
  }
}

interface Written {
  readonly text: string
  readonly allow: boolean
}

async function answerOne(parts: AccessParts, asked: Asked, standing: Standing): Promise<Written> {
  if (asked.kind !== 'question') return { text: writeUnasked(asked), allow: false }
  const { question }: Evaluation = asked.evaluation
  const evaluated = await decideStanding(parts, standing, question)
  return { text: write(evaluated), allow: evaluated.allow }
}

function write({ allow, reason, retryAfterSeconds }: Evaluated): string {
  if (allow) return '{"decision":true}'
  if (reason === undefined) return '{"decision":false}'
  const context = { reason, ...(retryAfterSeconds !== undefined && { retry_after: retryAfterSeconds }) }
  return JSON.stringify({ decision: false, context })
}

function writeUnasked(asked: Exclude<Asked, { readonly kind: 'question' }>): string {
  const context =
    asked.kind === 'denied' ? { reason: asked.reason } : { error: { status: 400, message: asked.sentence } }
  return JSON.stringify({ decision: false, context })
}

function decided(text: string, limit: LimitStand | undefined): Answer {
  return { status: 200, text, headers: limitHeaders(limit) }
}
