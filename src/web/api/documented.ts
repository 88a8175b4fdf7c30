/** The OpenAPI document as its page shows it: members of schemas as rows, however deep they lie. */
import { z } from 'zod'
import type { DocumentedField, DocumentedRoute } from '../../../views/api-docs/api-docs-page.ts'
import type { JsonObject } from './openapi.ts'

const schemaShape = z.looseObject({
  type: z.union([z.string(), z.array(z.string())]).optional(),
  description: z.string().optional(),
  enum: z.array(z.unknown()).optional(),
  format: z.string().optional(),
  properties: z.record(z.string(), z.unknown()).optional(),
  required: z.array(z.string()).optional(),
  items: z.unknown().optional(),
  anyOf: z.array(z.unknown()).optional(),
})

type Schema = z.output<typeof schemaShape>

const content = z.record(z.string(), z.looseObject({ schema: z.unknown() }))
const operationShape = z.looseObject({
  operationId: z.string(),
  summary: z.string(),
  tags: z.array(z.string()),
  description: z.string().optional(),
  parameters: z.array(
    z.looseObject({
      name: z.string(),
      in: z.string(),
      required: z.boolean(),
      description: z.string().optional(),
      schema: z.unknown(),
    }),
  ),
  requestBody: z.looseObject({ content }).optional(),
  responses: z.record(z.string(), z.looseObject({ content: content.optional() })),
  security: z.array(z.record(z.string(), z.array(z.string()))),
})
const documentShape = z.looseObject({ paths: z.record(z.string(), z.record(z.string(), operationShape)) })

/** The routes of a document by their part of it, in its order. */
export function documentedSections(document: JsonObject) {
  const { paths } = documentShape.parse(document)
  const sections = new Map<string, DocumentedRoute[]>()
  for (const [path, operations] of Object.entries(paths)) {
    for (const [method, operation] of Object.entries(operations)) {
      const name = operation.tags[0] ?? ''
      const section = sections.get(name) ?? []
      section.push(documented(path, method, operation))
      sections.set(name, section)
    }
  }
  return [...sections].map(([name, of]) => ({ name, routes: of }))
}

function documented(
  path: string,
  method: string,
  operation: z.output<typeof operationShape>,
): DocumentedRoute {
  const success = Object.entries(operation.responses).find(([status]) => status.startsWith('2'))?.[1]
  return {
    id: operation.operationId,
    method: method.toUpperCase(),
    path,
    summary: operation.summary,
    scope: operation.security[0]?.['oauth']?.[0],
    fresh: operation.description !== undefined,
    parameters: operation.parameters.map(({ name, required, description, schema }) => ({
      name,
      kind: kindOf(schemaShape.parse(schema)),
      required,
      description,
    })),
    body: fieldsOf(operation.requestBody?.content['application/json']?.schema),
    // An answer always has all of its members.
    answer: fieldsOf(success?.content?.['application/json']?.schema).map((field) => ({
      ...field,
      required: false,
    })),
  }
}

function fieldsOf(schema: unknown, prefix = ''): DocumentedField[] {
  const parsed = schemaShape.safeParse(schema)
  if (!parsed.success) return []
  const { properties = {}, required = [] } = parsed.data
  return Object.entries(properties).flatMap(([name, member]) => {
    const of = schemaShape.parse(member)
    const field = {
      name: `${prefix}${name}`,
      kind: kindOf(of),
      required: required.includes(name),
      description: of.description,
    }
    return [field, ...fieldsOf(objectIn(of), `${prefix}${name}${of.type === 'array' ? '[]' : ''}.`)]
  })
}

/** The object that lies in a member: the member itself, an item of its list, or what it is when it is not null. */
function objectIn(schema: Schema): unknown {
  if (schema.type === 'array') return schema.items
  return schema.anyOf === undefined ? schema : schema.anyOf[0]
}

function kindOf(schema: Schema): string {
  if (schema.enum !== undefined) return schema.enum.slice(0, 12).map(String).join(' | ')
  if (schema.anyOf !== undefined) {
    return schema.anyOf.map((option) => kindOf(schemaShape.parse(option))).join(' or ')
  }
  if (schema.type === 'array') return `list of ${kindOf(schemaShape.parse(schema.items ?? {}))}`
  const type = Array.isArray(schema.type) ? schema.type.join(' or ') : (schema.type ?? 'any')
  return schema.format === 'date-time' ? 'time' : type
}
