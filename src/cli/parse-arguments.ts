import { parseArgs } from 'node:util'
import type { Command, RawInput } from './command.ts'
import type { Options } from './option.ts'
import { CliError } from './failures.ts'

/** What was asked for, of what was typed. */
export type Request =
  | { readonly kind: 'run'; readonly command: Command; readonly input: RawInput; readonly json: boolean }
  | { readonly kind: 'help'; readonly words: readonly string[]; readonly json: boolean }

type ParseOptions = Record<string, { type: 'string' | 'boolean'; multiple: boolean; short?: string }>

const everywhere: ParseOptions = {
  json: { type: 'boolean', multiple: false },
  help: { type: 'boolean', multiple: false, short: 'h' },
}

/** Finds the command and takes its line apart. Throws a usage error that says what to type instead. */
export function parseArguments(commands: readonly Command[], argv: readonly string[]): Request {
  const { words, rest, json } = leadingWords(argv)
  const command = findCommand(commands, words)
  if (command === undefined) {
    const known = knownWords(commands, words)
    const asked = words.length === known.length && (words.length === 0 || isHelp(rest[0]))
    if (asked || (words[0] === 'help' && words.length === 1)) return { kind: 'help', words: known, json }
    throw unknownCommand(commands, { words, known })
  }
  const line = [...words.slice(command.words.length), ...rest]
  const { values, positionals } = parseLine(command, line)
  if (values['help'] === true) return { kind: 'help', words: command.words, json }
  return { kind: 'run', command, json, input: { arguments: positionals, options: values } }
}

/** True if the answer has to be JSON whatever becomes of the rest. */
export function wantsJson(argv: readonly string[]): boolean {
  const end = argv.indexOf('--')
  return (end === -1 ? argv : argv.slice(0, end)).includes('--json')
}

function parseLine(command: Command, line: readonly string[]) {
  try {
    return parseArgs({
      args: withTruths(command.options, line),
      options: { ...everywhere, ...parseOptionsOf(command.options) },
      allowPositionals: true,
      strict: true,
    })
  } catch (error) {
    const message = error instanceof Error ? error.message : 'The options are not understood'
    // Only its first sentence: the rest is advice that fits other programs.
    const [first = message] = message.split(/\. |\n/)
    throw new CliError(
      'usage',
      `${first.replace(/\.$/, '')}. See: latchkey ${command.words.join(' ')} --help`,
    )
  }
}

/** The words a line begins with; options that mean the same everywhere may stand before them. */
function leadingWords(argv: readonly string[]) {
  const before = argv.findIndex((word) => !['--json', '--help', '-h'].includes(word))
  const ahead = before === -1 ? argv : argv.slice(0, before)
  const line = argv.slice(ahead.length)
  const end = line.findIndex((word) => word.startsWith('-'))
  const words = end === -1 ? line : line.slice(0, end)
  return { words, rest: [...(end === -1 ? [] : line.slice(end)), ...ahead], json: wantsJson(argv) }
}

function findCommand(commands: readonly Command[], words: readonly string[]): Command | undefined {
  return commands
    .filter((command) => command.words.every((word, at) => words[at] === word))
    .toSorted((left, right) => right.words.length - left.words.length)[0]
}

/** How far the words lead towards a command. */
function knownWords(commands: readonly Command[], words: readonly string[]): readonly string[] {
  const lengths = commands.map((command) => {
    const stop = command.words.findIndex((word, at) => words[at] !== word)
    return stop === -1 ? command.words.length : stop
  })
  return words.slice(0, Math.max(0, ...lengths))
}

function unknownCommand(
  commands: readonly Command[],
  { words, known }: { readonly words: readonly string[]; readonly known: readonly string[] },
): CliError {
  const next = commands
    .filter((command) => known.every((word, at) => command.words[at] === word))
    .map((command) => command.words[known.length])
  const choices = [...new Set(next.filter((word) => word !== undefined))].join(', ')
  const place = ['latchkey', ...known].join(' ')
  const wrong = words[known.length]
  const problem = wrong === undefined ? `${place} needs another word` : `${place} does not know "${wrong}"`
  return new CliError('usage', `${problem}; choose one of: ${choices}.`)
}

function isHelp(word: string | undefined): boolean {
  return word === '--help' || word === '-h'
}

// `--first-party` alone means yes, which parseArgs has no word for.
function withTruths(options: Options, line: readonly string[]): string[] {
  return line.map((word, at) => {
    const spec = word.startsWith('--') ? options[word.slice(2)] : undefined
    if (spec?.truth !== true || ['true', 'false'].includes(line[at + 1] ?? '')) return word
    return `${word}=true`
  })
}

function parseOptionsOf(options: Options): ParseOptions {
  const entries = Object.entries(options).map(
    ([name, { placeholder, repeatable }]) =>
      [name, { type: placeholder === undefined ? 'boolean' : 'string', multiple: repeatable }] satisfies [
        string,
        ParseOptions[string],
      ],
  )
  return Object.fromEntries(entries)
}
