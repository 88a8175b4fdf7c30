/** What the handlers of the person's own page share: who is there, what they may call, and how a page is shown. */
import type { Context } from 'koa'
import type { Account } from '../../domain/accounts/account.ts'
import { findAccount } from '../../domain/accounts/account.ts'
import { findDeletion } from '../../domain/accounts/deletion.ts'
import type { PendingDeletion } from '../../domain/accounts/deletion.ts'
import type { Mailing } from '../../domain/accounts/mailing.ts'
import type { PasswordHasher } from '../../domain/accounts/password.ts'
import type { JudgeNewPassword } from '../../domain/accounts/password-range.ts'
import type { KeyMaking } from '../../domain/api-keys/create.ts'
import type { Act } from '../../domain/audit/act.ts'
import type { Seal } from '../../platform/crypto/seal.ts'
import type { Announcements } from '../../platform/db/announcements.ts'
import type { Database } from '../../platform/db/open.ts'
import { Refusal } from '../../platform/errors.ts'
import { accountLayout, doneCodes } from '../../../views/account/account-layout.ts'
import type { AccountPage, AccountFrame, DoneCode } from '../../../views/account/account-layout.ts'
import type { OwnForm, OwnSession, OwnSessions } from '../own-session.ts'
import type { Pages } from '../pages.ts'
import type { Passkeys } from '../passkeys.ts'

/** What the door needs. */
export interface AccountDoor {
  readonly db: Database
  readonly now: () => Date
  readonly seal: Seal
  readonly issuer: string
  readonly pages: Pages
  readonly own: OwnSessions
  readonly hasher: PasswordHasher
  readonly judgeNewPassword: JudgeNewPassword
  readonly contextWords: () => readonly string[]
  readonly minimumPasswordLength: () => number
  readonly making: KeyMaking
  /** Undefined where the installation's host is an address, which no passkey can be bound to. */
  readonly passkeys: Passkeys | undefined
  readonly mailing: Mailing
  readonly announce: Announcements['announce']
}

/** A request of somebody who is signed in. */
export interface Visit {
  readonly door: AccountDoor
  readonly ctx: Context
  readonly session: OwnSession
  readonly account: Account
  readonly deletion: PendingDeletion | undefined
  readonly act: Act
}

/** Answers a request of somebody who is signed in. */
export type Handler = (visit: Visit) => Promise<void> | void

/** Wraps a handler: the account is read anew for each request. */
export function visiting(door: AccountDoor, handler: Handler) {
  return async (ctx: Context): Promise<void> => {
    const session = door.own.sessionOf(ctx)
    const account = await findAccount(door.db, session.accountId)
    if (account === undefined) throw nothingHere()
    const deletion = await findDeletion(door.db, account.id)
    await handler({ door, ctx, session, account, deletion, act: actOf(door, ctx, account.id) })
  }
}

/** Wraps a handler of something sensitive: the sign-in must be fresh, the second factor included. */
export function sensitive(handler: Handler, returnTo?: string): Handler {
  return async (visit) => {
    const { door, ctx } = visit
    if (await door.own.requireFresh(ctx, { ...(returnTo !== undefined && { returnTo }) }))
      await handler(visit)
  }
}

/** Reads the form of a page of ours. */
export function formOf({ door, ctx }: Visit): Promise<OwnForm> {
  return door.own.readForm(ctx)
}

/** What every page of the person takes. */
export function frameOf({ door, ctx, session, account, deletion }: Visit): AccountFrame {
  const done: unknown = new URLSearchParams(ctx.querystring).get('done')
  return {
    ...door.pages.propsFor(ctx, account.claims.locale),
    csrfToken: session.csrfToken,
    person: { name: account.claims.name, email: account.email },
    deletionDueAt: deletion?.dueAt,
    done: doneCodes.find((code) => code === done),
  }
}

/** Shows a page. */
export function show(visit: Visit, page: AccountPage, status = 200): void {
  visit.door.pages.send(visit.ctx, accountLayout(frameOf(visit), page), status)
}

/** Goes on to a page, which says what was done. */
export function goTo({ ctx }: Pick<Visit, 'ctx'>, path: string, done?: DoneCode): void {
  ctx.status = 303
  ctx.redirect(done === undefined ? path : `${path}?done=${done}`)
}

/** API1: what is somebody else's and what is not there at all are the same. */
export function nothingHere(): Refusal {
  return new Refusal('not_found', 'There is nothing at this address.')
}

function actOf({ now }: AccountDoor, ctx: Context, id: string): Act {
  return {
    actor: { type: 'account', id },
    now: now(),
    requestId: ctx.state['requestId'],
    address: ctx.state['address'],
    userAgent: ctx.get('user-agent') || undefined,
  }
}
