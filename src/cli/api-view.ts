import type { Api } from '../domain/apis/api.ts'
import { fields, formatTime, sentence, table } from './output.ts'
import type { Answer } from './output.ts'

/** An API for programs. */
export function apiJson(api: Api) {
  return {
    id: api.id,
    identifier: api.identifier,
    name: api.name,
    token_format: api.tokenFormat,
    signing_alg: api.signingAlg,
    access_token_lifetime_seconds: api.accessTokenLifetimeSeconds,
    accounts_need_permission: api.accountsNeedPermission,
    account_keys: api.accountKeys,
    minimum_acr: api.minimumAcr,
    scopes: api.scopes,
    introspector_ids: api.introspectorIds,
    disabled_at: api.disabledAt ?? null,
    created_at: api.createdAt,
    updated_at: api.updatedAt,
    version: api.version,
  }
}

/** The answer of every command that ends with an API. */
export function apiAnswer(api: Api, ...said: readonly string[]): Answer {
  const rows = api.scopes.map(({ name, description }) => [name, description])
  return {
    json: apiJson(api),
    blocks: [
      ...said.map(sentence),
      fields(
        ['id', api.id],
        ['identifier', api.identifier],
        ['name', api.name],
        ['state', stateOfApi(api)],
        ['tokens', tokensOf(api)],
        ['live for', `${api.accessTokenLifetimeSeconds} seconds`],
        ['accounts', api.accountsNeedPermission ? 'need permission of their own' : 'need no permission'],
        ['own keys', api.accountKeys ? 'people may make them' : 'only administrators make keys'],
        ['sign-in', api.minimumAcr === 'aal1' ? 'any' : `at least ${api.minimumAcr}`],
        ['introspectors', api.introspectorIds],
        ['created', api.createdAt],
        ['changed', api.updatedAt],
        ['version', api.version],
      ),
      rows.length > 0
        ? table(['scope', 'what it allows'], rows)
        : sentence(`It has no scopes yet. Add one with: latchkey apis scopes add ${api.id} <scope>`),
    ],
  }
}

/** Whether anything can be requested at an API. */
export function stateOfApi({ disabledAt }: Api): string {
  return disabledAt === undefined ? 'enabled' : `disabled since ${formatTime(disabledAt)}`
}

/** The form of an API's tokens. */
export function tokensOf({ tokenFormat, signingAlg }: Api): string {
  return tokenFormat === 'opaque' ? 'opaque' : `JWT, ${signingAlg}`
}
