/**
 * One-time links: what a link in a mail stands for. The token has 256 random bits and only its digest is kept. A link is
 * good for one purpose, once, until its time: opening it uses nothing up, because mail scanners open links too.
 */
import { sha256 } from '../../platform/crypto/digest.ts'
import { randomSecret } from '../../platform/crypto/random.ts'
import type { Database } from '../../platform/db/open.ts'
import type { Act } from '../audit/act.ts'
import { emailKey } from './names.ts'

/** What a link of this room may be for. The first administrator's has rules of its own beside these. */
export type LinkPurpose = 'sign_up' | 'invitation' | 'verify_email' | 'reset_password' | 'change_email'

/**
 * How long each lives. Ten minutes for whoever forgot their password (ASVS 6.5.5: it lets somebody in); a day for an
 * address to be confirmed, which lets nobody in by itself; a week for an invitation, which waits for a person.
 */
export const linkLifetimeSeconds: Readonly<Record<LinkPurpose, number>> = {
  reset_password: 10 * 60,
  verify_email: 24 * 3600,
  change_email: 24 * 3600,
  sign_up: 24 * 3600,
  invitation: 7 * 24 * 3600,
}

/** Where each leads, before its token. */
export const linkPaths: Readonly<Record<LinkPurpose, string>> = {
  reset_password: '/link/reset-password/',
  verify_email: '/link/verify-email/',
  change_email: '/link/change-email/',
  sign_up: '/link/sign-up/',
  invitation: '/link/invitation/',
}

/** The address of a link. It begins with the issuer and nothing else (T20). */
export function linkUrl(issuer: string, purpose: LinkPurpose, token: string): string {
  return `${issuer}${linkPaths[purpose]}${token}`
}

/** A link to be made. Without an account and an address it leads nowhere, and is the same work (T31). */
export interface NewLink {
  readonly purpose: LinkPurpose
  readonly accountId?: string | undefined
  readonly email?: string | undefined
  /** A public name, where somebody has to speak of the link. */
  readonly id?: string | undefined
  readonly createdBy?: string | undefined
  /** Plain facts that the use of the link needs; nothing secret. */
  readonly data?: Readonly<Record<string, unknown>>
}

/** A link that waits to be used. */
export interface Link {
  readonly accountId: string | undefined
  readonly email: string | undefined
  readonly data: unknown
  /** The account that had it made for somebody else. */
  readonly createdBy: string | undefined
  readonly expiresAt: Date
}

/** Which link is meant. */
export interface LinkToken {
  readonly token: string
  readonly purpose: LinkPurpose
}

/** Makes a link in the caller's transaction, and ends the older ones of the same purpose and owner. */
export async function createLink(
  db: Database,
  link: NewLink,
  act: Act,
): Promise<{ readonly token: string; readonly expiresAt: Date }> {
  const token = randomSecret()
  const expiresAt = new Date(act.now.getTime() + linkLifetimeSeconds[link.purpose] * 1000)
  await endOlder(db, link)
  await db
    .insertInto('oneTimeLinks')
    .values({
      tokenHash: sha256(token),
      purpose: link.purpose,
      id: link.id ?? null,
      accountId: link.accountId ?? null,
      email: link.email ?? null,
      emailKey: link.email === undefined ? null : emailKey(link.email),
      createdBy: link.createdBy ?? null,
      data: JSON.stringify(link.data ?? {}),
      createdAt: act.now,
      expiresAt,
    })
    .execute()
  return { token, expiresAt }
}

/** The link of this token while it can be used, for the page it leads to. */
export async function findLink(
  db: Database,
  { token, purpose }: LinkToken,
  now: Date,
): Promise<Link | undefined> {
  const row = await db
    .selectFrom('oneTimeLinks')
    .select(linkColumns)
    .where('tokenHash', '=', sha256(token))
    .where('purpose', '=', purpose)
    .where('usedAt', 'is', null)
    .where('expiresAt', '>', now)
    .executeTakeFirst()
  return row && linkOf(row)
}

/** Uses the link: of any number who do so at once, one gets it. Give it a transaction that the use commits in. */
export async function takeLink(
  db: Database,
  { token, purpose }: LinkToken,
  now: Date,
): Promise<Link | undefined> {
  await holdOwner(db, token)
  const row = await db
    .updateTable('oneTimeLinks')
    .set({ usedAt: now })
    .where('tokenHash', '=', sha256(token))
    .where('purpose', '=', purpose)
    .where('usedAt', 'is', null)
    .where('expiresAt', '>', now)
    .returning(linkColumns)
    .executeTakeFirst()
  return row && linkOf(row)
}

/** Whoever ends the links of an account holds it already. In the same order nobody waits for somebody who waits for them. */
async function holdOwner(transaction: Database, token: string): Promise<void> {
  await transaction
    .selectFrom('accounts')
    .select('id')
    .where('id', '=', (row) =>
      row.selectFrom('oneTimeLinks').select('accountId').where('tokenHash', '=', sha256(token)),
    )
    .forNoKeyUpdate()
    .execute()
}

/** Ends the links with which an account could be taken over by whoever asked for them: another address, another password. */
export async function endLinksOfAccount(db: Database, accountId: string): Promise<void> {
  await db
    .deleteFrom('oneTimeLinks')
    .where('accountId', '=', accountId)
    .where('purpose', 'in', ['change_email', 'reset_password'])
    .where('usedAt', 'is', null)
    .execute()
}

const linkColumns = ['accountId', 'email', 'data', 'createdBy', 'expiresAt'] as const

/** One statement whoever it is for, so that a link that leads nowhere costs what any other does. */
async function endOlder(db: Database, { purpose, accountId, email }: NewLink): Promise<void> {
  await db
    .deleteFrom('oneTimeLinks')
    .where('purpose', '=', purpose)
    .where('usedAt', 'is', null)
    .where((row) =>
      accountId === undefined
        ? row('emailKey', '=', email === undefined ? '' : emailKey(email))
        : row('accountId', '=', accountId),
    )
    .execute()
}

function linkOf(row: {
  readonly accountId: string | null
  readonly email: string | null
  readonly data: unknown
  readonly createdBy: string | null
  readonly expiresAt: Date
}): Link {
  const { accountId, email, createdBy } = row
  return {
    ...row,
    accountId: accountId ?? undefined,
    email: email ?? undefined,
    createdBy: createdBy ?? undefined,
  }
}
