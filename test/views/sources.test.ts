import { globSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'

const root = join(import.meta.dirname, '../..')

test('no template writes an address of which only a part is a hole: it would be refused when the page is first shown', () => {
  const files = globSync('views/**/*.ts', { cwd: root })
  expect(files.length).toBeGreaterThan(30)
  const wrong = files.flatMap((file) =>
    [
      ...readFileSync(join(root, file), 'utf8').matchAll(
        /\b(?:href|src|action|formaction)="[^"$]+\$\{[^"]*"/g,
      ),
    ].map(([found]) => `${file}: ${found}`),
  )
  expect(wrong).toEqual([])
})
