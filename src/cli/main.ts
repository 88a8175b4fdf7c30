/**
 * The command line: another door to the rooms, for an operator without a browser. A command reads its arguments, asks
 * rooms and prints an answer; it owns no SQL and no rule. Standard output holds the answer alone, everything else goes
 * to standard error.
 */
import { once } from 'node:events'
import { readConfig } from '../config.ts'
import { operatorAct } from '../domain/audit/act.ts'
import type { Command } from './command.ts'
import { commands } from './commands.ts'
import { openContext } from './context.ts'
import { failureOf } from './failures.ts'
import { helpFor } from './help.ts'
import { printable, printableLines, renderJson, renderText } from './output.ts'
import type { Answer } from './output.ts'
import { parseArguments, wantsJson } from './parse-arguments.ts'
import type { Request } from './parse-arguments.ts'

// Whoever reads our output may stop before its end.
process.stdout.on('error', () => process.exit(0))
process.exitCode = await main(process.argv.slice(2))

async function main(argv: readonly string[]): Promise<number> {
  try {
    const request = parseArguments(commands, argv)
    const answer = await answerTo(request)
    if (answer.stream === undefined)
      process.stdout.write(request.json ? renderJson(answer.json) : renderText(answer.blocks))
    return answer.exitCode ?? 0
  } catch (error) {
    return tell(error, { json: wantsJson(argv) })
  }
}

async function answerTo(request: Request): Promise<Answer> {
  if (request.kind === 'run') return runCommand(request.command, request.input)
  const help = helpFor(commands, request.words)
  return { json: { help }, blocks: [{ kind: 'verbatim', text: help }] }
}

async function runCommand(command: Command, input: Parameters<Command['run']>[1]): Promise<Answer> {
  const { context, close } = openContext({
    act: operatorAct(new Date()),
    config: () => readConfig(process.env, { secretsRequired: command.needsSecrets }),
  })
  const interrupted = onInterrupt(close)
  try {
    const answer = await command.run(context, input)
    // Before the database is closed, from which it is read.
    if (answer.stream !== undefined) await writeAll(answer.stream)
    return answer
  } finally {
    interrupted.forget()
    await close()
  }
}

async function writeAll(stream: AsyncIterable<string>): Promise<void> {
  for await (const text of stream) {
    if (!process.stdout.write(printableLines(text))) await once(process.stdout, 'drain')
  }
}

/**
 * Ctrl-C must not leave an embedded database behind that was started for this command. Under npm one Ctrl-C arrives
 * twice, so those after the first are not heard.
 */
function onInterrupt(close: () => Promise<void>): { readonly forget: () => void } {
  let stopping = false
  const stop = () => {
    if (stopping) return
    stopping = true
    const exit = () => process.exit(130)
    close().then(exit, exit)
  }
  process.on('SIGINT', stop).on('SIGTERM', stop)
  return { forget: () => void process.off('SIGINT', stop).off('SIGTERM', stop) }
}

function tell(error: unknown, { json }: { readonly json: boolean }): number {
  const { code, message, exitCode, unexpected } = failureOf(error)
  if (unexpected !== undefined) process.stderr.write(`${stackOf(unexpected)}\n`)
  // A list of problems is clearer without its code at the end.
  const told = message.includes('\n') ? message : `${message} (${code})`
  if (json) process.stdout.write(renderJson({ error: { code, message } }))
  else process.stderr.write(`${told.split('\n').map(printable).join('\n')}\n`)
  return exitCode
}

function stackOf(error: unknown): string {
  const stack = error instanceof Error ? (error.stack ?? error.message) : String(error)
  return stack.split('\n').map(printable).join('\n')
}
