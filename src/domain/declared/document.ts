/**
 * The declared setup: APIs with their scopes, roles and introspectors, and clients with what they were given, as one
 * document that a team keeps in version control. No secret is ever in it. What it leaves out of an item is the default of a
 * new one; an item that it does not name is left alone, unless whoever applies it says that it names everything.
 * This room owns no table: it reads and changes what the rooms of settings, APIs and clients own, through their functions.
 */
import { z } from 'zod'
import { Refusal } from '../../platform/errors.ts'
import { describeIssues } from '../../platform/parse.ts'
import { idText, newApi, newRole } from '../apis/input.ts'
import { clientMetadata } from '../clients/metadata.ts'
import { clientSettings } from '../clients/settings.ts'

const mostItems = 10_000

/** How a document names the API of the server itself, whose identifier differs from one installation to the next. */
export const managementApiName = 'management'

const names = z
  .array(z.string().max(500))
  .max(500)
  .transform((list): readonly string[] => [...new Set(list)].sort())
/** By API: its identifier, or the name of the server's own. */
const namesByApi = z.record(z.string().max(500), names)

const declaredRole = newRole.omit({ id: true, apiId: true })
const declaredApi = newApi.omit({ id: true }).extend({
  introspectors: z.array(idText).max(500).default([]).transform(sorted),
  roles: z.array(declaredRole).max(200).default([]),
})
const declaredClient = clientSettings.extend({
  id: idText,
  metadata: clientMetadata,
  permissions: namesByApi.default({}),
  roles: namesByApi.default({}),
})

const declaredDocument = z.strictObject({
  version: z.literal(1),
  /** By the names of the environment. What is fixed there is compared with it, and the others are stored. */
  settings: z
    .record(z.string().max(100), z.union([z.string().max(2000), z.number(), z.boolean()]))
    .default({}),
  apis: z.array(withOurNames(declaredApi)).max(mostItems).default([]),
  clients: z.array(withOurNames(declaredClient)).max(mostItems).default([]),
})

/** A parsed document: members as the rooms name them, with every default. */
export type Declared = Readonly<z.output<typeof declaredDocument>>
/** An API of a document. */
export type DeclaredApi = Declared['apis'][number]
/** A role of an API of a document. */
export type DeclaredRole = DeclaredApi['roles'][number]
/** A client of a document. */
export type DeclaredClient = Declared['clients'][number]

/** Parses a document, or refuses it with `invalid_request`; problems name members as the document does. */
export function parseDeclared(input: unknown): Declared {
  refuseLostSetting(input)
  const parsed = declaredDocument.safeParse(input)
  if (!parsed.success) {
    const issues = parsed.error.issues.map(inDocumentNames)
    throw new Refusal('invalid_request', describeIssues(issues))
  }
  refuseTwice(parsed.data.apis.map(({ identifier }) => identifier))
  refuseTwice(parsed.data.clients.map(({ id }) => id))
  for (const { identifier, roles } of parsed.data.apis) {
    refuseTwice(roles.map(({ name }) => `${identifier}: role ${name}`))
  }
  return parsed.data
}

/** The document as it is written to a file: members in the order and the spelling of the field. */
export function writeDeclared({
  version,
  settings,
  apis,
  clients,
}: Declared): Readonly<Record<string, unknown>> {
  return { version, settings, apis: apis.map(documentNames), clients: clients.map(documentNames) }
}

/** `tokenFormat` as documents write it: `token_format`. */
export function documentName(name: string): string {
  return name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`)
}

function documentNames(item: object): Readonly<Record<string, unknown>> {
  return Object.fromEntries(Object.entries(item).map(([name, value]) => [documentName(name), value] as const))
}

function inDocumentNames(issue: z.core.$ZodIssue): z.core.$ZodIssue {
  // Settings are named as in the environment.
  const path = issue.path[0] === 'settings' ? issue.path : issue.path.map(documentPath)
  if (issue.code !== 'unrecognized_keys') return { ...issue, path }
  const keys = issue.keys.map((key) => documentName(key.trim()))
  return { ...issue, path, keys, message: `has no member ${keys.join(', ')}` }
}

function documentPath(part: PropertyKey): PropertyKey {
  return typeof part === 'string' ? documentName(part) : part
}

/** Members of an item itself are renamed; what is below them (metadata, identifiers) is named as it is. */
function withOurNames<Schema extends z.ZodType>(schema: Schema) {
  return z.preprocess((item) => {
    if (typeof item !== 'object' || item === null || Array.isArray(item)) return item
    return Object.fromEntries(Object.entries(item).map(([name, value]) => [ourName(name), value] as const))
  }, schema)
}

// A name in our own spelling is not that of the document, and must not be taken for it.
function ourName(name: string): string {
  if (/[A-Z]/.test(name)) return `${name} `
  return name.replace(/_([a-z])/g, (_, letter: string) => letter.toUpperCase())
}

/** A record cannot have this name, so it would be left out without a word. */
function refuseLostSetting(input: unknown): void {
  if (typeof input !== 'object' || input === null || !('settings' in input)) return
  const { settings } = input
  if (typeof settings !== 'object' || settings === null || !Object.hasOwn(settings, '__proto__')) return
  throw new Refusal('invalid_request', 'settings: There is no setting __proto__.')
}

function refuseTwice(list: readonly string[]): void {
  const twice = list.find((name, at) => list.indexOf(name) !== at)
  if (twice !== undefined) throw new Refusal('invalid_request', `The document names ${twice} twice.`)
}

function sorted(list: readonly string[]): string[] {
  return [...new Set(list)].sort()
}
