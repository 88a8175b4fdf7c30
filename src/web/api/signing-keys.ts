/** The keys of the installation, without their private parts. */
import { z } from 'zod'
import { keyPurposes, stateOf } from '../../domain/signing-keys/key.ts'
import { rotateNow } from '../../domain/signing-keys/rotate.ts'
import { listKeys } from '../../domain/signing-keys/store.ts'
import { iso, listOf, maybeTime, time } from './json.ts'
import { defineRoute } from './route.ts'
import type { Route } from './route.ts'

const list = defineRoute({
  id: 'list_signing_keys',
  tag: 'Signing keys',
  method: 'GET',
  path: '/signing-keys',
  summary: 'Lists the keys of the installation and what each does now.',
  scope: 'signing-keys:read',
  status: 200,
  answer: listOf(
    z.strictObject({
      id: z.string(),
      purpose: z.enum(keyPurposes),
      state: z.enum(['next', 'current', 'retired', 'gone']),
      created_at: time,
      activates_at: time,
      retires_at: maybeTime,
    }),
  ),
  handle: async ({ db, act: { now } }) => {
    const keys = await listKeys(db)
    const items = keys.map((key) => ({
      id: key.id,
      purpose: key.purpose,
      state: stateOf(
        key,
        keys.filter(({ purpose }) => purpose === key.purpose),
        now,
      ),
      created_at: iso(key.createdAt),
      activates_at: iso(key.activatesAt),
      retires_at: iso(key.retiresAt),
    }))
    return { body: { items } }
  },
})

const rotate = defineRoute({
  id: 'rotate_signing_keys',
  tag: 'Signing keys',
  method: 'POST',
  path: '/signing-keys/rotate',
  summary:
    'Replaces keys: `announced` after they were published for a while, `immediately`, or `compromised`, which also ends everything the older ones signed.',
  scope: 'signing-keys:rotate',
  fresh: true,
  creates: true,
  body: z.strictObject({
    purpose: z.enum([...keyPurposes, 'all']),
    manner: z.enum(['announced', 'immediately', 'compromised']),
  }),
  status: 200,
  answer: z.strictObject({ created: z.array(z.string()), removed: z.array(z.string()) }),
  handle: async ({ db, body, rooms, act }) => {
    const { created, removed } = await rotateNow(db, { ...rooms.keyRotation(), ...body }, act)
    return { body: { created, removed }, changed: [{ kind: 'signing_keys', id: body.purpose }] }
  },
})

/** The routes about signing keys. */
export const signingKeyRoutes: readonly Route[] = [list, rotate]
