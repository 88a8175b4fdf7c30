import { sha1Hex } from '../../platform/crypto/digest.ts'
import type { Outbound } from '../../platform/outbound/outbound.ts'
import { checkNewPassword } from './password.ts'
import type { PasswordContext, PasswordProblem } from './password.ts'

/** Why a new password is not accepted, once a service of leaked passwords has been asked too. */
export type NewPasswordProblem = PasswordProblem | 'is_leaked'

/** Judges a new password. */
export type JudgeNewPassword = (
  password: string,
  context: PasswordContext,
) => Promise<NewPasswordProblem | undefined>

/** A service that is asked by the first five digits of a digest, and answers with all that begin so. */
export interface PasswordRangeService {
  readonly url: string
  readonly fetch: Outbound['fetch']
  /** Told when it could not be asked. */
  readonly onUnavailable: (error: unknown) => void
}

/**
 * Judges new passwords by our own rules and then, if there is one, by a service of leaked passwords. A service that cannot
 * be asked changes nothing: it adds to the list we have, and nobody is to be kept from a password because it is down.
 */
export function createPasswordJudge(service: PasswordRangeService | undefined): JudgeNewPassword {
  return async (password, context) => {
    const problem = checkNewPassword(password, context)
    if (problem !== undefined || service === undefined) return problem
    const isLeaked = await askFor(service, password).catch((error: unknown) => {
      service.onUnavailable(error)
      return false
    })
    return isLeaked ? 'is_leaked' : undefined
  }
}

/** One among some hundred thousand digests begins so: the service learns neither the password nor its digest. */
async function askFor({ url, fetch }: PasswordRangeService, password: string): Promise<boolean> {
  const digest = sha1Hex(password.normalize('NFC')).toUpperCase()
  // Padding hides from whoever watches the line how many there were, and so which five digits.
  const headers = { 'add-padding': 'true', accept: 'text/plain' }
  const response = await fetch(`${url}${digest.slice(0, 5)}`, { headers })
  if (response.status !== 200) throw new Error(`the service of leaked passwords answered ${response.status}`)
  const rest = digest.slice(5)
  // A count of 0 is padding.
  return (await response.text()).split('\n').some((line) => {
    const [suffix = '', count = ''] = line.trim().split(':')
    return suffix.toUpperCase() === rest && Number(count) > 0
  })
}
