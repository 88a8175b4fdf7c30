/** Lost updates: a change names the version it was made from (RFC 9110 §13.1.1, RFC 6585 §3). */
import type { Context } from 'koa'
import type { Database } from '../../platform/db/open.ts'
import { Refusal } from '../../platform/errors.ts'
import type { Raw, Route } from './route.ts'

interface Guarded {
  readonly db: Database
  readonly route: Route
  readonly params: Raw
}

/** The version that a change is made from, if the route wants one; refuses one that is not the present one. */
export async function checkVersion(
  ctx: Context,
  { db, route, params }: Guarded,
): Promise<number | undefined> {
  if (route.currentVersion === undefined) return undefined
  const given = ctx.get('if-match')
  if (given === '') {
    throw new Refusal('precondition_required', 'Send If-Match with the ETag of what you change.')
  }
  const [, text] = /^"(\d{1,15})"$/.exec(given) ?? []
  const current = await route.currentVersion(db, params)
  if (current === undefined) throw new Refusal('not_found', 'There is nothing with this id.')
  if (given === '*') return current
  if (text === undefined) throw new Refusal('invalid_request', 'If-Match must be an ETag of ours, or *.')
  if (Number(text) !== current) throw changedMeanwhile()
  return current
}

/** A conflict that came of somebody else's change between the look and the write is told as what it is. */
export async function conflictOrPrecondition(
  error: unknown,
  { db, route, params, version }: Guarded & { readonly version: number | undefined },
): Promise<never> {
  const isConflict = error instanceof Refusal && error.code === 'conflict'
  if (!isConflict || route.currentVersion === undefined) throw error
  const current = await route.currentVersion(db, params)
  throw current === version ? error : changedMeanwhile()
}

function changedMeanwhile(): Refusal {
  return new Refusal('precondition_failed', 'It was changed meanwhile; look at it again.')
}
