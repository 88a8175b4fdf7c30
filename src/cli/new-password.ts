import { contextWordsOf } from '../composition/context-words.ts'
import type { Config, EffectiveConfig } from '../config.ts'
import { isCompromisedPassword } from '../domain/accounts/compromised.ts'
import { checkNewPassword, createPasswordHasher } from '../domain/accounts/password.ts'
import type { PasswordHasher, PasswordProblem } from '../domain/accounts/password.ts'
import type { Database } from '../platform/db/open.ts'
import { Refusal } from '../platform/errors.ts'
import { flag } from './option.ts'

const sentences: Record<PasswordProblem, string> = {
  too_short: 'The password must have at least 15 characters.',
  too_long: 'The password must have at most 200 characters.',
  contains_control: 'The password has control characters.',
  is_your_name_or_address: 'The password is the name or address of the account with nothing else of its own.',
  is_a_context_word: 'The password is the name of this installation with nothing else of its own.',
  is_common: 'The password is on lists of passwords that are tried first.',
  is_predictable: 'The password is a row of keys, or the same thing again and again.',
}

/** Says that whoever types the password is the one who will use it. */
export const myOwn = flag('The account is your own: the password need not be replaced at the next sign-in.')

/** Judges a new password and hashes it as the server would. */
export async function hashNewPassword(
  config: EffectiveConfig,
  password: string,
  { email, username }: { readonly email: string; readonly username?: string | undefined },
): Promise<string> {
  const contextWords = contextWordsOf(config)
  const problem = checkNewPassword(password, { email, username, contextWords })
  if (problem !== undefined) throw new Refusal('weak_password', sentences[problem])
  return hasherOf(config).hash(password)
}

/** Refuses the very password of an account that was given up because others know it. */
export async function refuseCompromised(
  db: Database,
  config: Config,
  chosen: { readonly id: string; readonly password: string },
): Promise<void> {
  if (!(await isCompromisedPassword({ db, hasher: hasherOf(config) }, chosen))) return
  throw new Refusal('weak_password', 'The password is known to others: it was given up before.')
}

function hasherOf(config: Config): PasswordHasher {
  return createPasswordHasher({
    ...config.argon2,
    maxConcurrent: config.passwordHashesAtOnce,
    maxWaiting: config.passwordHashesWaiting,
  })
}
