/** The real program, called as an operator calls it. */
import { spawn } from 'node:child_process'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { z } from 'zod'

/** What a call came to. */
export interface Outcome {
  readonly exitCode: number | null
  readonly stdout: string
  readonly stderr: string
}

/** What a call is given besides its arguments. */
export interface Call {
  readonly input?: string | Buffer
  readonly env?: Readonly<Record<string, string>>
}

/** The program at one database. */
export interface Program {
  readonly run: (args: readonly string[], call?: Call) => Promise<Outcome>
  /** Expects success, and reads the one JSON document. */
  readonly json: (args: readonly string[], call?: Call) => Promise<Json>
  /** Expects a refusal with `--json`, and reads its code and the exit code. */
  readonly refusal: (
    args: readonly string[],
    call?: Call,
  ) => Promise<{ code: string; message: string; exitCode: number | null }>
}

/** A JSON object whose members the test looks at. */
export type Json = Record<string, unknown>

const object = z.record(z.string(), z.unknown())
const refusal = z.strictObject({ error: z.strictObject({ code: z.string(), message: z.string() }) })
const main = join(import.meta.dirname, '../../src/cli/main.ts')

/** Calls the program for this database. */
export function openProgram(databaseUrl: string): Program {
  const run: Program['run'] = (args, call = {}) => start(databaseUrl, args, call)
  return {
    run,
    json: async (args, call) => {
      const { exitCode, stdout, stderr } = await run([...args, '--json'], call)
      if (exitCode !== 0) throw new Error(`${args.join(' ')} exited with ${exitCode}: ${stdout}${stderr}`)
      return object.parse(JSON.parse(stdout))
    },
    refusal: async (args, call) => {
      const { exitCode, stdout } = await run([...args, '--json'], call)
      return { ...refusal.parse(JSON.parse(stdout)).error, exitCode }
    },
  }
}

/** The member of that name, which is text. */
export function textOf(json: Json, member: string): string {
  return z.string().parse(json[member])
}

/** The items of a list. */
export function itemsOf(json: Json): Json[] {
  return z.array(object).parse(json['items'])
}

async function start(databaseUrl: string, args: readonly string[], { input, env }: Call): Promise<Outcome> {
  const child = spawn(process.execPath, [main, ...args], {
    env: {
      PATH: process.env['PATH'] ?? '',
      NODE_COMPILE_CACHE: join(tmpdir(), 'latchkey-test-compile-cache'),
      DATABASE_URL: databaseUrl,
      DATA_DIR: '/nowhere/at/all',
      ARGON2_MEMORY_KIBIBYTES: '1024',
      ...env,
    },
  })
  child.stdin.on('error', () => {})
  child.stdin.end(input ?? '')
  const ended = new Promise<number | null>((resolve, reject) => {
    child.on('error', reject).on('close', resolve)
  })
  const [stdout, stderr, exitCode] = await Promise.all([text(child.stdout), text(child.stderr), ended])
  return { exitCode, stdout, stderr }
}
