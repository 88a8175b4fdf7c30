import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { readConfig, variableNames } from '../../src/config.ts'

const root = join(import.meta.dirname, '../..')
const example = await readFile(join(root, '.env.example'), 'utf8')
// Quotes belong to the form of the file, and a value that begins a comment needs them.
const listed = [...example.matchAll(/^([A-Z\d_]+)=("?)([^"#\n]*|(?<=")[^"\n]*)\2$/gm)].map(
  ([, name = '', , value = '']) => [name, value],
)

test('.env.example lists exactly the variables that are read', () => {
  const names = listed.map(([name]) => name)
  expect(new Set(names)).toEqual(new Set(variableNames))
  expect(names).toHaveLength(variableNames.length)
})

test('its values are the defaults: setting all of them changes nothing', () => {
  expect(readConfig(Object.fromEntries(listed))).toEqual(readConfig({}))
})

test('each variable is explained above it, and what is a time names its unit', () => {
  for (const paragraph of example.split('\n\n')) {
    expect(paragraph.startsWith('# '), paragraph).toBe(true)
    if (/^[A-Z\d_]+_SECONDS=/m.test(paragraph)) expect(paragraph).toContain('seconds')
  }
})
