/** Second factors that somebody lost: one of them or all are taken away. */
import { z } from 'zod'
import { requireFactor } from '../../domain/second-factors/remove-factor.ts'
import { enrolledFactors } from '../../domain/second-factors/second-factors.ts'
import { takeAllFactors, takeFactor } from '../../oidc/taken-factors.ts'
import { lineOfText } from '../../platform/text.ts'
import { confirmFactorContent, confirmFactorsContent } from '../../../views/admin/account-factor-pages.ts'
import { requireChangeableAccount } from './account-of-page.ts'
import { confirmation } from './confirmation.ts'
import { fieldsOf } from './route.ts'
import type { ConsoleRoute, Visit } from './route.ts'

const current = '/admin/accounts'
const allPath = '/accounts/:id/remove-factors'
const onePath = '/accounts/:id/factors/:factor/remove'

const takingAll = confirmation.extend({
  reason: lineOfText(200, { empty: true })
    .default('')
    .transform((reason) => reason || undefined),
})
const takingOne = takingAll.extend({ ends_sessions: z.literal('yes').optional() })

async function askAll(visit: Visit): Promise<void> {
  const { db, frame, show } = visit
  const account = await requireChangeableAccount(visit)
  const factors = await enrolledFactors(db, account.id)
  const content = confirmFactorsContent(frame, { account, factors })
  show({ title: frame.messages.consoleFactors.removeAll, current, content })
}

async function removeAll(visit: Visit): Promise<void> {
  const { db, act, announce, leadTo } = visit
  const { id } = await requireChangeableAccount(visit)
  const input = fieldsOf(visit, takingAll)
  if (input === undefined) return leadTo(`${current}/${id}/remove-factors`)
  await takeAllFactors(db, { accountId: id, reason: input.reason }, act)
  announce({ kind: 'account', id })
  leadTo(`${current}/${id}`, 'saved')
}

async function askOne(visit: Visit): Promise<void> {
  const { db, frame, params, rooms, show } = visit
  const account = await requireChangeableAccount(visit)
  const name = params['factor'] ?? ''
  const factor = await requireFactor(db, { accountId: account.id, factor: name })
  const isTold = rooms.mailIsSent && account.emailVerifiedAt !== undefined
  const content = confirmFactorContent(frame, { account, name, factor, isTold })
  show({ title: frame.messages.consoleFactors.removeOne, current, content })
}

async function removeOne(visit: Visit): Promise<void> {
  const { db, act, params, announce, leadTo } = visit
  const account = await requireChangeableAccount(visit)
  const of = { accountId: account.id, factor: params['factor'] ?? '' }
  await requireFactor(db, of)
  const input = fieldsOf(visit, takingOne)
  if (input === undefined) return leadTo(`${current}/${account.id}/factors/${of.factor}/remove`)
  const { reason, ends_sessions: ends } = input
  // Whoever was faster took the same one: what was wanted is so.
  await takeFactor(db, { ...of, reason, keepsSessions: ends === undefined }, act)
  announce({ kind: 'account', id: account.id })
  leadTo(`${current}/${account.id}`, 'saved')
}

const common = { needs: 'accounts:write', fresh: true } as const

/** The pages about second factors of accounts. */
export const accountFactorPages: readonly ConsoleRoute[] = [
  { method: 'GET', path: allPath, ...common, handle: askAll },
  { method: 'POST', path: allPath, ...common, handle: removeAll },
  { method: 'GET', path: onePath, ...common, handle: askOne },
  { method: 'POST', path: onePath, ...common, handle: removeOne },
]
