import type { Act } from '../domain/audit/act.ts'
import { budgets } from '../domain/limits/budgets.ts'
import { take } from '../domain/limits/take.ts'
import type { Database } from '../platform/db/open.ts'
import { Refusal } from '../platform/errors.ts'
import { addressBucket } from '../platform/http/client-address.ts'

/**
 * Whether a mail that a person asks for is sent. `quiet`: there were enough to that recipient; the page says what it always
 * says, because otherwise it would tell who has been asked about.
 */
export type MailAdmission = 'send' | 'quiet' | { readonly retryAfterSeconds: number }

/** Counts a request for a mail, by where it comes from and by whom it is for. `recipient` is the same for all spellings. */
export async function admitMail(db: Database, recipient: string, act: Act): Promise<MailAdmission> {
  const address = addressBucket(act.address ?? 'unknown')
  const from = await take(db, { budget: budgets.mail_request_address, key: address })
  if (!from.allowed) return { retryAfterSeconds: from.retryAfterSeconds }
  const to = await take(db, { budget: budgets.mail_request_recipient, key: recipient })
  return to.allowed ? 'send' : 'quiet'
}

/** Refuses the use of mailed links from an address that used very many. */
export async function admitLinkUse(db: Database, act: Act): Promise<void> {
  const key = addressBucket(act.address ?? 'unknown')
  const taken = await take(db, { budget: budgets.mailed_link_address, key })
  if (taken.allowed) return
  const { retryAfterSeconds } = taken
  throw new Refusal('rate_limited', 'Too many links were used from this address.', { retryAfterSeconds })
}
