import { execFile, spawnSync } from 'node:child_process'
import { promisify } from 'node:util'
import { expect, test } from 'vitest'
import { commands } from '../../src/cli/commands.ts'
import { helpFor } from '../../src/cli/help.ts'
import { parseArguments } from '../../src/cli/parse-arguments.ts'
import { openProgram } from './support.ts'

// Help asks no database, so there is none.
const program = openProgram('postgres://nobody@127.0.0.1:1/none')

test('the help of every command names every option and argument, and shows its examples', () => {
  for (const command of commands) {
    const line = command.words.join(' ')
    const request = parseArguments(commands, [...command.words, '--help'])
    expect(request, line).toMatchObject({ kind: 'help', words: command.words })
    const help = helpFor(commands, command.words)
    expect(help.replace(/\s+/g, ' '), line).toContain(command.summary)
    for (const example of command.examples) expect(help, line).toContain(`latchkey ${example}`)
    for (const name of [...Object.keys(command.options), 'json', 'help'])
      expect(help, line).toContain(`--${name}`)
    for (const name of Object.keys(command.arguments)) expect(help, line).toContain(`<${name}>`)
  }
})

test('the program prints the help of each kind of command and ends well', async () => {
  const firstOfNoun = new Map(commands.map((command) => [command.words[0], command.words]))
  for (const words of firstOfNoun.values()) {
    const { exitCode, stdout, stderr } = await program.run([...words, '--help'])
    expect({ exitCode, stderr, stdout }).toEqual({
      exitCode: 0,
      stderr: '',
      stdout: `${helpFor(commands, words)}\n`,
    })
  }
})

test('every option has a sentence, and every example is a line of its command', () => {
  for (const { words, summary, options, arguments: positional, examples } of commands) {
    const sentences = [
      summary,
      ...Object.values({ ...options, ...positional }).map(({ sentence }) => sentence),
    ]
    for (const sentence of sentences) expect(sentence).toMatch(/^[A-Z].*\.$/)
    for (const example of examples) {
      expect(example.startsWith(words.join(' ')), example).toBe(true)
      const named = [...example.matchAll(/ --([a-z-]+)/g)].map(([, name]) => name)
      for (const name of named) expect(Object.keys(options), example).toContain(name)
    }
  }
})

test('the help of everything names every command, and groups have theirs', async () => {
  const { exitCode, stdout } = await program.run(['--help'])
  expect(exitCode).toBe(0)
  for (const { words } of commands) expect(stdout).toContain(`  ${words.join(' ')}`)
  expect((await program.run(['clients', '--help'])).stdout).toContain('clients secrets add')
  expect((await program.run([])).stdout).toBe(stdout)
  expect(JSON.parse((await program.run(['--json', '--help'])).stdout)).toEqual({ help: stdout.trimEnd() })
})

test('what is not understood exits with 2 and says what there is', async () => {
  const lines = [
    ['nonsense'],
    ['clients'],
    ['clients', 'creat'],
    ['clients', 'secrets'],
    ['clients', 'create', '--nonsense'],
    ['clients', 'create', '--name'],
    ['clients', 'create', '--type', 'odd'],
    ['clients', 'create', '--refresh-grace-seconds', 'ten'],
    ['clients', 'create', '--pkce-required=maybe'],
    ['clients', 'show'],
    ['clients', 'show', 'one', 'two'],
    ['accounts', 'create'],
    ['accounts', 'create', '--password', 'never here'],
    ['audit', 'list', '--from', 'yesterday'],
    ['setup', 'link', '--valid-hours', '0'],
    ['keys', 'rotate', '--immediately', '--compromised'],
  ]
  for (const line of lines) {
    const { code, message, exitCode } = await program.refusal(line)
    expect({ code, exitCode }, `${line.join(' ')}: ${message}`).toEqual({ code: 'usage', exitCode: 2 })
  }
  const { stdout, stderr } = await program.run(['clients', 'creat'])
  expect(stdout).toBe('')
  expect(stderr).toContain('choose one of: create, list, show')
})

test('the completion is a bash script that completes words, options and values', async () => {
  const { stdout: script } = await program.run(['completion'])
  expect(spawnSync('bash', ['-n'], { input: script }).status).toBe(0)
  const complete = async (...words: string[]) => {
    const quoted = ['latchkey', ...words].map((word) => `'${word}'`).join(' ')
    const ask = `${script}\nCOMP_WORDS=(${quoted}); COMP_CWORD=${words.length}; _latchkey; echo "\${COMPREPLY[*]}"`
    const { stdout } = await promisify(execFile)('bash', ['-c', ask])
    return stdout.trim().split(/\s+/)
  }
  expect(await complete('ac')).toEqual(['accounts'])
  expect(await complete('clients', 'se')).toEqual(['secrets'])
  expect(await complete('clients', 'secrets', '')).toEqual(['add', 'list', 'expire', 'revoke', '--help'])
  expect(await complete('clients', 'change', 'client_1', '--pkce')).toEqual(['--pkce-required'])
  expect(await complete('clients', 'create', '--type', 'na')).toEqual(['native'])
  expect(await complete('clients', 'create', '--metadata-file', 'package.j')).toEqual(['package.json'])
})
