/**
 * What is asked at the decision endpoints, in the words of the OpenID AuthZEN Authorization API 1.0 (§5 to §7).
 *
 * - `subject`: a presented credential (`credential`, or `access_token` or `api_key` for one kind alone) with its text as
 *   `id`; or an `account` or a `client` by its id. `properties.cnf` names the key or certificate that was seen proven.
 * - `action.name`: a scope of the API, or a permission query. `resource`: type `api`, by its identifier.
 * - `context`: `client_ip` and `cost`, as introspection has them.
 *
 * Other members and properties are ignored, as the specification asks; other types are denied: about a record of an API
 * nothing is known here, and what is not known is not allowed.
 */
import { z } from 'zod'
import type { Evaluation, Subject } from '../../domain/credentials/evaluate.ts'
import { readQuestion } from '../../domain/credentials/introspect.ts'
import type { PermissionQuery } from '../../domain/credentials/permission-query.ts'
import { Refusal } from '../../platform/errors.ts'
import { describeIssues, parseOrRefuse } from '../../platform/parse.ts'

/** How many evaluations one request holds at most. */
export const mostEvaluations = 100

/** How several evaluations hang together (§7.1.2). */
export type Semantic = z.output<typeof semantic>

/** One question: understood, of a kind about which nothing is known, or no question at all. */
export type Asked =
  | { readonly kind: 'question'; readonly evaluation: Evaluation }
  | { readonly kind: 'denied'; readonly reason: 'unknown_subject_type' | 'unknown_resource_type' }
  | { readonly kind: 'malformed'; readonly sentence: string }

/** What a request asks. */
export type Call =
  | { readonly kind: 'one'; readonly asked: Asked }
  | { readonly kind: 'many'; readonly asked: readonly Asked[]; readonly semantic: Semantic }

type ParseQuery = (text: string) => PermissionQuery | undefined

const proven = z.object({ jkt: z.string().optional(), 'x5t#S256': z.string().optional() })
const subject = z.object({
  type: z.string(),
  id: z.string(),
  properties: z.object({ cnf: proven.optional() }).optional(),
})
const action = z.object({ name: z.string(), properties: z.object({}).optional() })
const resource = z.object({ type: z.string(), id: z.string(), properties: z.object({}).optional() })
const context = z.object({ client_ip: z.string().optional(), cost: z.number().optional() })
const evaluation = z.object({ subject, action, resource, context: context.optional() })

// §7.1.1: what an evaluation leaves out; of its parts, what must not be missing in the end may be missing here.
const defaults = z.object({
  subject: subject.partial().optional(),
  action: action.partial().optional(),
  resource: resource.partial().optional(),
  context: context.optional(),
})
const semantic = z.enum(['execute_all', 'deny_on_first_deny', 'permit_on_first_permit'])
const evaluations = z.object({
  evaluations: z
    .array(z.unknown())
    .optional()
    .transform((items) => items ?? []),
  options: z.object({ evaluations_semantic: semantic.optional() }).optional(),
})

type Defaults = z.output<typeof defaults>

/** The question of a request for one evaluation. */
export function readOne(body: unknown, parseQuery: ParseQuery): Call {
  const asked = readEvaluation(parseOrRefuse(evaluation, body, 'invalid_request'), parseQuery)
  if (asked.kind === 'malformed') throw new Refusal('invalid_request', asked.sentence)
  return { kind: 'one', asked }
}

/** The questions of a request for several; §7.1: without any it is a request for one. */
export function readMany(body: unknown, parseQuery: ParseQuery): Call {
  const { evaluations: items, options } = parseOrRefuse(evaluations, body, 'invalid_request')
  if (items.length === 0) return readOne(body, parseQuery)
  if (items.length > mostEvaluations) {
    throw new Refusal('payload_too_large', `A request holds at most ${mostEvaluations} evaluations.`)
  }
  const given = parseOrRefuse(defaults, body, 'invalid_request')
  return {
    kind: 'many',
    asked: items.map((item) => readItem(item, given, parseQuery)),
    semantic: options?.evaluations_semantic ?? 'execute_all',
  }
}

/** §7.2.1: what is wrong with one of several is said in its place, and keeps none of the others from being answered. */
function readItem(item: unknown, given: Defaults, parseQuery: ParseQuery): Asked {
  const parsed = evaluation.safeParse(withDefaults(item, given))
  return parsed.success
    ? readEvaluation(parsed.data, parseQuery)
    : { kind: 'malformed', sentence: describeIssues(parsed.error.issues) }
}

/** A part that is given takes the place of the default, whose type, id or name it may leave out; never its properties. */
function withDefaults(item: unknown, given: Defaults): unknown {
  if (!isObject(item)) return item
  const { type, id } = given.subject ?? {}
  return {
    subject: part(item['subject'], given.subject, { type, id }),
    action: part(item['action'], given.action, { name: given.action?.name }),
    resource: part(item['resource'], given.resource, {
      type: given.resource?.type,
      id: given.resource?.id,
    }),
    context: item['context'] ?? given.context,
  }
}

function part(given: unknown, whole: object | undefined, required: object): unknown {
  if (given === undefined) return whole
  return isObject(given) ? { ...required, ...given } : given
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

function readEvaluation(given: z.output<typeof evaluation>, parseQuery: ParseQuery): Asked {
  const { client_ip, cost } = given.context ?? {}
  const members = {
    required_scope: given.action.name,
    client_ip,
    cost: cost === undefined ? undefined : String(cost),
  }
  const question = readQuestion(members, parseQuery)?.question
  if (question === undefined) {
    return { kind: 'malformed', sentence: 'action.name, context.client_ip or context.cost is malformed.' }
  }
  if (given.resource.type !== 'api') return { kind: 'denied', reason: 'unknown_resource_type' }
  const asked = readSubject(given.subject)
  if (asked === undefined) return { kind: 'denied', reason: 'unknown_subject_type' }
  return { kind: 'question', evaluation: { subject: asked, api: given.resource.id, question } }
}

function readSubject({ type, id, properties }: z.output<typeof subject>): Subject | undefined {
  switch (type) {
    case 'account':
    case 'client':
      return { kind: 'owner', owner: { type, id } }
    case 'credential':
      return { kind: 'credential', text: id, type: undefined, proven: properties?.cnf }
    case 'access_token':
    case 'api_key':
      return { kind: 'credential', text: id, type, proven: properties?.cnf }
    default:
      return undefined
  }
}
