import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { newRole, parseApiInput, roleChange, roleMembership } from '../../../src/domain/apis/input.ts'
import { scopesOfOwner } from '../../../src/domain/apis/permissions.ts'
import { giveRole, withdrawRole } from '../../../src/domain/apis/role-members.ts'
import {
  changeRole,
  createRole,
  deleteRole,
  findRole,
  rolesOfApi,
  rolesOfOwner,
} from '../../../src/domain/apis/roles.ts'
import type { Database } from '../../../src/platform/db/open.ts'
import { act, eventTypes, expectRefusal, hostileTexts, lastEvent } from '../clients/support.ts'
import { makeAccount, makeApi, makeClient, makeRole } from './support.ts'
import { openRoom } from '../../support/room.ts'

let db: Database
let close: () => Promise<void>
beforeAll(async () => {
  ;({ db, close } = await openRoom())
  await makeApi(db, 'api', ['a', 'b', 'c'])
  await makeApi(db, 'other', ['a', 'x'])
})
afterAll(() => close())

const names = (roles: readonly { readonly id: string }[]) => roles.map(({ id }) => id)

describe('a role', () => {
  test('is made with scopes of its API alone', async () => {
    const before = await eventTypes(db)
    const role = await makeRole(db, 'reader', 'api', ['b', 'a'])
    expect(role).toMatchObject({
      id: 'reader',
      apiId: 'api',
      name: 'reader',
      description: '',
      scopes: ['a', 'b'],
    })
    expect(await findRole(db, 'reader')).toEqual(role)
    expect((await eventTypes(db)).slice(before.length)).toEqual(['role.created'])
    await expectRefusal(() => makeRole(db, 'wrong', 'api', ['a', 'x']), 'invalid_scope')
    await expectRefusal(() => makeRole(db, 'wrong', 'nothing', ['a']), 'not_found')
    await expectRefusal(() => makeRole(db, 'wrong', 'nothing', []), 'not_found')
    expect((await eventTypes(db)).slice(before.length)).toEqual(['role.created'])
  })

  test('has a name of its own at its API, and an id of its own', async () => {
    await makeRole(db, 'named', 'api', [])
    const input = { id: 'named-2', apiId: 'api', name: 'named', scopes: [] }
    await expectRefusal(() => createRole(db, parseApiInput(newRole, input), act), 'conflict')
    await expectRefusal(
      () => createRole(db, parseApiInput(newRole, { ...input, id: 'named', name: 'x' }), act),
      'conflict',
    )
    expect((await createRole(db, parseApiInput(newRole, { ...input, apiId: 'other' }), act)).apiId).toBe(
      'other',
    )
  })

  test('is changed; the event names what, and nothing changed leaves none', async () => {
    await makeRole(db, 'changing', 'api', ['a', 'b'])
    const change = parseApiInput(roleChange, { id: 'changing', name: 'Changed', scopes: ['b', 'c'] })
    expect(await changeRole(db, change, act)).toMatchObject({ name: 'Changed', scopes: ['b', 'c'] })
    expect(await lastEvent(db)).toMatchObject({
      type: 'role.changed',
      details: { members: ['name'], scopesAdded: ['c'], scopesRemoved: ['a'] },
    })
    const before = await eventTypes(db)
    await changeRole(db, change, act)
    await expectRefusal(() => changeRole(db, { id: 'changing', scopes: ['x'] }, act), 'invalid_scope')
    await expectRefusal(() => changeRole(db, { id: 'changing', name: 'named' }, act), 'conflict')
    await expectRefusal(() => changeRole(db, { id: 'nobody', name: 'y' }, act), 'not_found')
    expect(await eventTypes(db)).toEqual(before)
  })

  test('keeps its name from another even when both take it at the same moment', async () => {
    const ids = ['same-1', 'same-2', 'same-3', 'same-4']
    for (const id of ids) await makeRole(db, id, 'api', ['a'])
    const outcomes = await Promise.allSettled(ids.map((id) => changeRole(db, { id, name: 'Same' }, act)))
    expect(outcomes.filter(({ status }) => status === 'fulfilled')).toHaveLength(1)
    for (const outcome of outcomes) {
      if (outcome.status === 'rejected') expect(outcome.reason).toMatchObject({ code: 'conflict' })
    }
  })

  test('is one of at most 200 of its API', async () => {
    await makeApi(db, 'crowded', ['a'])
    const rows = Array.from({ length: 199 }, (_, index) => ({
      id: `crowd-${index}`,
      apiId: 'crowded',
      name: `crowd-${index}`,
      createdAt: act.now,
      updatedAt: act.now,
    }))
    await db.insertInto('roles').values(rows).execute()
    const calls = ['late-1', 'late-2', 'late-3'].map((id) => makeRole(db, id, 'crowded', ['a']))
    const outcomes = await Promise.allSettled(calls)
    expect(outcomes.filter(({ status }) => status === 'fulfilled')).toHaveLength(1)
    expect(await rolesOfApi(db, 'crowded')).toHaveLength(200)
  })

  test.each(Object.entries(hostileTexts))(
    'v5.0.0-16.4.1: cannot be called or asked for with %s',
    async (_, text) => {
      const input = { id: 'x', apiId: 'api', name: 'x', scopes: [] }
      for (const hostile of [
        { name: text },
        { description: text },
        { id: text },
        { apiId: text },
        { scopes: [text] },
      ]) {
        await expectRefusal(() => parseApiInput(newRole, { ...input, ...hostile }), 'invalid_request')
      }
      expect(await findRole(db, text)).toBeUndefined()
      expect(await rolesOfApi(db, text)).toEqual([])
      expect(await rolesOfOwner(db, { type: 'client', id: text })).toEqual([])
      await expectRefusal(() => deleteRole(db, text, act), 'not_found')
      await expectRefusal(
        () => parseApiInput(roleMembership, { roleId: text, owner: { type: 'client', id: 'x' } }),
        'invalid_request',
      )
    },
  )
})

describe('who has a role', () => {
  test('is given it and loses it once, and has its scopes meanwhile', async () => {
    await makeRole(db, 'writer', 'api', ['b', 'c'])
    for (const owner of [await makeClient(db, 'robot'), await makeAccount(db, 'ana')]) {
      const pair = parseApiInput(roleMembership, { roleId: 'writer', owner })
      const before = await eventTypes(db)
      expect(await giveRole(db, pair, act)).toBe(true)
      expect(await giveRole(db, pair, act)).toBe(false)
      expect(await lastEvent(db)).toMatchObject({
        targetType: owner.type,
        targetId: owner.id,
        details: { roleId: 'writer', apiId: 'api' },
      })
      expect(await scopesOfOwner(db, { apiId: 'api', owner })).toEqual(new Set(['b', 'c']))
      expect(names(await rolesOfOwner(db, owner))).toEqual(['writer'])
      expect(await withdrawRole(db, pair, act)).toBe(true)
      expect(await withdrawRole(db, pair, act)).toBe(false)
      expect(await scopesOfOwner(db, { apiId: 'api', owner })).toEqual(new Set())
      expect(await rolesOfOwner(db, owner)).toEqual([])
      expect((await eventTypes(db)).slice(before.length)).toEqual(['role.given', 'role.withdrawn'])
    }
  })

  test('exists, and so does the role', async () => {
    await expectRefusal(
      () => giveRole(db, { roleId: 'writer', owner: { type: 'client', id: 'no' } }, act),
      'not_found',
    )
    const owner = { type: 'client', id: 'robot' } as const
    await expectRefusal(() => giveRole(db, { roleId: 'no', owner }, act), 'not_found')
    await expectRefusal(() => withdrawRole(db, { roleId: 'no', owner }, act), 'not_found')
  })

  test('loses its scopes when the role is deleted, which is one event', async () => {
    await makeRole(db, 'ending', 'api', ['a'])
    const owner = await makeClient(db, 'holder')
    await giveRole(db, { roleId: 'ending', owner }, act)
    const before = await eventTypes(db)
    const outcomes = await Promise.allSettled([1, 2, 3].map(() => deleteRole(db, 'ending', act)))
    expect(outcomes.filter(({ status }) => status === 'fulfilled')).toHaveLength(1)
    expect((await eventTypes(db)).slice(before.length)).toEqual(['role.deleted'])
    expect(await scopesOfOwner(db, { apiId: 'api', owner })).toEqual(new Set())
  })
})
