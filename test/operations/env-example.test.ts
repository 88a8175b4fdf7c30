import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { changeableNames, readConfig, variableNames } from '../../src/config.ts'

const root = join(import.meta.dirname, '../..')
const example = await readFile(join(root, '.env.example'), 'utf8')
// Quotes belong to the form of the file, and a value that begins a comment needs them.
const listed = [...example.matchAll(/^(#?)([A-Z\d_]+)=("?)([^"#\n]*|(?<=")[^"\n]*)\3$/gm)].map(
  ([, mark = '', name = '', , value = '']) => ({ name, value, isGiven: mark === '' }),
)

test('.env.example lists exactly the variables that are read', () => {
  const names = listed.map(({ name }) => name)
  expect(new Set(names)).toEqual(new Set(variableNames))
  expect(names).toHaveLength(variableNames.length)
})

test('its values are the defaults: setting all of them changes nothing', () => {
  const environment = Object.fromEntries(listed.map(({ name, value }) => [name, value] as const))
  const { given: _all, policyWith, ...start } = readConfig(environment)
  const { given: _none, policyWith: withoutThem, ...startWithout } = readConfig({})
  expect(start).toEqual(startWithout)
  expect(policyWith({})).toEqual(withoutThem({}))
})

test('whoever uses it as it is fixes nothing that can be changed while servers run', () => {
  const free = listed.filter(({ isGiven }) => !isGiven).map(({ name }) => name)
  expect(new Set(free)).toEqual(new Set(changeableNames))
})

test('each variable is explained above it, and what is a time names its unit', () => {
  for (const paragraph of example.split('\n\n')) {
    expect(paragraph.startsWith('# '), paragraph).toBe(true)
    if (/^#?[A-Z\d_]+_SECONDS=/m.test(paragraph)) expect(paragraph).toContain('seconds')
  }
})
