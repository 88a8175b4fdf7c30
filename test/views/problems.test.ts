/** What rooms and doors say is wrong, in German: nothing that somebody at the console can meet is forgotten. */
import { describe, expect, test } from 'vitest'
import { z } from 'zod'
import { settingRules } from '../../src/composition/setting-rules.ts'
import { changeableNames, readConfig } from '../../src/config.ts'
import { Refusal } from '../../src/platform/errors.ts'
import { describeIssues } from '../../src/platform/parse.ts'
import { inGerman, problemText } from '../../views/messages/problems.ts'
import { modulesReachedFrom } from '../support/reached-modules.ts'

/** What is wrong with the environment is told to whoever starts the server, in English. */
const toldAtStart = /^src\/(?:config|web\/brand-files\.ts)/

/** Everything that can run while somebody is at the console, from the address they open to the rooms behind it. */
const modules = modulesReachedFrom([
  'src/web/admin/console.ts',
  'src/web/admin/pages.ts',
  'src/web/own-session.ts',
  'src/web/own-client.ts',
  'src/web/pages.ts',
  'src/platform/http/answer-errors.ts',
  'src/platform/http/same-origin.ts',
  'src/composition/settings-room.ts',
]).filter(({ path }) => path.startsWith('src/') && !toldAtStart.test(path))

/** What is put into a sentence at run time: these are words, and everything else could be anything. */
const wordsOf: Readonly<Record<string, readonly string[]>> = {
  'owner.type': ['account', 'client'],
  type: ['account', 'client'],
  what: ['API', 'role'],
  problem: ['must not be empty'],
}
const filledIn = (template: string): readonly string[] => {
  const hole = /\$\{((?:[^{}]|\{[^}]*\})*)\}/.exec(template)
  if (hole === null) return [template]
  const [whole, name = ''] = hole
  return (wordsOf[name] ?? ['7']).flatMap((word) => filledIn(template.replace(whole, () => word)))
}
/** The text of a literal as the program has it; undefined for what is no literal. */
const textOf = (literal: string): string | undefined => {
  const [, inside] = /^(?:'(.*)'|`.*`)$/.exec(literal) ?? []
  if (inside !== undefined) return inside.replaceAll(/\\(.)/g, '$1')
  return literal.startsWith('`') ? literal.slice(1, -1) : undefined
}
const untranslated = (sentences: readonly string[]) =>
  sentences.flatMap(filledIn).filter((text) => problemText({ language: 'de' }, text) === text)

describe('every refusal', () => {
  const refusals = modules.flatMap(({ path, code }) => {
    const made = code.matchAll(/new Refusal\((?:\s*[^,()]+,)?\s*('(?:[^'\\\n]|\\.)*'|`[^`\n]*`|[^\n]*)/g)
    return [...made].map(([, said = '']) => ({ path, said }))
  })
  const literal = refusals.map(({ said }) => textOf(said)).filter((text) => text !== undefined)

  test('is there in German', () => {
    expect(literal.length).toBeGreaterThan(70)
    expect(untranslated(literal)).toEqual([])
  })

  test('has its sentence where it is made, except those that are made of several', () => {
    const others = refusals.filter(({ said }) => textOf(said) === undefined)
    expect(others.map(({ said }) => said.trim()).toSorted()).toEqual([
      "added.join('; '))",
      'describeIssues(issues))',
      'describeIssues(parsed.error.issues))',
      'whyNot(name))',
    ])
    // Each `new Refusal(` was seen.
    const count = modules.reduce((sum, { code }) => sum + code.split('new Refusal(').length - 1, 0)
    expect(refusals.length).toBe(count)
  })
})

describe('every problem of a value', () => {
  // The end of a sentence; what is put into it at run time is anything.
  const begins =
    'is|has|have|must|needs?|begins|ends|belongs|fits|refresh_token|client_credentials|private_key_jwt'
  const ends = new RegExp(`'((?:${begins}) (?:[^'\\\\\\n]|\\\\.)+)'|\`((?:${begins}) [^\`\\n]+)\``, 'g')
  // Whatever a schema is told to say, however it begins.
  const told =
    /(?:message|error): ('[^'\n]+'|`[^`\n]+`)|\.refine\([^\n]*, ('[^'\n]+'|`[^`\n]+`)|\.(?:max|min|length|regex)\([^()\n]*, ('[^'\n]+'|`[^`\n]+`)/g

  test('that a room has words for is there in German', () => {
    const literals = modules.flatMap(({ code }) => [
      ...[...code.matchAll(ends)].map(([all]) => all),
      ...(code.includes("from 'zod'")
        ? [...code.matchAll(told)].map(([, named, refined, bound]) => named ?? refined ?? bound ?? '')
        : []),
    ])
    // `is not` alone is a word of SQL.
    const distinct = [...new Set(literals.map((literal) => textOf(literal) ?? 'nothing'))].filter(
      (text) => text !== 'is not',
    )
    expect(distinct.length).toBeGreaterThan(70)
    expect(untranslated(distinct)).toEqual([])
  })

  test('that is of the wrong shape is there in German, whatever kind of problem it is', () => {
    const shapes: readonly (readonly [schema: z.ZodType, value: unknown])[] = [
      [z.string(), undefined],
      [z.int(), Number.NaN],
      [z.string(), 7],
      [z.literal('yes'), 'no'],
      [z.enum(['a', 'b']), 'c'],
      [z.string().max(3), 'long'],
      [z.string().min(3), ''],
      [z.string().length(3), ''],
      [z.array(z.string()).max(1), ['a', 'b']],
      [z.array(z.string()).min(1), []],
      [z.int().max(3), 4],
      [z.int().lt(3), 4],
      [z.int().min(3), 2],
      [z.int().gt(3), 2],
      [z.iso.datetime(), 'x'],
      [z.string().regex(/^a$/), 'b'],
      [z.string().startsWith('a'), 'b'],
      [z.string().endsWith('a'), 'b'],
      [z.string().includes('a'), 'b'],
      [z.number().multipleOf(2), 3],
      [z.strictObject({}), { a: 1 }],
      [z.strictObject({}), { a: 1, b: 2 }],
      [z.record(z.literal('a'), z.string()), { b: 'c' }],
      [z.map(z.string(), z.string()), new Map([[1, 'a']])],
      [z.union([z.string(), z.boolean()]), 7],
      [z.discriminatedUnion('a', [z.object({ a: z.literal('b') })]), { a: 'c' }],
    ]
    const said = shapes.map(
      ([schema, value]) => schema.safeParse(value).error?.issues[0]?.message ?? 'nothing',
    )
    expect(untranslated(said)).toEqual([])
    for (const text of said) expect(inGerman(text)).not.toMatch(/Invalid|expected|Too |Unrecognized/)
  })
})

test('every problem of a setting that can be changed is there in German, by itself and with others', () => {
  const { judge } = settingRules(readConfig({ SUPPORT_URL: 'https://help.example/' }))
  const together = [
    { SESSION_IDLE_SECONDS: '86400', SESSION_LIFETIME_SECONDS: '300' },
    { SIGNING_KEY_ROTATE_AFTER_SECONDS: '3600', SIGNING_KEY_PUBLISH_LEAD_SECONDS: '3600' },
    { SUPPORT_URL: 'https://other.example/' },
    { PORT: '1' },
    { NOTHING_LIKE_IT: '1' },
  ]
  const alone = changeableNames.flatMap((name) => [{ [name]: '!\u0000' }, { [name]: 'x'.repeat(90) }])
  const said = [...alone, ...together].flatMap((set) => {
    try {
      judge({ set, reset: [] }, {}, set)
      return []
    } catch (error) {
      return error instanceof Refusal ? error.message.split('; ') : [String(error)]
    }
  })
  expect(said.length).toBeGreaterThan(30)
  expect(untranslated(said)).toEqual([])
  const mailed = 'SMTP_URL: is required with SIGN_UP=open and SIGN_UP=invitation, whose links are mailed'
  expect(untranslated([mailed])).toEqual([])
})

test('problems that are joined in one line are each said in German, after their places', () => {
  const shape = z.strictObject({
    name: z.string().refine(() => false, 'must not be empty'),
    uris: z.array(z.string().refine(() => false, 'has a wildcard; list every URL by itself')),
    ids: z.array(z.string().refine(() => false, 'is not an id')),
  })
  const { issues = [] } = shape.safeParse({ name: '', uris: ['*'], ids: ['a', 'b', 'c', 'd'] }).error ?? {}
  expect(problemText({ language: 'de' }, describeIssues(issues))).toBe(
    'name: darf nicht leer sein; uris[0]: hat einen Platzhalter; führen Sie jede URL einzeln auf; ids[0]: ist keine ID; ids[1]: ist keine ID; ids[2]: ist keine ID; und 1 weitere.',
  )
})

test('what a room puts into its sentence stands in the German one, and English stays as it is', () => {
  const said = 'is not in its plain form, which is https://app.example/a?b=%24&'
  expect(inGerman(said)).toContain('nämlich https://app.example/a?b=%24&')
  expect(problemText({ language: 'en' }, said)).toBe(said)
  expect(problemText({ language: 'de' }, 'something new')).toBe('something new')
})
