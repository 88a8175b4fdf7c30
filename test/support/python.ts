/** Programs in Python, for the snippets that are written in it: with the Python and the packages that this machine has. */
import { spawn, spawnSync } from 'node:child_process'
import type { ChildProcess } from 'node:child_process'

const program = 'python3'

/** Why programs with these packages cannot run on this machine; undefined when they can. */
export function missingModules(...modules: readonly string[]): string | undefined {
  const { status } = spawnSync(program, ['-c', `import ${modules.join(', ')}`], { stdio: 'ignore' })
  return status === 0 ? undefined : `${program} with ${modules.join(', ')} is not installed`
}

/** The name of a test that needs them: says that it is skipped, and why. */
export function inPython(name: string, ...modules: readonly string[]): string {
  const missing = missingModules(...modules)
  return missing === undefined ? name : `${name} (SKIPPED: ${missing})`
}

/** Starts a program. */
export function startPython(args: readonly string[], env: Readonly<Record<string, string>>): ChildProcess {
  return spawn(program, args, { env: { PATH: process.env['PATH'], ...env } })
}
