import { checkNewPassword } from '../../domain/accounts/password.ts'
import { Refusal } from '../../platform/errors.ts'
import type { ApiRooms } from './rooms.ts'

/** The hash of a password that somebody else chose for a person, if it is one that a person could choose. */
export async function hashOfNew(
  { hasher, contextWords }: Pick<ApiRooms, 'hasher' | 'contextWords'>,
  password: string,
  { email, username }: { readonly email: string; readonly username?: string | undefined },
): Promise<string> {
  const problem = checkNewPassword(password, { email, username, contextWords })
  if (problem !== undefined) {
    throw new Refusal('weak_password', `The password cannot be used: ${problem.replaceAll('_', ' ')}.`)
  }
  return hasher.hash(password)
}
