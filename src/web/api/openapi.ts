/** The OpenAPI 3.1 document, made of the same table that is served. */
import { z } from 'zod'
import { managementScopes } from '../../domain/administration/scopes.ts'
import { pageMembers } from './paging.ts'
import { problemSchema } from './problem.ts'
import type { Route } from './route.ts'

/** JSON, as far as it matters here. */
export type JsonObject = Readonly<Record<string, unknown>>

/** The document for an installation. */
export function openApiDocument(routes: readonly Route[], issuer: string): JsonObject {
  const paths: Record<string, Record<string, JsonObject>> = {}
  for (const route of routes) {
    const operations = (paths[route.path] ??= {})
    operations[route.method.toLowerCase()] = operationOf(route)
  }
  return {
    openapi: '3.1.1',
    jsonSchemaDialect: 'https://json-schema.org/draft/2020-12/schema',
    info: {
      title: 'Latchkey management API',
      version: '1',
      description:
        'Changes name the version they were made from (If-Match), creations may name an idempotency key, and every refusal is a problem document (RFC 9457) with a stable code.',
    },
    servers: [{ url: `${issuer}/api/v1` }],
    tags: [...new Set(routes.map(({ tag }) => tag))].map((name) => ({ name })),
    paths,
    components: {
      schemas: { Problem: schemaOf(problemSchema, 'output') },
      securitySchemes: {
        oauth: {
          type: 'oauth2',
          description: `Tokens for the resource ${issuer}/api/v1, as Bearer or DPoP.`,
          flows: {
            clientCredentials: { tokenUrl: `${issuer}/oauth/token`, scopes: managementScopes },
            authorizationCode: {
              authorizationUrl: `${issuer}/oauth/authorize`,
              tokenUrl: `${issuer}/oauth/token`,
              scopes: managementScopes,
            },
          },
        },
        apiKey: { type: 'http', scheme: 'bearer', description: 'An API key at this API.' },
      },
    },
  }
}

/** The statuses of refusals that a route can answer with. The contract tests hold it to them. */
export function refusalStatuses(route: Route): readonly number[] {
  const { method, currentVersion, creates } = route
  const isChange = method !== 'GET'
  return [
    400,
    401,
    403,
    404,
    ...(isChange ? [409, 413, 415] : []),
    ...(currentVersion === undefined ? [] : [412, 428]),
    ...(creates === true ? [422] : []),
    429,
    503,
  ]
}

function operationOf(route: Route): JsonObject {
  const { id, tag, summary, scope, fresh, body } = route
  const freshness =
    fresh === true ? 'A person must have signed in with two factors within the last 15 minutes.' : undefined
  return {
    operationId: id,
    tags: [tag],
    summary,
    ...(freshness !== undefined && { description: freshness }),
    parameters: parametersOf(route),
    ...(body !== undefined && {
      requestBody: { required: true, content: { 'application/json': { schema: schemaOf(body, 'input') } } },
    }),
    responses: responsesOf(route),
    security: [{ oauth: scope === undefined ? [] : [scope] }, { apiKey: [] }],
  }
}

function parametersOf({ params, query, paged, currentVersion, creates }: Route): readonly JsonObject[] {
  const page = z.strictObject(pageMembers).partial()
  return [
    ...membersOf(params).map((member) => ({ ...member, in: 'path', required: true })),
    ...membersOf(query).map((member) => ({ ...member, in: 'query' })),
    ...(paged === true ? membersOf(page).map((member) => ({ ...member, in: 'query' })) : []),
    ...(currentVersion === undefined
      ? []
      : [
          {
            name: 'If-Match',
            in: 'header',
            required: true,
            description: 'The ETag of what is changed, or *.',
            schema: { type: 'string' },
          },
        ]),
    ...(creates === true
      ? [
          {
            name: 'Idempotency-Key',
            in: 'header',
            required: false,
            description: 'A repeated request with the same key gets the same answer for a day.',
            schema: { type: 'string', minLength: 1, maxLength: 200 },
          },
        ]
      : []),
  ]
}

function membersOf(schema: z.ZodObject) {
  const described = objectShape.parse(schemaOf(schema, 'input'))
  return Object.entries(described.properties).map(([name, { description, ...member }]) => ({
    name,
    required: described.required.includes(name),
    ...(typeof description === 'string' && { description }),
    schema: member,
  }))
}

function responsesOf(route: Route): JsonObject {
  const { status, answer, currentVersion } = route
  const problem = {
    content: { 'application/problem+json': { schema: { $ref: '#/components/schemas/Problem' } } },
  }
  const headers =
    currentVersion === undefined
      ? {}
      : { headers: { ETag: { description: 'The version.', schema: { type: 'string' } } } }
  return {
    [status]: {
      description: 'It was done.',
      ...(answer !== undefined && {
        ...headers,
        content: { 'application/json': { schema: schemaOf(answer, 'output') } },
      }),
    },
    ...Object.fromEntries(
      refusalStatuses(route).map((refused) => [refused, { description: 'A refusal.', ...problem }]),
    ),
  }
}

const objectShape = z.looseObject({
  properties: z.record(z.string(), z.record(z.string(), z.unknown())).default({}),
  required: z.array(z.string()).default([]),
})

/** A zod schema as JSON Schema; rules that only code can say are left to the server. */
function schemaOf(schema: z.ZodType, io: 'input' | 'output'): JsonObject {
  const { $schema: _dialect, ...described } = z.toJSONSchema(schema, { io, unrepresentable: 'any' })
  return described
}
