import { z } from 'zod'
import { amrOfPasskey } from '../../domain/second-factors/passkeys.ts'
import { readForm } from '../../platform/http/form.ts'
import type { Visit } from './consent.ts'
import type { Interaction } from './interaction.ts'
import { showLogin, showLoginAgain } from './login.ts'
import type { LoginStep } from './login.ts'
import { finishSignIn } from './signed-in.ts'

const form = z.object({ credential: z.string() })

/**
 * Takes the answer of a passkey that is used alone. It is two factors in one (NIST SP 800-63B-4 §3.1.7): the key, and the PIN
 * or finger that its device asked for.
 */
export async function submitPasskey(step: LoginStep, visit: Visit, interaction: Interaction): Promise<void> {
  const { ctx, act } = visit
  const input = form.safeParse(await readForm(ctx))
  if (step.passkeys === undefined || !input.success) return showLogin(step, visit, interaction)
  const presented = await step.passkeys.signIn({ place: interaction.uid, ...input.data }, act)
  switch (presented.outcome) {
    case 'accepted': {
      const { passkey } = presented
      const amr = [...amrOfPasskey(passkey), 'mfa']
      await finishSignIn(step.db, visit, interaction, { accountId: passkey.accountId, amr, acr: 'phr' })
      return
    }
    case 'rejected':
      return showLoginAgain(step, visit, interaction, { problem: 'passkey_refused', status: 401 })
    case 'expired':
      return showLoginAgain(step, visit, interaction, { problem: 'passkey_expired', status: 400 })
    case 'limited': {
      const { retryAfterSeconds } = presented
      return showLoginAgain(step, visit, interaction, {
        problem: 'too_many_attempts',
        status: 429,
        retryAfterSeconds,
      })
    }
  }
}
