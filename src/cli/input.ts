/** What the command line reads besides its arguments: files, standard input, and a yes. */
import { open } from 'node:fs/promises'
import { createInterface } from 'node:readline/promises'
import { Writable } from 'node:stream'
import { Refusal } from '../platform/errors.ts'
import { CliError } from './failures.ts'
import { printable } from './output.ts'

const longestInputBytes = 1024 * 1024

/** A text file, or standard input for `-`. */
export async function readTextFile(path: string): Promise<string> {
  if (path !== '-') return decode(await readFileBounded(path), path)
  return decode(await readStandardInput(), 'Standard input')
}

/** A JSON file, whatever it holds. */
export async function readJsonFile(path: string): Promise<unknown> {
  const content = await readFileBounded(path)
  try {
    return JSON.parse(decode(content, path))
  } catch (error) {
    if (error instanceof CliError) throw error
    throw new CliError('input_unreadable', `${path} is not JSON.`)
  }
}

/**
 * A password or another secret on standard input, without the line end that `echo` adds. Never an argument: those are shown by `ps` and
 * kept by the shell.
 */
export async function readPassword(what = 'Password'): Promise<string> {
  if (process.stdin.isTTY) return ask(`${what}: `, { hidden: true })
  const password = decode(await readStandardInput(), 'Standard input').replace(/\r?\n$/, '')
  if (password === '')
    throw new CliError('usage', `There is no ${what === 'Password' ? 'password' : what} on standard input.`)
  return password
}

/** Returns if what would be destroyed may be: it was said before, or is said now at the terminal. */
export async function confirm(what: string, { yes }: { readonly yes: boolean }): Promise<void> {
  if (yes) return
  if (!process.stdin.isTTY || !process.stderr.isTTY) {
    throw new CliError('not_confirmed', `${what} Add --yes to do it.`)
  }
  const answer = await ask(`${printable(what)}\nGo on? [y/N] `)
  if (!/^y(?:es)?$/i.test(answer.trim())) throw stopped()
}

/** Asks at the terminal, on standard error: standard output is for the answer. Ctrl-C and Ctrl-D change nothing. */
async function ask(prompt: string, { hidden = false } = {}): Promise<string> {
  const gone = new AbortController()
  const output = hidden ? new Writable({ write: (_chunk, _encoding, done) => done() }) : process.stderr
  const terminal = createInterface({ input: process.stdin, output, terminal: true })
  terminal.on('SIGINT', () => terminal.close()).on('close', () => gone.abort())
  if (hidden) process.stderr.write(prompt)
  try {
    return await terminal.question(hidden ? '' : prompt, { signal: gone.signal })
  } catch {
    throw stopped()
  } finally {
    terminal.close()
    if (hidden) process.stderr.write('\n')
  }
}

function stopped(): CliError {
  return new CliError('not_confirmed', 'Nothing was changed.', 1)
}

async function readStandardInput(): Promise<Buffer> {
  const chunks: Buffer[] = []
  let length = 0
  for await (const chunk of process.stdin) {
    const bytes = Buffer.from(chunk)
    length += bytes.length
    if (length > longestInputBytes) throw tooLarge('Standard input')
    chunks.push(bytes)
  }
  return Buffer.concat(chunks)
}

async function readFileBounded(path: string): Promise<Buffer> {
  try {
    const file = await open(path)
    try {
      const buffer = Buffer.alloc(longestInputBytes + 1)
      const { bytesRead } = await file.read(buffer, 0, buffer.length)
      if (bytesRead > longestInputBytes) throw tooLarge(path)
      return buffer.subarray(0, bytesRead)
    } finally {
      await file.close()
    }
  } catch (error) {
    if (error instanceof Refusal) throw error
    const reason = error instanceof Error && 'code' in error ? String(error.code) : 'unknown'
    throw new CliError('input_unreadable', `${path} cannot be read (${reason}).`)
  }
}

function decode(bytes: Buffer, source: string): string {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes)
  } catch {
    throw new CliError('input_unreadable', `${source} is not UTF-8 text.`)
  }
}

function tooLarge(source: string): Refusal {
  return new Refusal('payload_too_large', `${source} has more than ${longestInputBytes} bytes.`)
}
