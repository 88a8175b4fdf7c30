/**
 * The long form of the suite, `npm run test:long`. It states nothing that `npm test` does not: it counts the same over more
 * crashes, rounds and rows, and measures what only an idle machine can promise.
 */
import { inject } from 'vitest'

declare module 'vitest' {
  interface ProvidedContext {
    readonly isLong: boolean
  }
}

/** True in the long form. */
export const isLong = inject('isLong')

/** How often something is done, or how much there is of it: in every run, and in the long one. */
export function times(usual: number, long: number): number {
  return isLong ? long : usual
}
