/** A sentence as it is said, and the one that stands for it; what was put into the first is taken over, in order. */
export type Translation = readonly [said: RegExp | string, stands: string]

/** The sentence that stands for one; undefined where there is none. */
export function translated(translations: readonly Translation[], said: string): string | undefined {
  for (const [pattern, text] of translations) {
    if (typeof pattern === 'string' && pattern === said) return text
    const found = typeof pattern === 'string' ? null : pattern.exec(said)
    if (found !== null) return text.replaceAll(/\{(\d)\}/g, (_, index) => found[Number(index) + 1] ?? '')
  }
  return undefined
}
