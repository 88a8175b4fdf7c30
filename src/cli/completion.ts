import { defineCommand } from './command.ts'
import type { Command } from './command.ts'
import type { Option } from './option.ts'

/** The command that prints the completion of all the others, and its own. */
export function completionCommand(others: readonly Command[]): Command {
  const command: Command = defineCommand({
    words: 'completion',
    summary: 'Prints a script that completes commands and options in bash.',
    notes: [
      'It completes the word latchkey: make that an alias or a script for npm run --silent latchkey --.',
    ],
    examples: ['completion > ~/.local/share/bash-completion/completions/latchkey'],
    run: async () => {
      const script = completionScript([...others, command])
      return { json: { shell: 'bash', script }, blocks: [{ kind: 'verbatim', text: script }] }
    },
  })
  return command
}

/** A bash script that completes these commands. Every word in it is ours: lower case letters and dashes. */
export function completionScript(commands: readonly Command[]): string {
  return `# Completion of latchkey for bash.
_latchkey() {
  local current="\${COMP_WORDS[COMP_CWORD]}" previous="\${COMP_WORDS[COMP_CWORD - 1]}" line="" word candidates=""
  for word in "\${COMP_WORDS[@]:1:COMP_CWORD-1}"; do
    case "$word" in -*) ;; *) line="$line $word" ;; esac
  done
  case "$line " in
${branches(commands).join('\n')}
  esac
  COMPREPLY=($(compgen -W "$candidates" -- "$current"))
}
complete -F _latchkey latchkey
`
}

/** Longer ways come first: the first that fits is taken. */
function branches(commands: readonly Command[]): string[] {
  const own = commands.map((command) => ({ words: command.words, lines: commandLines(command) }))
  const ways = new Set(commands.flatMap(({ words }) => words.map((_, at) => words.slice(0, at).join(' '))))
  const groups = [...ways].map((way) => {
    const words = way === '' ? [] : way.split(' ')
    return { words, lines: [`candidates="${[...nextWords(commands, words), '--help'].join(' ')}"`] }
  })
  return [...own, ...groups]
    .toSorted((left, right) => right.words.length - left.words.length)
    .map(({ words, lines }) => {
      const pattern = `" ${words.map((word) => `${word} `).join('')}"*`
      return [`    ${pattern})`, ...lines.map((line) => `      ${line}`), '      ;;'].join('\n')
    })
}

function commandLines({ options }: Command): string[] {
  const names = [...Object.keys(options), 'json', 'help'].map((name) => `--${name}`)
  const values = Object.entries(options).flatMap(([name, option]) => valueLines(name, option))
  return [`candidates="${names.join(' ')}"`, ...values]
}

function valueLines(name: string, { choices, placeholder }: Option): string[] {
  const values = placeholder === 'file' ? '$(compgen -f -- "$current")' : choices.join(' ')
  return values === '' ? [] : [`if [ "$previous" = "--${name}" ]; then candidates="${values}"; fi`]
}

function nextWords(commands: readonly Command[], words: readonly string[]): string[] {
  const next = commands
    .filter((command) => words.every((word, at) => command.words[at] === word))
    .map((command) => command.words[words.length])
  return [...new Set(next.filter((word) => word !== undefined))]
}
