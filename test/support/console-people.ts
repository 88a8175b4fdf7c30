/** People, roles and keys of a small installation, for the pages of the console that show them. */
import { replaceRecoveryCodes } from '../../src/domain/second-factors/recovery-codes.ts'
import { systemAct } from '../../src/domain/audit/act.ts'
import { createRole } from '../../src/domain/apis/roles.ts'
import { giveRole } from '../../src/domain/apis/role-members.ts'
import { invite } from '../../src/domain/accounts/invitations.ts'
import { createSeal } from '../../src/platform/crypto/seal.ts'
import { makeAdministrator } from './console.ts'
import type { TestAccount, World } from './world.ts'

/** Somebody with everything an account can have, a role they have, and an invitation that waits. */
export async function seedPeople(
  world: World,
): Promise<{ readonly ana: TestAccount; readonly roleId: string }> {
  const act = systemAct(new Date())
  const ana = await world.makeAccount({
    email: `ana.longname-${Date.now()}@a-rather-long-company-name.example`,
    claims: {
      name: 'Ana Example',
      locale: 'de-CH',
      zoneinfo: 'Europe/Zurich',
      website: 'https://ana.example',
    },
  })
  await makeAdministrator(world, 'support')
  const api = await world.makeApi({ scopes: ['orders:read', 'orders:write'] })
  const roleId = `role_${Date.now()}`
  const scopes = ['orders:read', 'orders:write']
  await createRole(
    world.db,
    { id: roleId, apiId: api.id, name: 'Order clerk', description: 'Sees and changes orders.', scopes },
    act,
  )
  await giveRole(world.db, { roleId, owner: { type: 'account', id: ana.id } }, act)
  await world.permit({ type: 'account', id: ana.id }, api, ['orders:read'])
  await replaceRecoveryCodes(world.db, { accountId: ana.id }, act)
  const mailing = { seal: createSeal(world.config.sealingKeys), issuer: world.issuer }
  const gifts = { administrator: false, roles: ['role_support'] }
  await invite(world.db, mailing, { email: 'bo@invited.example', locale: 'en', gifts }, act)
  return { ana, roleId }
}
