import type { Account } from '../../domain/accounts/account.ts'
import { authenticate, holdsStill } from '../../domain/accounts/authenticate.ts'
import { isCompromisedPassword } from '../../domain/accounts/compromised.ts'
import { setPassword } from '../../domain/accounts/set-password.ts'
import { distrustDevices } from '../../domain/devices/devices.ts'
import { budgets } from '../../domain/limits/budgets.ts'
import { refund, refundIfBusy, take } from '../../domain/limits/take.ts'
import { endHeldSignIns } from '../../oidc/artifact-end.ts'
import { endOtherSessions } from '../../oidc/session-list.ts'
import { inTransaction } from '../../platform/db/transaction.ts'
import { readDeviceToken } from '../device-cookie.ts'
import { passwordPage } from '../../../views/account/password-page.ts'
import type { PasswordPageProblem } from '../../../views/account/password-page.ts'
import { formOf, frameOf, goTo, show } from './door.ts'
import type { Visit } from './door.ts'

/** Shows the form for another password. */
export function showPassword(visit: Visit): void {
  render(visit, {})
}

/** Changes the password: the present one is asked for once more (ASVS 6.2.3), and the other sessions may end (7.4.3). */
export async function changePassword(visit: Visit): Promise<void> {
  const { door, account, session, act, ctx } = visit
  const { fields } = await formOf(visit)
  if (!(await door.own.requireFresh(ctx))) return
  const bucket = { budget: budgets.account_password, key: account.id }
  const taken = await take(door.db, bucket)
  if (!taken.allowed) return render(visit, { problem: 'too_many', ...taken, status: 429 })
  const proven = await refundIfBusy(door.db, bucket, () => authenticated(visit, fields['current'] ?? ''))
  if (proven === undefined) return render(visit, { problem: 'wrong', status: 400 })
  await refund(door.db, bucket)
  const password = fields['password'] ?? ''
  const problem =
    (await door.judgeNewPassword(password, {
      email: account.email,
      username: account.username,
      name: account.claims.name,
      contextWords: door.contextWords(),
      minimumLength: door.minimumPasswordLength(),
    })) ?? ((await isCompromisedPassword(door, { id: account.id, password })) ? 'is_leaked' : undefined)
  if (problem !== undefined) return render(visit, { problem, status: 400 })
  const passwordHash = await door.hasher.hash(password)
  const endsOthers = fields['others'] === 'yes'
  const ended = await inTransaction(door.db, async (trx) => {
    // Given up or changed while this one was judged: whoever knew the one before does not set the next.
    if (!(await holdsStill(trx, proven))) return undefined
    await setPassword(trx, { id: account.id, passwordHash }, act)
    // Whoever proved the old password and did not go on yet, does so no more.
    await endHeldSignIns(trx, account.id)
    if (!endsOthers) return []
    await distrustDevices(trx, { accountId: account.id, exceptToken: readDeviceToken(ctx) })
    return endOtherSessions(trx, { accountId: account.id, except: session.sid }, act)
  })
  if (ended === undefined) return render(visit, { problem: 'wrong', status: 400 })
  for (const id of ended) door.announce({ kind: 'session', id })
  return goTo(visit, '/account/security', endsOthers ? 'password_everywhere' : 'password')
}

async function authenticated({ door, account, act }: Visit, password: string): Promise<Account | undefined> {
  if (!account.hasPassword) return account
  // This browser is signed in, so what strangers guessed elsewhere does not count against it.
  const attempt = { login: account.email, password, fromKnownDevice: true }
  const authentication = await authenticate(door, attempt, act)
  return authentication.outcome === 'authenticated' ? authentication.account : undefined
}

interface Again {
  readonly problem?: PasswordPageProblem
  readonly retryAfterSeconds?: number
  readonly status?: number
}

function render(visit: Visit, { problem, retryAfterSeconds, status = 200 }: Again): void {
  const { door, account } = visit
  if (retryAfterSeconds !== undefined) visit.ctx.set('Retry-After', String(retryAfterSeconds))
  const props = {
    hasPassword: account.hasPassword,
    minimumLength: door.minimumPasswordLength(),
    problem,
    retryAfterSeconds,
  }
  show(visit, passwordPage(frameOf(visit), props), status)
}
