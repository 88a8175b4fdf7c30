/** What happens to API keys at the console: rotation, pauses, their end. */
import { z } from 'zod'
import { requireMayGive } from '../../domain/administration/permissions.ts'
import { findApiById } from '../../domain/apis/api.ts'
import { requireApiKey } from '../../domain/api-keys/find.ts'
import type { ApiKey } from '../../domain/api-keys/find.ts'
import { revocation } from '../../domain/api-keys/input.ts'
import {
  deleteApiKey,
  disableApiKey,
  enableApiKey,
  requireNotRevoked,
  revokeApiKey,
} from '../../domain/api-keys/lifecycle.ts'
import { endRotation, rotateApiKey, rotationEvidence } from '../../domain/api-keys/rotate.ts'
import { usageOf } from '../../domain/api-keys/usage-reports.ts'
import { Refusal } from '../../platform/errors.ts'
import {
  endKeyContent,
  endRotationContent,
  overlaps,
  rotateKeyContent,
} from '../../../views/admin/key-change-pages.ts'
import { fillText } from '../../../views/messages/messages.ts'
import { showSecret } from './key-issue.ts'
import { shownSecrets } from './keys.ts'
import { confirmation } from './confirmation.ts'
import { fieldsOf } from './route.ts'
import type { ConsoleRoute, DoneCode, Visit } from './route.ts'

const current = '/admin/keys'
const thirtyDays = 30 * 86_400_000
const rotateForm = z.object({
  version: z.coerce.number().int().min(1).max(2_147_483_647),
  overlap: z.enum(overlaps).transform(Number),
})
const revokeForm = confirmation.extend({
  reason: z
    .string()
    .trim()
    .transform((text) => (text === '' ? undefined : text))
    .pipe(revocation.shape.reason)
    .optional(),
})

async function askRotation(visit: Visit): Promise<void> {
  const key = await mineToRotate(visit)
  showRotation(visit, key)
}

function showRotation(visit: Visit, key: ApiKey, refused?: { problem: string; status: number }): void {
  const { frame, now, show } = visit
  const content = rotateKeyContent(frame, {
    key,
    secrets: shownSecrets(key, now),
    isUnderWay: rotationEvidence(key, now)?.underWay === true,
    problem: refused?.problem,
  })
  const title = fillText(frame.messages.consoleKey.rotateTitle, { name: key.name })
  show({ title, current, hasProblem: refused !== undefined, content }, refused?.status)
}

async function rotate(visit: Visit): Promise<void> {
  const { db, rooms, act, now, frame, announce, leadTo } = visit
  const key = await mineToRotate(visit)
  const input = fieldsOf(visit, rotateForm)
  if (input === undefined) return leadTo(`${current}/${key.id}/rotate`)
  const rotation = { id: key.id, version: input.version, overlapSeconds: input.overlap }
  try {
    const made = await rotateApiKey(db, { making: rooms.keyMaking, rotation }, act)
    announce({ kind: 'api_key', id: key.id })
    const olderUntil = input.overlap === 0 ? 'now' : new Date(now.getTime() + input.overlap * 1000)
    return showSecret(visit, { made, olderUntil, api: await findApiById(db, key.apiId) })
  } catch (error) {
    if (!(error instanceof Refusal) || error.code !== 'conflict') throw error
    // Also what a reload comes to: the version has moved on, so no third secret is made.
    const { rotateConflict: problem } = frame.messages.consoleKey
    return showRotation(visit, await requireApiKey(db, key.id), { problem, status: error.status })
  }
}

/** A key that administers more than the administrator may is not theirs to take the secret of. */
async function mine({ db, params, held }: Visit): Promise<ApiKey> {
  const key = await requireApiKey(db, params['id'] ?? '')
  requireMayGive(held, key)
  return key
}

async function mineToRotate(visit: Visit): Promise<ApiKey> {
  const key = await mine(visit)
  requireNotRevoked(key)
  return key
}

async function askEndOfRotation({ db, params, now, frame, show, leadTo }: Visit): Promise<void> {
  const key = await requireApiKey(db, params['id'] ?? '')
  const evidence = rotationEvidence(key, now)
  if (evidence?.underWay !== true) return leadTo(`${current}/${key.id}`)
  const oldUsedAt = evidence.oldUsedSinceRotation ? evidence.oldSecret.lastUsedAt : undefined
  const title = fillText(frame.messages.consoleKey.endRotationTitle, { name: key.name })
  show({ title, current, content: endRotationContent(frame, { key, oldUsedAt }) })
}

async function askEnd(visit: Visit, how: 'revoke' | 'delete'): Promise<void> {
  const { db, now, frame, show } = visit
  const key = how === 'delete' ? await mine(visit) : await requireApiKey(db, visit.params['id'] ?? '')
  if (how === 'revoke') requireNotRevoked(key)
  const span = { from: new Date(now.getTime() - thirtyDays), to: new Date(now.getTime() + 1) }
  const hours = await usageOf(db, key.id, span)
  const uses = hours.reduce((sum, { verifications }) => sum + verifications, 0)
  const secret = shownSecrets(key, now).find(({ lastUsedAt }) => lastUsedAt !== undefined)
  const number = new Set(hours.map(({ hour }) => hour.getTime())).size
  const texts = frame.messages.consoleKey
  const title = fillText(how === 'revoke' ? texts.revokeTitle : texts.deleteTitle, { name: key.name })
  show({ title, current, content: endKeyContent(frame, { key, how, uses, hours: number, secret }) })
}

async function revoke(visit: Visit): Promise<void> {
  const { db, act, announce, leadTo, params } = visit
  const { id } = await requireApiKey(db, params['id'] ?? '')
  const input = fieldsOf(visit, revokeForm)
  if (input === undefined) return leadTo(`${current}/${id}/revoke`)
  await revokeApiKey(db, { id, reason: input.reason }, act)
  announce({ kind: 'api_key', id })
  leadTo(`${current}/${id}`, 'revoked')
}

async function remove(visit: Visit): Promise<void> {
  const { db, act, announce, leadTo } = visit
  const { id } = await mine(visit)
  if (fieldsOf(visit, confirmation) === undefined) return leadTo(`${current}/${id}/delete`)
  await deleteApiKey(db, id, act)
  announce({ kind: 'api_key', id })
  leadTo(current, 'deleted')
}

/** A change that a click on the key's page makes, or a confirmed one; ending what a key can do is open to whoever may change keys. */
function simple(
  done: DoneCode,
  change: (visit: Visit, id: string) => Promise<unknown>,
  { gives = false, asks = false }: { readonly gives?: boolean; readonly asks?: boolean } = {},
): ConsoleRoute['handle'] {
  return async (visit) => {
    const { db, params, announce, leadTo } = visit
    const { id } = gives ? await mine(visit) : await requireApiKey(db, params['id'] ?? '')
    if (asks && fieldsOf(visit, confirmation) === undefined) return leadTo(`${current}/${id}`)
    await change(visit, id)
    announce({ kind: 'api_key', id })
    leadTo(`${current}/${id}`, done)
  }
}

/** The pages about what happens to keys. */
export const keyLifecyclePages: readonly ConsoleRoute[] = [
  { method: 'GET', path: '/keys/:id/rotate', needs: 'keys:write', fresh: true, handle: askRotation },
  { method: 'POST', path: '/keys/:id/rotate', needs: 'keys:write', fresh: true, handle: rotate },
  { method: 'GET', path: '/keys/:id/end-rotation', needs: 'keys:write', handle: askEndOfRotation },
  {
    method: 'POST',
    path: '/keys/:id/end-rotation',
    needs: 'keys:write',
    handle: simple('ended', ({ db, act }, id) => endRotation(db, id, act), { asks: true }),
  },
  {
    method: 'POST',
    path: '/keys/:id/disable',
    needs: 'keys:write',
    handle: simple('disabled', ({ db, act }, id) => disableApiKey(db, id, act)),
  },
  {
    method: 'POST',
    path: '/keys/:id/enable',
    needs: 'keys:write',
    handle: simple('enabled', ({ db, act }, id) => enableApiKey(db, id, act), { gives: true }),
  },
  {
    method: 'GET',
    path: '/keys/:id/revoke',
    needs: 'keys:write',
    handle: (visit) => askEnd(visit, 'revoke'),
  },
  { method: 'POST', path: '/keys/:id/revoke', needs: 'keys:write', handle: revoke },
  {
    method: 'GET',
    path: '/keys/:id/delete',
    needs: 'keys:write',
    fresh: true,
    handle: (visit) => askEnd(visit, 'delete'),
  },
  { method: 'POST', path: '/keys/:id/delete', needs: 'keys:write', fresh: true, handle: remove },
]
