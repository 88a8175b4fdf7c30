/**
 * What APIs, their scopes, roles and permissions may look like, at the doors.
 */
import { z } from 'zod'
import { pageMembers } from '../../platform/db/page.ts'
import { exactUrlProblem } from '../../platform/exact-url.ts'
import { parseOrRefuse } from '../../platform/parse.ts'
import { checkedText, isIdText, lineOfText } from '../../platform/text.ts'

const mostScopes = 500
// OpenID Connect Core §5.4 and §11: these are about the account, not about any API.
const openidScopes = new Set(['openid', 'profile', 'email', 'address', 'phone', 'offline_access'])

/** The id of anything in this room, or of a client or account. */
export const idText = checkedText((text) => (isIdText(text) ? undefined : 'is not an id'))

/** The name of a scope: a scope-token of RFC 6749 §3.3 that no OpenID scope has. */
export const scopeName = checkedText((text) => {
  if (text.length > 100) return 'is longer than 100 characters'
  if (!/^[\x21\x23-\x5b\x5d-\x7e]+$/.test(text))
    return 'must have printable ASCII characters without space, " and \\'
  return openidScopes.has(text) ? 'is a scope of OpenID Connect' : undefined
})

const identifier = checkedText((text) => {
  if (text.length > 500) return 'is longer than 500 characters'
  // RFC 8141 §2, in lower case where case does not count, so that equal means the same.
  if (/^urn:[a-z\d][a-z\d-]{0,30}[a-z\d]:[\w.~:@!$&'()+,;=/-]+$/.test(text)) return undefined
  // RFC 8707 §2: an absolute URI without a fragment.
  return exactUrlProblem(text, { loopbackHttp: true })
})

const scope = z.strictObject({ name: scopeName, description: lineOfText(300) })
const scopeList = z
  .array(scope)
  .max(mostScopes, `has more than ${mostScopes} scopes`)
  .superRefine((scopes, ctx) => {
    const names = new Set(scopes.map(({ name }) => name))
    if (names.size !== scopes.length) ctx.addIssue({ code: 'custom', message: 'has a scope more than once' })
  })
  .readonly()
const scopeNames = z
  .array(scopeName)
  .max(mostScopes, `has more than ${mostScopes} scopes`)
  .transform((names) => [...new Set(names)].sort())
  .readonly()

const settings = {
  name: lineOfText(100),
  tokenFormat: z.enum(['opaque', 'jwt']),
  signingAlg: z.enum(['ES256', 'RS256', 'PS256', 'EdDSA']),
  accessTokenLifetimeSeconds: z.int().min(30).max(86_400),
  accountsNeedPermission: z.boolean(),
  // Whether people may make keys of their own at it.
  accountKeys: z.boolean(),
  // The levels of the second factors' room.
  minimumAcr: z.enum(['aal1', 'aal2', 'phr']),
}

/** A new API. */
export const newApi = z.strictObject({
  ...settings,
  id: idText,
  identifier,
  tokenFormat: settings.tokenFormat.default('opaque'),
  signingAlg: settings.signingAlg.default('ES256'),
  accessTokenLifetimeSeconds: settings.accessTokenLifetimeSeconds.default(600),
  accountsNeedPermission: settings.accountsNeedPermission.default(false),
  accountKeys: settings.accountKeys.default(false),
  minimumAcr: settings.minimumAcr.default('aal1'),
  scopes: scopeList.default([]),
})

/** A change of an API, made from what it was at `version`. */
export const apiChange = z.strictObject({
  ...z.object(settings).partial().shape,
  id: idText,
  version: z.int().min(1),
})

/** All the scopes an API is to have from now on, decided from what they were at `version`. */
export const scopesChange = z.strictObject({ apiId: idText, version: z.int().min(1), scopes: scopeList })

/** Which client may introspect for which API. */
export const introspector = z.strictObject({ apiId: idText, clientId: idText })

/** A list query: a part of the name, the identifier or the id. */
export const apiListQuery = z.strictObject({ ...pageMembers, search: lineOfText(200).optional() })

/** Whoever can be given something at an API. */
export const owner = z.strictObject({ type: z.enum(['account', 'client']), id: idText })

/** Scopes of an API to be given to an owner, or withdrawn. */
export const permission = z.strictObject({ apiId: idText, owner, scopes: scopeNames })

/** A new role. */
export const newRole = z.strictObject({
  id: idText,
  apiId: idText,
  name: lineOfText(100),
  description: lineOfText(300, { empty: true }).default(''),
  scopes: scopeNames,
})

/** A change of a role; scopes are replaced as a whole. */
export const roleChange = z.strictObject({
  id: idText,
  version: z.int().min(1).optional(),
  name: lineOfText(100).optional(),
  description: lineOfText(300, { empty: true }).optional(),
  scopes: scopeNames.optional(),
})

/** Which owner has which role. */
export const roleMembership = z.strictObject({ roleId: idText, owner })

/** A scope of an API. */
export type ApiScope = Readonly<z.output<typeof scope>>
/** A parsed new API. */
export type NewApi = Readonly<z.output<typeof newApi>>
/** A parsed change of an API. */
export type ApiChange = Readonly<z.output<typeof apiChange>>
/** A parsed change of an API's scopes. */
export type ScopesChange = Readonly<z.output<typeof scopesChange>>
/** A parsed pair of API and client. */
export type Introspector = Readonly<z.output<typeof introspector>>
/** A parsed list query. */
export type ApiListQuery = Readonly<z.output<typeof apiListQuery>>
/** A parsed permission. */
export type Permission = Readonly<z.output<typeof permission>>
/** A parsed new role. */
export type NewRole = Readonly<z.output<typeof newRole>>
/** A parsed change of a role. */
export type RoleChange = Readonly<z.output<typeof roleChange>>
/** A parsed pair of role and owner. */
export type RoleMembership = Readonly<z.output<typeof roleMembership>>

/** Parses any of these, or refuses with `invalid_request`. */
export function parseApiInput<Schema extends z.ZodType>(schema: Schema, input: unknown): z.output<Schema> {
  return parseOrRefuse(schema, input, 'invalid_request')
}
