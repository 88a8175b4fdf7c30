/** People, roles and keys of a small installation, for the pages of the console that show them. */
import { systemAct } from '../../src/domain/audit/act.ts'
import { createRole } from '../../src/domain/apis/roles.ts'
import { giveRole } from '../../src/domain/apis/role-members.ts'
import { invite } from '../../src/domain/accounts/invitations.ts'
import { createSeal } from '../../src/platform/crypto/seal.ts'
import { makeAdministrator } from './console.ts'
import { givePasskey } from './passkeys.ts'
import { enrol } from './totp.ts'
import type { TestAccount, World } from './world.ts'

/** Somebody with everything an account can have, a role they have, and an invitation that waits. */
export async function seedPeople(
  world: World,
): Promise<{ readonly ana: TestAccount; readonly roleId: string; readonly passkeyId: string }> {
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
  await enrol(world, ana.id)
  const passkeyId = await givePasskey(world, ana.id, 'The phone in the blue case')
  const mailing = { seal: createSeal(world.config.sealingKeys), issuer: world.issuer }
  const gifts = { administrator: false, roles: ['role_support'] }
  await invite(world.db, mailing, { email: 'bo@invited.example', locale: 'en', gifts }, act)
  return { ana, roleId, passkeyId }
}
