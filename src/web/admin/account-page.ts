/** The page of one account: who it is, how they sign in, what stands for it, what it may do and what happened lately. */
import { findDeletion } from '../../domain/accounts/deletion.ts'
import { passwordDisabledAt } from '../../domain/accounts/password-attempts.ts'
import type { Account } from '../../domain/accounts/account.ts'
import { mayChange } from '../../domain/administration/permissions.ts'
import { heldScopes } from '../../domain/apis/held-scopes.ts'
import { activityOf } from '../../domain/audit/activity.ts'
import { listDevices } from '../../domain/devices/devices.ts'
import { listPasskeys } from '../../domain/second-factors/passkeys.ts'
import { enrolledFactors } from '../../domain/second-factors/second-factors.ts'
import { findTotp } from '../../domain/second-factors/totp.ts'
import { standingOf } from '../../oidc/incidents.ts'
import { accountContent } from '../../../views/admin/account-page.ts'
import type { ShownSignIn } from '../../../views/admin/account-sign-in.ts'
import { requireAccount } from './account-of-page.ts'
import type { ConsoleRoute, Visit } from './route.ts'

const fewEvents = 8

async function showAccount(visit: Visit): Promise<void> {
  const { db, held, frame, show, rooms } = visit
  const account = await requireAccount(visit)
  const { id } = account
  const [signIn, standing, permissions, activity, deletion, isChangeable] = await Promise.all([
    signInOf(visit, account),
    standingOf(db, { kind: 'account', id }),
    held.has('roles:read') ? heldScopes(db, { type: 'account', id }) : undefined,
    held.has('audit:read') ? activityOf(db, { accountId: id, limit: fewEvents }) : undefined,
    findDeletion(db, id),
    held.has('accounts:write') && mayChange(db, held, { type: 'account', id }),
  ])
  const content = accountContent(frame, {
    account,
    signIn,
    standing,
    permissions,
    events: activity?.items,
    deletionDueAt: deletion?.dueAt,
    mayChange: isChangeable,
    mailIsSent: rooms.mailIsSent,
  })
  show({ title: account.email, current: '/admin/accounts', content })
}

async function signInOf({ db, now }: Visit, account: Account): Promise<ShownSignIn> {
  const { id } = account
  const [passwordDisabled, app, passkeys, { recoveryCodesLeft }, devices] = await Promise.all([
    passwordDisabledAt(db, id),
    findTotp(db, id),
    listPasskeys(db, id),
    enrolledFactors(db, id),
    listDevices(db, id, now),
  ])
  return {
    passwordSince: account.hasPassword ? (account.passwordChangedAt ?? account.createdAt) : undefined,
    passwordDisabled,
    passwordTemporary: account.passwordTemporary,
    app,
    passkeys,
    recoveryCodesLeft,
    devices: devices.length,
    devicesTrusted: devices.filter(({ trustedUntil }) => trustedUntil !== undefined).length,
  }
}

/** The page. */
export const accountShowPages: readonly ConsoleRoute[] = [
  { method: 'GET', path: '/accounts/:id', needs: 'accounts:read', handle: showAccount },
]
