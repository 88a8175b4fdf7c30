/** How the form of a client is read into metadata and settings, and which of its fields a problem belongs to. */
import type { z } from 'zod'
import { clientTypeNames, clientTypes, typeOfClient } from '../../domain/clients/kinds.ts'
import type { ClientType } from '../../domain/clients/kinds.ts'
import type { Client } from '../../domain/clients/client.ts'
import type { ClientMetadata } from '../../domain/clients/metadata.ts'
import { clientMetadata } from '../../domain/clients/metadata.ts'
import { clientSettingsChange } from '../../domain/clients/settings.ts'
import type { ClientSettingsChange } from '../../domain/clients/settings.ts'
import { readRate } from '../../platform/rate.ts'
import { problemText } from '../../../views/messages/problems.ts'
import type { Messages } from '../../../views/messages/messages.ts'
import type { OwnForm } from '../own-session.ts'

/** What a form says: values to be kept, or what is wrong, by field. */
export type ReadClient =
  | {
      readonly metadata: ClientMetadata
      readonly settings: ClientSettingsChange
      readonly problems?: undefined
    }
  | { readonly problems: Readonly<Record<string, string>> }

type Sort = 'line' | 'lines' | 'truth' | 'number' | 'json' | 'one' | 'rate'

const memberSorts: Readonly<Record<string, Sort>> = {
  client_name: 'line',
  redirect_uris: 'lines',
  post_logout_redirect_uris: 'lines',
  allowed_origins: 'lines',
  contacts: 'lines',
  token_endpoint_auth_method: 'line',
  token_endpoint_auth_signing_alg: 'line',
  id_token_signed_response_alg: 'line',
  jwks: 'json',
  jwks_uri: 'line',
  tls_client_auth_subject_dn: 'line',
  tls_client_auth_san_dns: 'line',
  tls_client_auth_san_uri: 'line',
  tls_client_auth_san_ip: 'line',
  tls_client_auth_san_email: 'line',
  dpop_bound_access_tokens: 'truth',
  tls_client_certificate_bound_access_tokens: 'truth',
  require_pushed_authorization_requests: 'truth',
  require_auth_time: 'truth',
  default_max_age: 'number',
  default_acr_values: 'one',
  backchannel_logout_uri: 'line',
  backchannel_logout_session_required: 'truth',
  logo_uri: 'line',
  client_uri: 'line',
  policy_uri: 'line',
  tos_uri: 'line',
}
const settingSorts: Readonly<Record<string, readonly [member: keyof ClientSettingsChange, sort: Sort]>> = {
  first_party: ['firstParty', 'truth'],
  verified: ['verified', 'truth'],
  pkce_required: ['pkceRequired', 'truth'],
  refresh_grace_seconds: ['refreshGraceSeconds', 'number'],
  optional_scopes: ['optionalScopes', 'lines'],
  token_rate_limit: ['tokenRateLimit', 'rate'],
}

/** The kind that a form or an address names. */
export function typeNamed(text: string | null | undefined): ClientType | undefined {
  return clientTypeNames.find((name) => name === text)
}

/** Reads a form: what it does not show stays as it was, or as it is for a new client of its kind. */
export function readClientForm(
  form: OwnForm,
  from: ClientType | ClientMetadata,
  messages: Messages,
): ReadClient {
  const problems: Record<string, string> = {}
  const words = messages.consoleClientForm
  const wordsFor: Partial<Record<Sort, string>> = { json: words.notJson, rate: words.notRate }
  const read = (name: string, sort: Sort): unknown => {
    const value = valueOf(form, name, sort)
    if (value instanceof Error) problems[name] = wordsFor[sort] ?? words.notNumber
    return value instanceof Error ? undefined : value
  }
  const patch = Object.entries(memberSorts)
    .filter(([name, sort]) => isShown(form, name, sort))
    .map(([name, sort]) => [name, read(name, sort)] as const)
  const given = Object.entries(settingSorts)
    .filter(([name, [, sort]]) => isShown(form, name, sort))
    .map(([name, [member, sort]]) => [member, read(name, sort)] as const)
    .filter(([member, value]) => value !== null || member === 'tokenRateLimit')
  const grants = isOffered(form, 'grant_types')
    ? [['grant_types', [...form.all('grant_types')]] as const]
    : []
  const { response_types: _derived, ...kept }: Partial<ClientMetadata> =
    typeof from === 'string' ? clientTypes[from] : from
  const merged = Object.entries({ ...kept, ...Object.fromEntries([...patch, ...grants]) })
  const metadata = clientMetadata.safeParse(
    Object.fromEntries(merged.filter(([, value]) => value !== null && value !== undefined)),
  )
  const settings = clientSettingsChange.safeParse(Object.fromEntries(given))
  if (metadata.success && settings.success && Object.keys(problems).length === 0) {
    return { metadata: metadata.data, settings: settings.data }
  }
  return {
    problems: {
      ...issuesByField(messages, metadata.error, (member) => member),
      ...issuesByField(messages, settings.error, fieldOfSetting),
      ...problems,
    },
  }
}

/** What the form of a client shows. */
export function valuesOfClient(client: Client): Readonly<Record<string, string>> {
  const members = new Map<string, unknown>(Object.entries(client.metadata))
  const ofMembers = Object.keys(memberSorts).map((name) => [name, textOf(members.get(name))] as const)
  const ofSettings = Object.entries(settingSorts).map(
    ([name, [member]]) => [name, textOf(client[member])] as const,
  )
  const { tokenRateLimit: limit } = client
  const rate = limit === null ? '' : [limit.requests, limit.seconds, limit.burst].filter(Boolean).join('/')
  return { ...Object.fromEntries([...ofMembers, ...ofSettings]), token_rate_limit: rate }
}

/** What the form of a new client shows. */
export function valuesOfType(type: ClientType): Readonly<Record<string, string>> {
  return {
    token_endpoint_auth_method: clientTypes[type].token_endpoint_auth_method,
    id_token_signed_response_alg: 'ES256',
    pkce_required: 'yes',
    refresh_grace_seconds: '0',
  }
}

/** The kind that a client is shown as. */
export function shownType(client: Client): ClientType {
  return typeOfClient(client.metadata)
}

/** What is wrong by field, with the entry of a list that is meant. Only the first thing at each. */
function issuesByField(
  messages: Messages,
  error: z.ZodError | undefined,
  fieldOf: (member: string) => string,
): Record<string, string> {
  const problems: Record<string, string> = {}
  for (const { path, message } of error?.issues ?? []) {
    const [member, index] = path
    const place = typeof index === 'number' ? `${index + 1}: ` : ''
    problems[fieldOf(String(member))] ??= `${place}${problemText(messages, message)}`
  }
  return problems
}

function fieldOfSetting(member: string): string {
  return Object.entries(settingSorts).find(([, [name]]) => name === member)?.[0] ?? member
}

function isShown(form: OwnForm, name: string, sort: Sort): boolean {
  return sort === 'truth' ? isOffered(form, name) : name in form.fields
}

function isOffered(form: OwnForm, name: string): boolean {
  return (form.fields['offered'] ?? '').split(' ').includes(name)
}

/** The value of a field; null for one that was left empty. */
function valueOf(form: OwnForm, name: string, sort: Sort): unknown {
  const text = (form.fields[name] ?? '').trim()
  switch (sort) {
    case 'truth':
      return text === 'yes'
    case 'lines':
      return text
        .split('\n')
        .map((line) => line.trim())
        .filter((line) => line !== '')
    case 'one':
      return text === '' ? null : [text]
    case 'number':
      if (text === '') return null
      return /^\d{1,12}$/.test(text) ? Number(text) : new Error('not a number')
    case 'rate':
      return text === '' ? null : (readRate(text) ?? new Error('not a rate'))
    case 'json':
      return text === '' ? null : jsonOf(text)
    case 'line':
      return text === '' && name !== 'client_name' ? null : text
  }
}

function jsonOf(text: string): unknown {
  try {
    const value: unknown = JSON.parse(text)
    return typeof value === 'object' && value !== null ? value : new Error('not an object')
  } catch {
    return new Error('not JSON')
  }
}

function textOf(value: unknown): string {
  if (value === undefined || value === false) return ''
  if (value === true) return 'yes'
  if (Array.isArray(value)) return value.map(String).join('\n')
  if (typeof value === 'string' || typeof value === 'number') return String(value)
  return JSON.stringify(value, undefined, 2)
}
