import { Refusal } from '../../platform/errors.ts'

/** The last owner stays one: that is told on the page, and everything else is a failure. */
export function falseForLastOwner(error: unknown): false {
  if (error instanceof Refusal && error.code === 'conflict') return false
  throw error
}
