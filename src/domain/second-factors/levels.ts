/**
 * How strongly somebody proved who they are, as the Authentication Context Class says it (OpenID Connect Core §2, `acr`):
 * `aal1` with one factor, `aal2` with two or with a passkey that verified its user, `phr` when what was proven cannot be
 * phished. Each includes those before it.
 */
export const authenticationLevels = ['aal1', 'aal2', 'phr'] as const

/** One of the levels. */
export type AuthenticationLevel = (typeof authenticationLevels)[number]

/** The level of that name, or undefined for a name that is not one of ours. */
export function levelOf(name: unknown): AuthenticationLevel | undefined {
  return authenticationLevels.find((level) => level === name)
}

/** Whether what was reached is at least what is wanted; nothing reached is no level at all. */
export function reaches(reached: AuthenticationLevel | undefined, wanted: AuthenticationLevel): boolean {
  return reached !== undefined && rankOf(reached) >= rankOf(wanted)
}

/** The stronger of two; undefined asks for nothing. */
export function strongerOf(
  left: AuthenticationLevel | undefined,
  right: AuthenticationLevel | undefined,
): AuthenticationLevel | undefined {
  if (left === undefined || right === undefined) return left ?? right
  return reaches(left, right) ? left : right
}

/** The weakest of some levels; undefined for none. */
export function weakestOf(levels: readonly AuthenticationLevel[]): AuthenticationLevel | undefined {
  return authenticationLevels.find((level) => levels.includes(level))
}

function rankOf(level: AuthenticationLevel): number {
  return authenticationLevels.indexOf(level)
}
