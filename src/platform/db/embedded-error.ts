/** Why the embedded database did not start. */
export type EmbeddedProblem =
  | 'unwritable_folder'
  | 'in_use'
  | 'data_missing'
  | 'other_version'
  | 'unsupported_platform'
  | 'no_user'
  | 'failed'

/** The embedded database cannot run. The message is one sentence for the person who started the server. */
export class EmbeddedDatabaseError extends Error {
  readonly problem: EmbeddedProblem

  constructor(problem: EmbeddedProblem, message: string, cause?: unknown) {
    super(message, cause === undefined ? {} : { cause })
    this.name = 'EmbeddedDatabaseError'
    this.problem = problem
  }
}

/** What a program said last before it failed, or the error itself. */
export function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error)
  const told = 'stderr' in error && typeof error.stderr === 'string' ? error.stderr : error.message
  return told.trim().split('\n').at(-1) ?? error.message
}
