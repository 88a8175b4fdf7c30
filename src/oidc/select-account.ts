import { interactionPolicy } from 'oidc-provider'

/**
 * OpenID Connect Core §3.1.2.1, `prompt=select_account`: the library leaves it to us. The page is shown when the app asks for
 * it, and once; an answer that names nobody else lets the request go on as it is.
 */
export function selectAccountPrompt(): interactionPolicy.Prompt {
  return new interactionPolicy.Prompt({ name: selectAccount, requestable: true })
}

/** The name of the prompt, and of the member of an interaction's result that says that it was answered. */
export const selectAccount = 'select_account'
