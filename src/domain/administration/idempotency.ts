/**
 * Requests that are answered once: a creation that names a key is done once, and whoever repeats it is given the same
 * answer. The note of it and what it made commit together, and a second request waits for the first.
 */
import { z } from 'zod'
import { sha256 } from '../../platform/crypto/digest.ts'
import type { Seal } from '../../platform/crypto/seal.ts'
import type { Database } from '../../platform/db/open.ts'
import { inTransaction } from '../../platform/db/transaction.ts'
import { Refusal } from '../../platform/errors.ts'
import type { Act } from '../audit/act.ts'

/** Whose key, and what it was sent with. */
export interface IdempotentRequest {
  readonly caller: string
  readonly key: string
  /** Everything that makes two requests the same. */
  readonly request: string
}

/** An answer that can be given again. */
export interface KeptAnswer {
  readonly status: number
  readonly headers: Readonly<Record<string, string>>
  readonly body: string
}

const keptSeconds = 86_400
const keptAnswer = z.strictObject({
  status: z.int(),
  headers: z.record(z.string(), z.string()),
  body: z.string(),
})

/** Does the work and keeps its answer sealed for a day, or gives the answer that was kept. A refusal keeps nothing. */
export function answerOnce(
  { db, seal }: { readonly db: Database; readonly seal: Seal },
  { caller, key, request }: IdempotentRequest,
  act: Act,
  work: (trx: Database) => Promise<KeptAnswer>,
): Promise<{ readonly answer: KeptAnswer; readonly isRepeated: boolean }> {
  // JSON keeps the two apart, whatever characters they have.
  const keyHash = sha256(JSON.stringify([caller, key]))
  const requestHash = sha256(request)
  const context = `idempotent ${keyHash.toString('hex')}`
  return inTransaction(db, async (trx) => {
    if (!(await claim(trx, { keyHash, requestHash }, act.now))) {
      const kept = await trx
        .selectFrom('idempotentRequests')
        .select(['requestHash', 'sealedAnswer'])
        .where('keyHash', '=', keyHash)
        .executeTakeFirstOrThrow()
      if (!kept.requestHash.equals(requestHash) || kept.sealedAnswer === null) throw otherRequest()
      const opened: unknown = JSON.parse(seal.open(kept.sealedAnswer, context).toString('utf8'))
      return { answer: keptAnswer.parse(opened), isRepeated: true }
    }
    const answer = await work(trx)
    // Sealed, because it may hold a secret that is shown this once.
    const sealedAnswer = seal.seal(Buffer.from(JSON.stringify(answer)), context)
    await trx
      .updateTable('idempotentRequests')
      .set({ status: answer.status, sealedAnswer })
      .where('keyHash', '=', keyHash)
      .execute()
    return { answer, isRepeated: false }
  })
}

/** True for the one who does it. Waits while another transaction holds the same key; one that is over is taken over. */
async function claim(
  trx: Database,
  { keyHash, requestHash }: { readonly keyHash: Buffer; readonly requestHash: Buffer },
  now: Date,
): Promise<boolean> {
  const fresh = {
    requestHash,
    status: null,
    sealedAnswer: null,
    createdAt: now,
    expiresAt: new Date(now.getTime() + keptSeconds * 1000),
  }
  const claimed = await trx
    .insertInto('idempotentRequests')
    .values({ keyHash, ...fresh })
    .onConflict((conflict) =>
      conflict.column('keyHash').doUpdateSet(fresh).where('idempotentRequests.expiresAt', '<=', now),
    )
    .returning('keyHash')
    .executeTakeFirst()
  return claimed !== undefined
}

function otherRequest(): Refusal {
  return new Refusal('idempotency_conflict', 'This idempotency key was used for another request.')
}
