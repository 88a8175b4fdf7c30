/** What the doctor says of one thing it looked at. */
export interface Finding {
  /** Stable, for programs that watch for one. */
  readonly code: string
  /** `problem`: mend it before people depend on this server. `advice`: it could be safer. `ok`: as it should be. */
  readonly level: 'ok' | 'advice' | 'problem'
  readonly sentence: string
  /** What to do about it; nothing for what is as it should be. */
  readonly mend?: string
  /** Where it is demanded. */
  readonly source?: string
  /** What the sentence names, alone: for whoever says it in another language. */
  readonly about?: string
}

/** A question with its answer: the sentence for when it holds, and what to say and do when it does not. */
export interface Check {
  readonly code: string
  readonly holds: boolean
  /** How bad it is when it does not hold. */
  readonly otherwise: 'advice' | 'problem'
  readonly good: string
  readonly bad: string
  readonly mend: string
  readonly source?: string
  readonly about?: string
}

/** The finding of a check. */
export function findingOf({ code, holds, otherwise, good, bad, mend, source, about }: Check): Finding {
  const said = { ...(source !== undefined && { source }), ...(about !== undefined && { about }) }
  return holds
    ? { code, level: 'ok', sentence: good, ...said }
    : { code, level: otherwise, sentence: bad, mend, ...said }
}

const mostNames = 5

/** What is counted for a finding is counted up to here. */
export const mostCounted = 100

/** A number that was counted up to the bound. */
export function counted(number: number): string {
  return number < mostCounted ? String(number) : `${mostCounted}+`
}

/** The first of many names. */
export function enumerated(names: readonly string[]): string {
  const rest = names.length - mostNames
  return `${names.slice(0, mostNames).join(', ')}${rest > 0 ? ` and ${rest} more` : ''}`
}
