import { execFile } from 'node:child_process'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { expect, test } from 'vitest'

const module = join(import.meta.dirname, '../../src/start/give-back-memory.ts')

// A process of its own: what the heap of a test runner does is nobody's promise.
const program = `
  const { giveBackMemory } = await import(${JSON.stringify(module)})
  let kept = []
  for (let round = 0; round < 200; round += 1) kept.push(Array.from({ length: 5000 }, (_, index) => ({ index })))
  kept = []
  const before = process.memoryUsage().heapTotal
  giveBackMemory()
  console.log(JSON.stringify({ before, after: process.memoryUsage().heapTotal, gc: typeof globalThis.gc }))
`

test('what starting left behind is given back at once, and nothing of it stays reachable by name', async () => {
  const { stdout } = await promisify(execFile)(process.execPath, ['--input-type=module', '-e', program])
  const { before, after, gc } = JSON.parse(stdout) as { before: number; after: number; gc: string }
  expect(before).toBeGreaterThan(30 * 2 ** 20)
  expect(after).toBeLessThan(before / 2)
  expect(gc).toBe('undefined')
})
