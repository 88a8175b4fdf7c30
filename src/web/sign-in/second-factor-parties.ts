/** Who stands before the second factor, and how they can get further: looked at anew with every request. */
import type { Account } from '../../domain/accounts/account.ts'
import type { Directory } from '../../domain/credentials/directory.ts'
import { levelOf, reaches } from '../../domain/second-factors/levels.ts'
import type { AuthenticationLevel } from '../../domain/second-factors/levels.ts'
import { wayToMore } from '../../domain/second-factors/required.ts'
import type { EnrolledFactors, SecondFactorPolicy } from '../../domain/second-factors/required.ts'
import { enrolledFactors } from '../../domain/second-factors/second-factors.ts'
import type { Seal } from '../../platform/crypto/seal.ts'
import type { Database } from '../../platform/db/open.ts'
import { Refusal } from '../../platform/errors.ts'
import type { Pages } from '../pages.ts'
import type { Passkeys } from '../passkeys.ts'
import type { Interaction } from './interaction.ts'

/** What the steps of the second factor need. */
export interface SecondFactorStep {
  readonly db: Database
  readonly seal: Seal
  readonly pages: Pages
  readonly directory: Directory
  readonly passkeys: Passkeys | undefined
  readonly secondFactorPolicy: () => SecondFactorPolicy
}

/** Who, with what, and how far. */
export interface Standing {
  readonly account: Account
  readonly enrolled: EnrolledFactors
  readonly way: 'prove' | 'enrol'
  /** Whether two factors were proven already, and only a passkey is asked for. */
  readonly onlyPasskey: boolean
  readonly demanded: AuthenticationLevel | undefined
}

/** What the page of an interaction may offer now: not what it might have offered when it began. */
export async function standingOf(step: SecondFactorStep, interaction: Interaction): Promise<Standing> {
  const { session, prompt } = interaction
  const account = session === undefined ? undefined : await step.directory.account(session.accountId)
  if (account === undefined) {
    throw new Refusal('invalid_request', 'This sign-in cannot go on. Go back to the app and start again.')
  }
  const acr = levelOf(session?.acr)
  const enrolled = await enrolledFactors(step.db, account.id)
  return {
    account,
    enrolled,
    way: wayToMore(acr, enrolled),
    onlyPasskey: reaches(acr, 'aal2'),
    demanded: levelOf(prompt.details['demanded']),
  }
}
