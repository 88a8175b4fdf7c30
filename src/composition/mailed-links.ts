/** The pages around mailed links: forgotten passwords, sign-up, invitations and addresses to be confirmed. */
import type { Middleware } from 'koa'
import type { PolicySettings, ServerConfig } from '../config.ts'
import { findAccount } from '../domain/accounts/account.ts'
import { grantAdministrator } from '../domain/accounts/lifecycle.ts'
import type { WelcomeGifts } from '../domain/accounts/sign-up.ts'
import { administratorPermissions, requireMayGive } from '../domain/administration/permissions.ts'
import { managementApiId, managementScopeNames } from '../domain/administration/scopes.ts'
import { giveRole } from '../domain/apis/role-members.ts'
import { findRole } from '../domain/apis/roles.ts'
import type { Act } from '../domain/audit/act.ts'
import { endEverythingOfAccount } from '../oidc/end-everything.ts'
import type { Keyring } from '../oidc/keyring.ts'
import { randomId } from '../platform/crypto/random.ts'
import type { Database } from '../platform/db/open.ts'
import { Refusal } from '../platform/errors.ts'
import type { Pages } from '../web/pages.ts'
import { createMailedLinksDoors } from '../web/sign-in/forgotten-routes.ts'
import type { Floor } from './floor.ts'

/** What the pages need beside the floor. */
export interface MailedLinkParts {
  readonly pages: Pages
  readonly keyring: Keyring
}

/** The pages' steps of the stack, in front of the sign-in door. */
export function mailedLinkDoors(
  config: ServerConfig,
  floor: Floor,
  { pages, keyring }: MailedLinkParts,
): Middleware[] {
  return createMailedLinksDoors({
    ...floor,
    pages,
    issuer: config.issuer,
    signUp: () => floor.settings.current().signUp,
    provider: () => keyring.serving().provider,
    newId: randomId,
    endEverything: endEverythingOfAccount,
    announce: floor.announcements.announce,
    giveGifts,
  })
}

/** Which links the sign-in page has: none to a mail that would never come. */
export function mailedWaysOf(
  { production, smtp }: Pick<ServerConfig, 'production' | 'smtp'>,
  { signUp }: Pick<PolicySettings, 'signUp'>,
): { readonly forgotten: boolean; readonly signUp: boolean } {
  return { forgotten: smtp !== undefined || !production, signUp: signUp === 'open' }
}

/**
 * A role that was deleted since the invitation is left out: the person did nothing wrong. So is what whoever invited could not
 * give any more: an administrator who was disabled leaves no way back in behind.
 */
async function giveGifts(
  db: Database,
  {
    accountId,
    gifts,
    invitedBy,
  }: { readonly accountId: string; readonly gifts: WelcomeGifts; readonly invitedBy: string | undefined },
  act: Act,
): Promise<void> {
  const held = await heldBy(db, invitedBy)
  const mayGive = (given: { readonly apiId: string; readonly scopes: readonly string[] }): boolean =>
    held === undefined || (held.has('accounts:write') && isWithin(held, given))
  const everything = { apiId: managementApiId, scopes: managementScopeNames }
  if (gifts.administrator && mayGive(everything)) await grantAdministrator(db, { id: accountId }, act)
  for (const roleId of gifts.roles) {
    const role = await findRole(db, roleId)
    if (role === undefined || !mayGive(role) || held?.has('roles:write') === false) continue
    await giveRole(db, { roleId, owner: { type: 'account', id: accountId } }, act)
  }
}

/** What the inviting account may do at this moment; undefined for an operator, who may do everything. */
async function heldBy(db: Database, accountId: string | undefined): Promise<ReadonlySet<string> | undefined> {
  if (accountId === undefined) return undefined
  const account = await findAccount(db, accountId)
  if (account === undefined || account.disabledAt !== undefined) return new Set()
  return administratorPermissions(db, accountId)
}

function isWithin(
  held: ReadonlySet<string>,
  given: { readonly apiId: string; readonly scopes: readonly string[] },
): boolean {
  try {
    requireMayGive(held, given)
    return true
  } catch (error) {
    if (error instanceof Refusal && error.code === 'forbidden') return false
    throw error
  }
}
