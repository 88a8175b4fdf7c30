/**
 * A route of the management API: one value that says everything about it. The router, the OpenAPI document and the test
 * of who may call what are made from the same list of these.
 */
import { z } from 'zod'
import type { ManagementScope } from '../../domain/administration/scopes.ts'
import type { Act } from '../../domain/audit/act.ts'
import type { Principal } from '../../domain/credentials/principal.ts'
import type { Database } from '../../platform/db/open.ts'
import { Refusal } from '../../platform/errors.ts'
import { describeIssues } from '../../platform/parse.ts'
import type { AdministrationRooms } from '../administration-rooms.ts'

/** What every handler is given. */
export interface CallBasics {
  /** The pool, or the transaction of a request with an idempotency key. */
  readonly db: Database
  readonly act: Act
  readonly caller: Principal
  readonly rooms: AdministrationRooms
  /** The version that `If-Match` names; only on routes that require it. */
  readonly version: number
  readonly page: PageAsked
}

/** Which page of a list is asked for; only on lists. */
export interface PageAsked {
  readonly limit: number
  readonly after: string | undefined
}

/** A request that has passed every check its route declares. */
export interface Call<Params, Query, Body> extends CallBasics {
  readonly params: Params
  readonly query: Query
  readonly body: Body
}

/** What a handler answers. */
export interface RouteAnswer {
  readonly status?: number
  readonly body?: Readonly<Record<string, unknown>>
  /** Becomes the `ETag`. */
  readonly version?: number
  /** Where the next page begins, on lists. */
  readonly next?: string | undefined
  /** Changes that this instance hears of at once; the others are told by the database. */
  readonly changed?: readonly { readonly kind: string; readonly id: string }[]
}

/** Which part of the document a route belongs to. */
export type RouteTag =
  | 'Caller'
  | 'Accounts'
  | 'Clients'
  | 'APIs'
  | 'Roles'
  | 'Permissions'
  | 'API keys'
  | 'Sessions and grants'
  | 'Signing keys'
  | 'Limits'
  | 'Audit'
  | 'Usage'
  | 'Settings'

/** What a route says of itself. */
export interface RouteFacts {
  /** `operationId` of the document, and the name in metrics. */
  readonly id: string
  readonly tag: RouteTag
  readonly method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE'
  /** Below `/api/v1`, with parameters as in OpenAPI: `/accounts/{account_id}`. */
  readonly path: string
  readonly summary: string
  /** What the caller must be permitted; undefined for what every caller may see, which is itself. */
  readonly scope: ManagementScope | undefined
  /** A person must have proved who they are within the last quarter of an hour (RFC 9470). */
  readonly fresh?: boolean
  /** Takes an `Idempotency-Key`. */
  readonly creates?: boolean
  /** Takes a page of a list. */
  readonly paged?: boolean
  readonly status: 200 | 201 | 204
  /** The answer, as the document describes it and the tests check it. */
  readonly answer?: z.ZodType
}

/** A route with everything it takes. */
export interface Route extends RouteFacts {
  readonly params: z.ZodObject
  readonly query: z.ZodObject
  readonly body: z.ZodType | undefined
  /** Present where `If-Match` is required: the version as it is, or undefined for nothing there. */
  readonly currentVersion: ((db: Database, params: Raw) => Promise<number | undefined>) | undefined
  readonly run: (raw: RawRequest) => Promise<RouteAnswer>
}

/** Untrusted members by name. */
export type Raw = Readonly<Record<string, unknown>>

/** A request before its parts were looked at. */
export interface RawRequest extends CallBasics {
  readonly params: Raw
  readonly query: Raw
  readonly body: unknown
}

interface Definition<
  P extends z.ZodRawShape,
  Q extends z.ZodRawShape,
  B extends z.ZodType,
> extends RouteFacts {
  readonly params?: P
  readonly query?: Q
  readonly body?: B
  readonly currentVersion?: (
    db: Database,
    params: z.output<z.ZodObject<P, z.core.$strict>>,
  ) => Promise<number | undefined>
  readonly handle: (
    call: Call<
      z.output<z.ZodObject<P, z.core.$strict>>,
      z.output<z.ZodObject<Q, z.core.$strict>>,
      z.output<B>
    >,
  ) => Promise<RouteAnswer>
}

type NoMembers = Record<string, never>

/**
 * Declares a route. What it does not declare is refused: unknown members of the query and the body included.
 * This signature says what the compiler cannot follow below: a handler is given what the schemas beside it let through.
 */
export function defineRoute<
  P extends z.ZodRawShape = NoMembers,
  Q extends z.ZodRawShape = NoMembers,
  B extends z.ZodType = z.ZodUnknown,
>(definition: Definition<P, Q, B>): Route
export function defineRoute({
  params = {},
  query = {},
  body,
  currentVersion,
  handle,
  ...facts
}: Definition<z.ZodRawShape, z.ZodRawShape, z.ZodType>): Route {
  const paramsSchema = z.strictObject(params)
  const querySchema = z.strictObject(query)
  const bodySchema = body ?? z.unknown()
  return {
    ...facts,
    params: paramsSchema,
    query: querySchema,
    body,
    currentVersion:
      currentVersion && ((db, given) => currentVersion(db, parsePart(paramsSchema, given, 'path'))),
    run: (raw) =>
      handle({
        ...raw,
        params: parsePart(paramsSchema, raw.params, 'path'),
        query: parsePart(querySchema, raw.query, 'query'),
        body: parsePart(bodySchema, raw.body, 'body'),
      }),
  }
}

/** Parses a part of a request, or refuses it and says where; a path that cannot name anything names nothing. */
function parsePart<Schema extends z.ZodType>(
  schema: Schema,
  value: unknown,
  part: 'path' | 'query' | 'body',
): z.output<Schema> {
  const parsed = schema.safeParse(value)
  if (parsed.success) return parsed.data
  if (part === 'path') throw new Refusal('not_found', 'There is nothing with this id.')
  throw new Refusal('invalid_request', describeIssues(parsed.error.issues), {
    cause: { part, issues: parsed.error.issues },
  })
}
