/**
 * Which page comes next. The only dispatcher of the sign-in flow: pages never route to one another, they answer and come
 * back here, and the checks below decide again from what is known then.
 */
import { decodeJwt } from 'jose'
import { errors, interactionPolicy } from 'oidc-provider'
import type { KoaContextWithOIDC } from 'oidc-provider'
import { askForDevices } from './device-prompt.ts'
import { askForAnonymousApps } from './native-apps.ts'
import { newPasswordPrompt } from './new-password.ts'
import { secondFactorPrompt, tooOldToEnrol } from './second-factor.ts'
import type { SecondFactorQuestions } from './second-factor.ts'
import { selectAccountPrompt } from './select-account.ts'

const { Check, base } = interactionPolicy

/** The outcome of a page on which a person said that they are somebody else. */
export const otherAccount = 'other_account'

/** The library's policy, with our own reasons to ask for a sign-in. */
export function createPromptPolicy(questions: SecondFactorQuestions): interactionPolicy.DefaultPolicy {
  const policy = base()
  policy.add(selectAccountPrompt(), 0)
  askForAnonymousApps(policy)
  askForDevices(policy)
  const login = policy.get('login')
  if (login === undefined) throw new Error('the library has no login prompt')
  login.checks.add(
    // A disabled or deleted account has no account object; nothing after this check may be reached with it.
    new Check('account_unavailable', 'End-User authentication is required', 'login_required', ({ oidc }) => {
      return oidc.session?.accountId !== undefined && oidc.account === undefined
    }),
  )
  login.checks.add(tooOldToEnrol(questions))
  login.checks.add(
    new Check('other_account', 'End-User authentication is required', 'login_required', ({ oidc }) => {
      return oidc.result?.[otherAccount] === true && oidc.result.login === undefined
    }),
  )
  const hint = login.checks.get('id_token_hint')
  if (hint === undefined) throw new Error('the library has no check id_token_hint')
  hint.check = isHintOfSomebodyElse
  for (const [reason, Failure] of demands) endInsteadOfAskingAgain(login, reason, Failure)
  // What `acr` is demanded is no reason to ask for the password again: the second factor's prompt knows what to ask for.
  for (const reason of ['essential_acrs', 'essential_acr']) login.checks.remove(reason)
  policy.add(secondFactorPrompt(questions), policy.indexOf(login) + 1)
  policy.add(newPasswordPrompt(questions.directory), policy.indexOf(login) + 2)
  return policy
}

/** The library looks at the hint only before the sign-in, and forgets it until after; it was verified when the request came. */
function isHintOfSomebodyElse({ oidc }: KoaContextWithOIDC): boolean {
  const hint = oidc.params?.['id_token_hint']
  return typeof hint === 'string' && decodeJwt(hint).sub !== oidc.session?.accountId
}

/** What a request may demand of the sign-in beyond that there is one, and the error for a sign-in that does not have it. */
const demands = [
  ['id_token_hint', errors.LoginRequired],
  ['claims_id_token_sub_value', errors.LoginRequired],
] as const

/**
 * Asking again would go on for ever when the sign-in that was made just now is not what was demanded: OpenID Connect Core
 * §3.1.2.1 (`id_token_hint`) wants an error then.
 */
function endInsteadOfAskingAgain(
  login: interactionPolicy.Prompt,
  reason: string,
  Failure: (typeof demands)[number][1],
): void {
  const demand = login.checks.get(reason)
  if (demand === undefined) throw new Error(`the library has no check ${reason}`)
  const { check, description } = demand
  demand.check = async (ctx) => {
    const isUnmet = await check(ctx)
    if (isUnmet && ctx.oidc.result?.login !== undefined) throw new Failure(description)
    return isUnmet
  }
}
