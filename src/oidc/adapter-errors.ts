import { errors } from 'oidc-provider'
import type { Adapter, AdapterPayload } from 'oidc-provider'
import { isDatabaseUnavailable, isUnstorableText } from '../platform/db/failures.ts'
import { currentContext } from './request-state.ts'

type Found = AdapterPayload | undefined | void

/** Lets what the library calls fail in words of OAuth when it is the database that fails. */
export function withOAuthErrors<Arguments extends unknown[], Result>(
  work: (...values: Arguments) => Promise<Result>,
): (...values: Arguments) => Promise<Result> {
  return async (...values) => {
    try {
      return await work(...values)
    } catch (error) {
      throw asOAuthError(error)
    }
  }
}

/** Database trouble becomes an OAuth error: never a 500 with details, and never silently "not found". */
export function guarded(adapter: Partial<Adapter>): Adapter {
  const unsupported = async () => {
    throw new Error('not kept for this model')
  }
  return {
    find: withOAuthErrors<[string], Found>(adapter.find ?? unsupported),
    findByUid: withOAuthErrors<[string], Found>(adapter.findByUid ?? unsupported),
    findByUserCode: withOAuthErrors<[string], Found>(adapter.findByUserCode ?? unsupported),
    upsert: withOAuthErrors<[string, AdapterPayload, number?], void>(adapter.upsert ?? unsupported),
    consume: withOAuthErrors<[string], void>(adapter.consume ?? unsupported),
    destroy: withOAuthErrors<[string], void>(adapter.destroy ?? unsupported),
    revokeByGrantId: withOAuthErrors<[string], void>(adapter.revokeByGrantId ?? unsupported),
  }
}

/** The server is alive and the database is not: RFC 6749 §4.1.2.1 `temporarily_unavailable`, answered with 503. */
function temporarilyUnavailable(cause: unknown): Error {
  // RFC 9110 §15.6.4: whoever is refused for now is told when to come back.
  currentContext()?.set('Retry-After', '1')
  const error = new errors.TemporarilyUnavailable('the service is temporarily unavailable, try again shortly')
  Object.assign(error, { status: 503, statusCode: 503, expose: true, allow_redirect: false, cause })
  return error
}

function asOAuthError(error: unknown): unknown {
  if (isUnstorableText(error))
    return new errors.InvalidRequest('the request holds characters that cannot be stored')
  return isDatabaseUnavailable(error) ? temporarilyUnavailable(error) : error
}
