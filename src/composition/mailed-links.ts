/** The pages around mailed links: forgotten passwords, sign-up, invitations and addresses to be confirmed. */
import type { Middleware } from 'koa'
import type { ServerConfig } from '../config.ts'
import { minimumPasswordLengthFor } from '../domain/accounts/password.ts'
import { grantAdministrator } from '../domain/accounts/lifecycle.ts'
import type { WelcomeGifts } from '../domain/accounts/sign-up.ts'
import { giveRole } from '../domain/apis/role-members.ts'
import type { Act } from '../domain/audit/act.ts'
import { endEverythingOfAccount } from '../oidc/end-everything.ts'
import type { Keyring } from '../oidc/keyring.ts'
import { randomId } from '../platform/crypto/random.ts'
import type { Database } from '../platform/db/open.ts'
import { Refusal } from '../platform/errors.ts'
import type { Pages } from '../web/pages.ts'
import { createMailedLinksDoors } from '../web/sign-in/forgotten-routes.ts'
import { contextWordsOf } from './context-words.ts'
import type { Floor } from './floor.ts'
import { newPasswordsOf } from './new-passwords.ts'

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
    signUp: config.signUp,
    provider: () => keyring.serving().provider,
    newId: randomId,
    judgeNewPassword: newPasswordsOf(config, floor),
    minimumPasswordLength: minimumPasswordLengthFor({
      secondFactorEnforced: config.secondFactor.everybody === 'required',
    }),
    contextWords: contextWordsOf(config),
    endEverything: endEverythingOfAccount,
    announce: floor.announcements.announce,
    giveGifts,
  })
}

/** Which links the sign-in page has: none to a mail that would never come. */
export function mailedWaysOf({
  production,
  smtp,
  signUp,
}: Pick<ServerConfig, 'production' | 'smtp' | 'signUp'>): {
  readonly forgotten: boolean
  readonly signUp: boolean
} {
  return { forgotten: smtp !== undefined || !production, signUp: signUp === 'open' }
}

/** A role that was deleted since the invitation is left out: the person did nothing wrong. */
async function giveGifts(
  db: Database,
  { accountId, gifts }: { readonly accountId: string; readonly gifts: WelcomeGifts },
  act: Act,
): Promise<void> {
  if (gifts.administrator) await grantAdministrator(db, { id: accountId }, act)
  for (const roleId of gifts.roles) {
    const owner = { type: 'account', id: accountId } as const
    await giveRole(db, { roleId, owner }, act).catch((error: unknown) => {
      if (error instanceof Refusal && error.code === 'not_found') return
      throw error
    })
  }
}
