import { expect, test } from 'vitest'
import type { Owner } from '../../../src/domain/apis/permissions.ts'
import { scopesOfOwner, withdrawPermission } from '../../../src/domain/apis/permissions.ts'
import { giveRole, withdrawRole } from '../../../src/domain/apis/role-members.ts'
import type { Database } from '../../../src/platform/db/open.ts'
import { act } from '../clients/support.ts'
import { give, makeAccount, makeApi, makeClient, makeRole } from './support.ts'
import { openRoom } from '../../support/room.ts'

const scopes = ['a', 'b', 'c', 'd']
const apis = ['one', 'two']
const roles = apis.flatMap((api) => [`${api}-ab`, `${api}-cd`])
const rounds = 150

// A small generator with a seed, so that a failure can be seen again.
function createRandom(seed: number): (below: number) => number {
  let state = seed
  return (below) => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0
    return Math.floor((state / 2 ** 32) * below)
  }
}

test.each([1, 2, 3])('T39: whatever is done to one owner changes no other (seed %i)', async (seed) => {
  const room = await openRoom()
  const owners = await prepare(room.db)
  const random = createRandom(seed)
  const pick = <T>(items: readonly T[]): T => items[random(items.length)] ?? pick(items)
  const expected = new Map(owners.map((owner) => [owner.id, modelOf()]))
  let changes = 0
  for (let round = 0; round < rounds; round += 1) {
    const owner = pick(owners)
    const model = expected.get(owner.id) ?? modelOf()
    const before = await everybody(room.db, owners)
    changes += await doSomething(room.db, { owner, model, pick })
    const after = await everybody(room.db, owners)
    for (const other of owners) {
      if (other !== owner) expect(after.get(other.id)).toEqual(before.get(other.id))
    }
    expect(after.get(owner.id)).toEqual(scopesOf(model))
  }
  await room.close()
  expect(changes).toBeGreaterThan(rounds / 4)
})

interface Model {
  readonly direct: Set<string>
  readonly roles: Set<string>
}

interface Turn {
  readonly owner: Owner
  readonly model: Model
  readonly pick: <T>(items: readonly T[]) => T
}

function modelOf(): Model {
  return { direct: new Set(), roles: new Set() }
}

async function prepare(database: Database): Promise<Owner[]> {
  for (const api of apis) {
    await makeApi(database, api, scopes)
    await makeRole(database, `${api}-ab`, api, ['a', 'b'])
    await makeRole(database, `${api}-cd`, api, ['c', 'd'])
  }
  return [
    await makeClient(database, 'client-1'),
    await makeClient(database, 'client-10'),
    await makeAccount(database, 'one'),
    await makeAccount(database, 'two'),
  ]
}

async function doSomething(database: Database, { owner, model, pick }: Turn): Promise<number> {
  const apiId = pick(apis)
  const some = [...new Set([pick(scopes), pick(scopes)])]
  const roleId = pick(roles)
  const turn = pick(['give', 'withdraw', 'give role', 'withdraw role'] as const)
  switch (turn) {
    case 'give':
      for (const scope of some) model.direct.add(`${apiId} ${scope}`)
      return (await give(database, apiId, owner, some)).length
    case 'withdraw':
      for (const scope of some) model.direct.delete(`${apiId} ${scope}`)
      return (await withdrawPermission(database, { apiId, owner, scopes: some }, act)).length
    case 'give role':
      model.roles.add(roleId)
      return Number(await giveRole(database, { roleId, owner }, act))
    case 'withdraw role':
      model.roles.delete(roleId)
      return Number(await withdrawRole(database, { roleId, owner }, act))
    default:
      return turn satisfies never
  }
}

function scopesOf({ direct, roles: held }: Model): string[] {
  const throughRoles = [...held].flatMap((role) => {
    const [api = '', letters = ''] = role.split('-')
    return letters.split('').map((scope) => `${api} ${scope}`)
  })
  return [...new Set([...direct, ...throughRoles])].sort()
}

async function everybody(database: Database, owners: readonly Owner[]): Promise<Map<string, string[]>> {
  const all = new Map<string, string[]>()
  for (const owner of owners) {
    const found: string[] = []
    for (const apiId of apis) {
      for (const scope of await scopesOfOwner(database, { apiId, owner })) found.push(`${apiId} ${scope}`)
    }
    all.set(owner.id, found.sort())
  }
  return all
}
