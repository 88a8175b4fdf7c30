import { interactionPolicy } from 'oidc-provider'
import type { Directory } from '../domain/credentials/directory.ts'

/** The name of the prompt, and of the member of an interaction's result that says that it was answered. */
export const newPassword = 'new_password'

/**
 * ASVS 6.4.6: whoever signs in with a password that somebody else chose, chooses another. It comes after everything that has
 * to be proven, so that the password alone changes nothing where a second factor is due, and before anything is given.
 */
export function newPasswordPrompt({ account }: Pick<Directory, 'account'>): interactionPolicy.Prompt {
  const { Check, Prompt } = interactionPolicy
  return new Prompt(
    { name: newPassword },
    new Check('password_is_temporary', 'another password is required', 'login_required', async ({ oidc }) => {
      const id = oidc.session?.accountId
      // Just chosen, and perhaps not heard of here.
      if (id === undefined || oidc.result?.[newPassword] !== undefined) return false
      return (await account(id))?.passwordTemporary === true
    }),
  )
}
