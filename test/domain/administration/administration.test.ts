/** Who administers the installation: one truth in the roles, and always an owner who can sign in. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { createAccount, newAccount } from '../../../src/domain/accounts/create.ts'
import { findAccount } from '../../../src/domain/accounts/account.ts'
import {
  deleteAccount,
  disableAccount,
  grantAdministrator,
  withdrawAdministrator,
} from '../../../src/domain/accounts/lifecycle.ts'
import { ensureManagementApi } from '../../../src/domain/administration/ensure.ts'
import { administratorPermissions } from '../../../src/domain/administration/permissions.ts'
import { administratorRoles, ownerRoleId } from '../../../src/domain/administration/roles.ts'
import { managementApiId, managementScopeNames } from '../../../src/domain/administration/scopes.ts'
import { requireApi } from '../../../src/domain/apis/api.ts'
import { changeApi, deleteApi, disableApi } from '../../../src/domain/apis/lifecycle.ts'
import { giveRole, withdrawRole } from '../../../src/domain/apis/role-members.ts'
import { changeRole, createRole, deleteRole } from '../../../src/domain/apis/roles.ts'
import { setScopes } from '../../../src/domain/apis/scopes.ts'
import { systemAct } from '../../../src/domain/audit/act.ts'
import { randomId } from '../../../src/platform/crypto/random.ts'
import type { Database } from '../../../src/platform/db/open.ts'
import { openRoom } from '../../support/room.ts'
import type { Room } from '../../support/room.ts'

const issuer = 'https://login.example'
const act = systemAct(new Date())

async function openAdministration(): Promise<Room> {
  const room = await openRoom()
  await ensureManagementApi(room.db, issuer, act)
  return room
}

async function makeAccount(db: Database, role?: string): Promise<string> {
  const id = randomId('acc')
  const account = newAccount.parse({ email: `${id.toLowerCase().replace('_', '.')}@example.com` })
  await createAccount(db, { id, account }, act)
  if (role !== undefined) await giveRole(db, { roleId: role, owner: { type: 'account', id } }, act)
  return id
}

const withdraw = (db: Database, roleId: string, id: string) =>
  withdrawRole(db, { roleId, owner: { type: 'account', id } }, act)

describe('the built-in API', () => {
  let room: Room
  beforeAll(async () => void (room = await openAdministration()))
  afterAll(() => room.close())

  test('is made whole by ten instances that start at once, and left alone by the next start', async () => {
    const other = 'https://other.example'
    const changed = await Promise.all(
      Array.from({ length: 10 }, () => ensureManagementApi(room.db, other, act)),
    )
    expect(changed.filter(Boolean)).toHaveLength(1)
    const api = await requireApi(room.db, managementApiId)
    expect(api.identifier).toBe(`${other}/api/v1`)
    expect(api.scopes.map(({ name }) => name)).toEqual([...managementScopeNames].sort())
    const events = room.db
      .selectFrom('auditEvents')
      .select('id')
      .where('type', '=', 'api.changed')
      .where('targetId', '=', managementApiId)
    const before = (await events.execute()).length
    expect(await ensureManagementApi(room.db, other, act)).toBe(false)
    expect(await events.execute()).toHaveLength(before)
  })

  test('heals: a scope that is missing and a word that differs are put right at the next start', async () => {
    await room.db.deleteFrom('apiScopes').where('name', '=', 'audit:read').execute()
    await room.db.updateTable('roles').set({ description: 'x' }).where('id', '=', 'role_support').execute()
    expect(await ensureManagementApi(room.db, issuer, act)).toBe(true)
    const owner = await makeAccount(room.db, ownerRoleId)
    expect([...(await administratorPermissions(room.db, owner))].sort()).toEqual(
      [...managementScopeNames].sort(),
    )
  })

  test('is changed by nobody, and neither are its roles', async () => {
    const { version } = await requireApi(room.db, managementApiId)
    const id = managementApiId
    const attempts = [
      () => changeApi(room.db, { id, version, accountsNeedPermission: false }, act),
      () => disableApi(room.db, id, act),
      () => deleteApi(room.db, id, act),
      () => setScopes(room.db, { apiId: id, version, scopes: [] }, act),
      () => changeRole(room.db, { id: 'role_support', scopes: ['administrators:write'] }, act),
      () => deleteRole(room.db, ownerRoleId, act),
    ]
    for (const attempt of attempts) await expect(attempt()).rejects.toMatchObject({ code: 'forbidden' })
  })

  test.each(administratorRoles)('the role $name permits exactly its scopes', async ({ id, scopes }) => {
    const account = await makeAccount(room.db, id)
    expect([...(await administratorPermissions(room.db, account))].sort()).toEqual([...scopes].sort())
  })

  test('read-only and support are not a way to more', () => {
    for (const { name, scopes } of administratorRoles.filter((role) => role.name !== 'owner')) {
      expect(scopes, name).not.toContain('administrators:write')
      expect(scopes, name).not.toContain('roles:write')
    }
    const readOnly = administratorRoles.find(({ name }) => name === 'read-only')
    expect(readOnly?.scopes.filter((scope) => !scope.endsWith(':read'))).toEqual([])
  })
})

describe('who administers', () => {
  let room: Room
  beforeAll(async () => void (room = await openAdministration()))
  afterAll(() => room.close())

  test('the flag follows the roles: any of them sets it, the last one gone clears it', async () => {
    await makeAccount(room.db, ownerRoleId)
    const id = await makeAccount(room.db)
    expect((await findAccount(room.db, id))?.administrator).toBe(false)
    await giveRole(room.db, { roleId: 'role_support', owner: { type: 'account', id } }, act)
    await giveRole(room.db, { roleId: 'role_security', owner: { type: 'account', id } }, act)
    expect((await findAccount(room.db, id))?.administrator).toBe(true)
    await withdraw(room.db, 'role_support', id)
    expect((await findAccount(room.db, id))?.administrator).toBe(true)
    await withdraw(room.db, 'role_security', id)
    expect((await findAccount(room.db, id))?.administrator).toBe(false)
  })

  test('a role made of management scopes counts too, and ends when the role is deleted', async () => {
    const role = { id: 'role_auditor', apiId: managementApiId, name: 'auditor', description: '' }
    await createRole(room.db, { ...role, scopes: ['audit:read'] }, act)
    const id = await makeAccount(room.db, role.id)
    expect((await findAccount(room.db, id))?.administrator).toBe(true)
    await deleteRole(room.db, role.id, act)
    expect((await findAccount(room.db, id))?.administrator).toBe(false)
    expect((await administratorPermissions(room.db, id)).size).toBe(0)
  })

  test('whoever is made an administrator by the flag is an owner, and has no role left without it', async () => {
    const id = await makeAccount(room.db)
    await grantAdministrator(room.db, { id }, act)
    expect((await administratorPermissions(room.db, id)).has('administrators:write')).toBe(true)
    await withdrawAdministrator(room.db, { id }, act)
    expect((await administratorPermissions(room.db, id)).size).toBe(0)
    expect((await findAccount(room.db, id))?.administrator).toBe(false)
  })
})

describe('the last owner', () => {
  const ways: Record<string, (db: Database, id: string) => Promise<unknown>> = {
    'losing the role': (db, id) => withdraw(db, ownerRoleId, id).catch(() => 'refused'),
    'losing the flag': (db, id) => withdrawAdministrator(db, { id }, act),
    'being disabled': (db, id) => disableAccount(db, { id }, act),
    'being deleted': (db, id) => deleteAccount(db, { id }, act),
  }

  test.each(Object.entries(ways))('cannot go by %s, although other administrators stay', async (_, way) => {
    const room = await openAdministration()
    const owner = await makeAccount(room.db, ownerRoleId)
    await makeAccount(room.db, 'role_security')
    const disabled = await makeAccount(room.db, ownerRoleId)
    await disableAccount(room.db, { id: disabled }, act)
    await way(room.db, owner)
    const after = await findAccount(room.db, owner)
    expect(after).toMatchObject({ administrator: true, disabledAt: undefined })
    expect((await administratorPermissions(room.db, owner)).has('administrators:write')).toBe(true)
    await room.close()
  })

  test.each(Object.entries(ways))('stays when five owners go at once by %s', async (_, way) => {
    const room = await openAdministration()
    const owners = await Promise.all(Array.from({ length: 5 }, () => makeAccount(room.db, ownerRoleId)))
    await Promise.all(owners.map((id) => way(room.db, id)))
    const left = await room.db
      .selectFrom('accounts')
      .select('id')
      .where('owner', '=', true)
      .where('disabledAt', 'is', null)
      .execute()
    expect(left).toHaveLength(1)
    await room.close()
  })
})
