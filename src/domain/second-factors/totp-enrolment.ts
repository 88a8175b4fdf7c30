/**
 * Setting up an authenticator app: a seed is shown, and counts from the first code that the app makes of it. Until then it
 * is kept sealed for a quarter of an hour and takes ten codes at most.
 */
import { sql } from 'kysely'
import { randomId } from '../../platform/crypto/random.ts'
import type { Seal } from '../../platform/crypto/seal.ts'
import type { Database } from '../../platform/db/open.ts'
import { inTransaction } from '../../platform/db/transaction.ts'
import type { Act } from '../audit/act.ts'
import { record } from '../audit/record.ts'
import { mayBindFactor } from './second-factors.ts'
import { findTotp, seedContext } from './totp.ts'
import { newSeed, otpauthUrl, readTotpCode, stepOfCode } from './totp-codes.ts'

const enrolmentSeconds = 15 * 60
const mostAttempts = 10

/** What an app is set up with. */
export interface TotpEnrolment {
  readonly enrolmentId: string
  readonly secretBase32: string
  readonly otpauthUrl: string
}

/** For whom an app is set up, and under which names it will stand in the app. */
export interface EnrolmentWishes {
  readonly accountId: string
  readonly issuer: string
  readonly accountName: string
  /** Names the place that goes on with it, such as a sign-in; asked for again there, it is the same. */
  readonly enrolmentId?: string
}

/** Begins to set up an app, or goes on with what was begun at the same place. */
export async function beginTotpEnrolment(
  db: Database,
  seal: Seal,
  wishes: EnrolmentWishes,
  act: Act,
): Promise<TotpEnrolment> {
  const { accountId, enrolmentId = randomId('enr') } = wishes
  const sealed = seal.seal(Buffer.from(newSeed()), seedContext(accountId))
  const fresh = { accountId, seed: sealed, attempts: 0, expiresAt: after(act.now) }
  // The first of two requests at once decides, and both show the same.
  const { seed } = await db
    .insertInto('totpEnrolments')
    .values({ id: enrolmentId, ...fresh })
    .onConflict((conflict) =>
      conflict.column('id').doUpdateSet((row) => {
        const isOver = sql<boolean>`totp_enrolments.expires_at <= ${act.now} or totp_enrolments.attempts >= ${mostAttempts}
          or totp_enrolments.account_id <> ${accountId}`
        const chosen = <T>(column: 'seed' | 'attempts' | 'expiresAt') =>
          sql<T>`case when ${isOver} then ${row.ref(`excluded.${column}`)} else ${row.ref(`totpEnrolments.${column}`)} end`
        return {
          accountId,
          seed: chosen<Buffer>('seed'),
          attempts: chosen<number>('attempts'),
          expiresAt: chosen<Date>('expiresAt'),
        }
      }),
    )
    .returning('seed')
    .executeTakeFirstOrThrow()
  const secretBase32 = seal.open(seed, seedContext(accountId)).toString('utf8')
  return { enrolmentId, secretBase32, otpauthUrl: otpauthUrl({ ...wishes, seed: secretBase32 }) }
}

/** The first code of an app that is being set up. */
export interface FirstCode {
  readonly accountId: string
  readonly enrolmentId: string
  readonly code: string
  /** Refuses where there is a second factor already: for a sign-in that has proven none. */
  readonly onlyIfNone?: boolean
}

/** What came of a first code. */
export type FirstCodeOutcome = 'confirmed' | 'rejected' | 'expired' | 'limited'

/** Takes the first code: from now on the app is the account's, and this code is used up like any other (T26). */
export async function confirmTotpEnrolment(
  db: Database,
  seal: Seal,
  { accountId, enrolmentId, code: typed, onlyIfNone = false }: FirstCode,
  act: Act,
): Promise<FirstCodeOutcome> {
  const code = readTotpCode(typed)
  if (code === undefined) return 'rejected'
  const pending = { accountId, enrolmentId }
  const counted = await countAttempt(db, pending, act)
  if (counted === undefined) return reasonOf(db, pending, act)
  const { seed: sealed, attempts } = counted
  const step = stepOfCode(seal.open(sealed, seedContext(accountId)).toString('utf8'), code, act.now)
  if (step === undefined) return attempts < mostAttempts ? 'rejected' : 'limited'
  return inTransaction(db, async (transaction) => {
    if (!(await mayBindFactor(transaction, { accountId, onlyIfNone }))) return 'expired'
    const { numDeletedRows } = await transaction
      .deleteFrom('totpEnrolments')
      .where('id', '=', enrolmentId)
      .where('accountId', '=', accountId)
      .executeTakeFirstOrThrow()
    if (numDeletedRows === 0n) return 'expired'
    await bind(transaction, { accountId, sealed, step }, act)
    return 'confirmed'
  })
}

function countAttempt(
  db: Database,
  { accountId, enrolmentId }: { accountId: string; enrolmentId: string },
  act: Act,
): Promise<{ readonly seed: Buffer; readonly attempts: number } | undefined> {
  return db
    .updateTable('totpEnrolments')
    .set({ attempts: sql<number>`attempts + 1` })
    .where('id', '=', enrolmentId)
    .where('accountId', '=', accountId)
    .where('expiresAt', '>', act.now)
    .where('attempts', '<', mostAttempts)
    .returning(['seed', 'attempts'])
    .executeTakeFirst()
}

async function reasonOf(
  db: Database,
  { accountId, enrolmentId }: { accountId: string; enrolmentId: string },
  act: Act,
): Promise<'expired' | 'limited'> {
  const row = await db
    .selectFrom('totpEnrolments')
    .select('attempts')
    .where('id', '=', enrolmentId)
    .where('accountId', '=', accountId)
    .where('expiresAt', '>', act.now)
    .executeTakeFirst()
  return row === undefined ? 'expired' : 'limited'
}

async function bind(
  transaction: Database,
  { accountId, sealed, step }: { accountId: string; sealed: Buffer; step: number },
  act: Act,
): Promise<void> {
  const before = await findTotp(transaction, accountId)
  const values = {
    seed: sealed,
    lastStep: step,
    failures: 0,
    disabledAt: null,
    createdAt: act.now,
    lastUsedAt: act.now,
  }
  await transaction
    .insertInto('totpAuthenticators')
    .values({ accountId, ...values })
    .onConflict((conflict) => conflict.column('accountId').doUpdateSet(values))
    .execute()
  const target = { type: 'account', id: accountId } as const
  const details = { replaced: before !== undefined }
  await record(transaction, { type: 'totp.enrolled', target, details }, act)
}

function after(now: Date): Date {
  return new Date(now.getTime() + enrolmentSeconds * 1000)
}
