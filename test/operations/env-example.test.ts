import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { readConfig } from '../../src/config.ts'

const root = join(import.meta.dirname, '../..')
const example = await readFile(join(root, '.env.example'), 'utf8')
// Quotes belong to the form of the file, and a value that begins a comment needs them.
const listed = [...example.matchAll(/^([A-Z\d_]+)=("?)([^"#\n]*|(?<=")[^"\n]*)\2$/gm)].map(
  ([, name = '', , value = '']) => [name, value],
)

test('.env.example lists exactly the variables that are read', async () => {
  const source = await readFile(join(root, 'src/config.ts'), 'utf8')
  const schema = source.slice(source.indexOf('.object({'), source.indexOf('.transform((env)'))
  const read = [...schema.matchAll(/^ {4}([A-Z\d_]+):/gm)].map(([, name]) => name)
  expect(read.length).toBeGreaterThan(20)
  const names = listed.map(([name]) => name)
  expect(new Set(names)).toEqual(new Set(read))
  expect(names).toHaveLength(read.length)
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
