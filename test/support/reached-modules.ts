import { readFileSync } from 'node:fs'
import { dirname, join, relative } from 'node:path'

const root = join(import.meta.dirname, '../..')

/** A module of the project. */
export interface ReachedModule {
  /** From the root of the project. */
  readonly path: string
  /** Its source without comments. */
  readonly code: string
}

/** These modules and every one they can run, however far away: what is imported for its types alone says nothing to anybody. */
export function modulesReachedFrom(paths: readonly string[]): readonly ReachedModule[] {
  const found = new Map<string, string>()
  const follow = (path: string): void => {
    if (found.has(path)) return
    const source = readFileSync(path, 'utf8')
    found.set(path, source.replaceAll(/^ *(?:\/\/|\*|\/\*).*$/gm, ''))
    for (const [, specifier = ''] of source.matchAll(
      /^(?:import|export) (?!type )[^']*?from '(\.[^']+)'/gm,
    )) {
      follow(join(dirname(path), specifier))
    }
  }
  for (const path of paths) follow(join(root, path))
  return [...found].map(([path, code]) => ({ path: relative(root, path), code }))
}
