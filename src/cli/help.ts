import type { Command } from './command.ts'
import type { Option } from './option.ts'

/** A line of help: what is typed, and what it does. */
type Entry = readonly [typed: string, sentence: string]

const widestTyped = 38
const lineLength = 100

const optionsEverywhere: readonly Entry[] = [
  ['--json', 'Prints one JSON document on standard output, errors too.'],
  ['-h, --help', 'Prints this help.'],
]

const exitCodes: readonly Entry[] = [
  ['0', 'Done.'],
  ['1', 'Refused; the answer names a documented code.'],
  ['2', 'Not understood: unknown words or options, or a confirmation is missing.'],
  ['3', 'The configuration cannot be used, or the database cannot.'],
  ['4, 5', 'migrate: migrations are pending; the database is newer than this program.'],
]

/** The help for everything, for the commands that begin with the words, or for the one command they name. */
export function helpFor(commands: readonly Command[], words: readonly string[]): string {
  const found = commands.filter((command) => words.every((word, at) => command.words[at] === word))
  const exact = found.find((command) => command.words.length === words.length)
  if (exact !== undefined) return commandHelp(exact)
  return words.length === 0 ? programHelp(commands) : groupHelp(found, words)
}

/** An option as it is typed, such as `--redirect-uri <uri>…`. */
export function typedOption(name: string, { placeholder, repeatable, truth }: Option): string {
  if (placeholder === undefined) return `--${name}`
  if (truth) return `--${name} [${placeholder}]`
  return `--${name} <${placeholder}>${repeatable ? '…' : ''}`
}

function typedArgument([name, { repeatable }]: readonly [string, Option]): string {
  return repeatable ? `<${name}>…` : `<${name}>`
}

function programHelp(commands: readonly Command[]): string {
  const nouns = [...new Set(commands.map(({ words }) => words[0]))]
  const parts = nouns.map((noun) => {
    const entries = commands.filter(({ words }) => words[0] === noun).map(commandEntry)
    return listed(entries)
  })
  return [
    'latchkey: manages the authorization server from the command line.',
    '',
    'Usage',
    '  npm run --silent latchkey -- <command> [arguments] [options]',
    '  latchkey <command> --help',
    '',
    'Commands',
    parts.join('\n\n'),
    '',
    'Options of every command',
    listed(optionsEverywhere),
    '',
    'Exit codes',
    listed(exitCodes),
    '',
    'The database is that of DATABASE_URL, or else the embedded one in DATA_DIR (./data).',
  ].join('\n')
}

function groupHelp(commands: readonly Command[], words: readonly string[]): string {
  return [
    'Usage',
    `  latchkey ${words.join(' ')} <command> [arguments] [options]`,
    '',
    'Commands',
    listed(commands.map(commandEntry)),
    '',
    'Each of them has its own --help.',
  ].join('\n')
}

function commandHelp(command: Command): string {
  const { words, summary, notes, examples } = command
  const placeholders = Object.entries(command.arguments).map(typedArgument)
  const own = Object.entries(command.options)
  const usage = ['latchkey', ...words, ...placeholders, '[options]'].join(' ')
  const positional = Object.entries(command.arguments).map(
    ([name, option]) => [typedArgument([name, option]), option.sentence] as const,
  )
  const options = own.map(
    ([name, option]) =>
      [typedOption(name, option), `${option.sentence}${option.required ? ' Required.' : ''}`] as const,
  )
  return [
    `${summary}${notes.map((note) => `\n${note}`).join('')}`,
    section('Usage', `  ${usage}`),
    ...(positional.length > 0 ? [section('Arguments', listed(positional))] : []),
    section('Options', listed([...options, ...optionsEverywhere])),
    section('Examples', examples.map((example) => `  latchkey ${example}`).join('\n')),
  ].join('\n\n')
}

function section(title: string, content: string): string {
  return `${title}\n${content}`
}

function commandEntry({ words, arguments: positional, summary }: Command): Entry {
  return [[...words, ...Object.entries(positional).map(typedArgument)].join(' '), summary]
}

// What is long to type has its sentence on the next line, so that one long option does not push all others away.
function listed(entries: readonly Entry[]): string {
  const width = Math.max(...entries.map(([typed]) => (typed.length > widestTyped ? 0 : typed.length)))
  const indent = ' '.repeat(width + 4)
  return entries
    .map(([typed, sentence]) => {
      const lines = wrapped(sentence, lineLength - indent.length).join(`\n${indent}`)
      return typed.length > width ? `  ${typed}\n${indent}${lines}` : `  ${typed.padEnd(width)}  ${lines}`
    })
    .join('\n')
}

function wrapped(text: string, length: number): string[] {
  const lines: string[] = []
  let line = ''
  for (const word of text.split(' ')) {
    if (line !== '' && line.length + 1 + word.length > length) {
      lines.push(line)
      line = word
    } else {
      line = line === '' ? word : `${line} ${word}`
    }
  }
  return [...lines, line]
}
