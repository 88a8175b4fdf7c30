import { Refusal } from '../../platform/errors.ts'
import type { AdministrationRooms } from '../administration-rooms.ts'

/** The hash of a password that somebody else chose for a person, if it is one that a person could choose. */
export async function hashOfNew(
  {
    hasher,
    judgeNewPassword,
    contextWords,
  }: Pick<AdministrationRooms, 'hasher' | 'judgeNewPassword' | 'contextWords'>,
  password: string,
  { email, username }: { readonly email: string; readonly username?: string | undefined },
): Promise<string> {
  const problem = await judgeNewPassword(password, { email, username, contextWords: contextWords() })
  if (problem !== undefined) {
    throw new Refusal('weak_password', `The password cannot be used: ${problem.replaceAll('_', ' ')}.`)
  }
  return hasher.hash(password)
}
