/**
 * The person's own page. Everything here is about whoever is signed in and nobody else: each look-up names the account of
 * the session, so what belongs to others is not there (API1). What is sensitive wants a fresh sign-in (ASVS 7.5.1, 7.5.3).
 */
import { Router } from '@koa/router'
import type { Middleware } from 'koa'
import { routesOf } from '../routes-of.ts'
import { askToRevoke, endOthers, endSession, revokeApp, showApps, showSessions } from './access.ts'
import { askToRemoveApp, removeApp, showAppSetup, submitAppSetup } from './authenticator-app.ts'
import { askToDelete, deleteAccount, exportData, keepAccount, showData } from './data.ts'
import { sensitive, visiting } from './door.ts'
import type { AccountDoor, Handler } from './door.ts'
import { chooseApi, makeKey, revokeKey, rotateKey, showKey, showKeys, showNewKey } from './keys.ts'
import { showActivity, showOverview } from './overview.ts'
import { changePassword, showPassword } from './password.ts'
import { addPasskey, remove, rename, showAddPasskey, showPasskey } from './passkeys.ts'
import { changeEmail, saveProfile, showEmail, showProfile, verifyAddress } from './profile.ts'
import { downloadRecoveryCodes, makeRecoveryCodes } from './recovery-codes.ts'
import { forget, forgetAll, showSecurity } from './security.ts'

const gets: Readonly<Record<string, Handler>> = {
  '/account': showOverview,
  '/account/profile': showProfile,
  '/account/profile/email': sensitive(showEmail),
  '/account/security': showSecurity,
  '/account/security/password': sensitive(showPassword),
  '/account/security/app': sensitive(showAppSetup),
  '/account/security/app/remove': sensitive(askToRemoveApp),
  '/account/security/passkeys/add': sensitive(showAddPasskey),
  '/account/security/passkeys/:id': showPasskey,
  '/account/sessions': showSessions,
  '/account/apps': showApps,
  '/account/apps/:id/revoke': askToRevoke,
  '/account/keys': showKeys,
  '/account/keys/new': sensitive(chooseApi),
  '/account/keys/new/:id': sensitive(showNewKey),
  '/account/keys/:id': showKey,
  '/account/activity': showActivity,
  '/account/data': showData,
  '/account/data/delete': sensitive(askToDelete),
}

const posts: Readonly<Record<string, Handler>> = {
  '/account/profile': saveProfile,
  '/account/profile/email': changeEmail,
  '/account/profile/verify': verifyAddress,
  '/account/security/password': changePassword,
  '/account/security/app': submitAppSetup,
  '/account/security/app/remove': removeApp,
  '/account/security/recovery-codes': makeRecoveryCodes,
  '/account/security/recovery-codes/download': downloadRecoveryCodes,
  '/account/security/passkeys/add': addPasskey,
  '/account/security/passkeys/:id/rename': rename,
  '/account/security/passkeys/:id/remove': remove,
  '/account/security/devices/:id/forget': forget,
  '/account/security/devices/forget-all': forgetAll,
  '/account/sessions/:uid/end': endSession,
  '/account/sessions/end-others': endOthers,
  '/account/apps/:id/revoke': revokeApp,
  '/account/keys/new/:id': makeKey,
  '/account/keys/:id/rotate': rotateKey,
  '/account/keys/:id/revoke': revokeKey,
  '/account/data/export': exportData,
  '/account/data/delete': deleteAccount,
  '/account/data/keep': keepAccount,
}

/** The door at `/account`, behind its session. */
export function createAccountDoor(door: AccountDoor): Middleware {
  const router = new Router()
  for (const [path, handler] of Object.entries(gets)) router.get(path, visiting(door, handler))
  for (const [path, handler] of Object.entries(posts)) router.post(path, visiting(door, handler))
  return routesOf(router, '/account')
}
