/** Somebody at the console of a world, who came there through the provider. */
import { administratorRoles } from '../../src/domain/administration/roles.ts'
import { giveRole } from '../../src/domain/apis/role-members.ts'
import { systemAct } from '../../src/domain/audit/act.ts'
import { signInOutcome } from './browser-like.ts'
import { openBrowser } from './browser.ts'
import type { Browser, Place } from './browser.ts'
import type { TestAccount, World } from './world.ts'

/** The name of a built-in administrator role. */
export type RoleName = (typeof administratorRoles)[number]['name']

/** What an operator sets so that the console wants a password alone; its second factor has tests of its own. */
export const withoutSecondFactor = { ADMINISTRATOR_SECOND_FACTOR: 'optional' }

/** An administrator, signed in at the console. */
export interface Administrator {
  readonly account: TestAccount
  readonly browser: Browser
  /** The page the sign-in led to. */
  readonly place: Place
}

/** Makes an account with a role. */
export async function makeAdministrator(world: World, role: RoleName = 'owner'): Promise<TestAccount> {
  const account = await world.makeAccount()
  const roleId = administratorRoles.find(({ name }) => name === role)?.id ?? ''
  await giveRole(world.db, { roleId, owner: { type: 'account', id: account.id } }, systemAct(new Date()))
  return account
}

/** Signs somebody in at a page of the console; a new owner unless told otherwise. */
export async function openConsole(
  world: World,
  { account, path = '/admin' }: { readonly account?: TestAccount; readonly path?: string } = {},
): Promise<Administrator> {
  const who = account ?? (await makeAdministrator(world))
  const browser = openBrowser(world)
  const place = await signInOutcome(browser, { account: who, authorizeUrl: `${world.issuer}${path}` })
  return { account: who, browser, place }
}
