import { z } from 'zod'
import { stateOf } from '../../domain/signing-keys/key.ts'
import type { KeyTimes } from '../../domain/signing-keys/key.ts'
import { rotateNow } from '../../domain/signing-keys/rotate.ts'
import { listKeys } from '../../domain/signing-keys/store.ts'
import { confirmRotationContent, signingKeysContent } from '../../../views/admin/signing-keys-page.ts'
import type { ShownSigningKey } from '../../../views/admin/signing-keys-page.ts'
import { fieldsOf } from './route.ts'
import type { ConsoleRoute, Visit } from './route.ts'

const path = '/admin/signing-keys'
const rotateForm = z.object({
  manner: z.enum(['announced', 'immediately', 'compromised']),
  confirmed: z.literal('yes'),
})

async function showKeys({ db, now, frame, show, rooms }: Visit): Promise<void> {
  const keys = await listKeys(db)
  const shown = keys.map((key) => shownKey(key, keys, now))
  const newest = Math.max(
    ...shown.filter(({ state }) => state === 'current').map(({ activatesAt }) => activatesAt.getTime()),
  )
  const nextRotationAt = Number.isFinite(newest)
    ? new Date(newest + rooms.keyRotation().rotateAfterSeconds * 1000)
    : undefined
  const content = signingKeysContent(frame, { keys: shown, nextRotationAt })
  show({ title: frame.messages.consoleSigningKeys.title, current: path, content })
}

function askRotation({ frame, query, show, leadTo }: Visit): void {
  const manner = query.get('manner')
  if (manner !== 'immediately' && manner !== 'compromised') return leadTo(path)
  show({
    title: frame.messages.consoleSigningKeys[manner],
    current: path,
    content: confirmRotationContent(frame, manner),
  })
}

async function rotate(visit: Visit): Promise<void> {
  const { db, rooms, act, leadTo } = visit
  const input = fieldsOf(visit, rotateForm)
  if (input === undefined) return leadTo(path)
  await rotateNow(db, { ...rooms.keyRotation(), purpose: 'all', manner: input.manner }, act)
  leadTo(path, 'rotated')
}

function shownKey(key: KeyTimes, keys: readonly KeyTimes[], now: Date): ShownSigningKey {
  const { id, purpose, createdAt, activatesAt } = key
  const ofPurpose = keys.filter((other) => other.purpose === purpose)
  return { id, purpose, publishedAt: createdAt, activatesAt, state: stateOf(key, ofPurpose, now) }
}

/** The pages of the keys that sign. */
export const signingKeyPages: readonly ConsoleRoute[] = [
  { method: 'GET', path: '/signing-keys', needs: 'signing-keys:read', handle: showKeys },
  {
    method: 'GET',
    path: '/signing-keys/rotate',
    needs: 'signing-keys:rotate',
    fresh: true,
    handle: askRotation,
  },
  { method: 'POST', path: '/signing-keys/rotate', needs: 'signing-keys:rotate', fresh: true, handle: rotate },
]
