import { execFile } from 'node:child_process'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { expect, test } from 'vitest'

const module = join(import.meta.dirname, '../../src/start/memory.ts')

// A process of its own: what the heap of a test runner does is nobody's promise.
const givingBack = `
  const { giveBackMemory } = await import(${JSON.stringify(module)})
  let kept = []
  for (let round = 0; round < 200; round += 1) kept.push(Array.from({ length: 5000 }, (_, index) => ({ index })))
  kept = []
  const before = process.memoryUsage().heapTotal
  giveBackMemory()
  console.log(JSON.stringify({ before, after: process.memoryUsage().heapTotal, gc: typeof globalThis.gc }))
`

test('what starting left behind is given back at once, and nothing of it stays reachable by name', async () => {
  const { stdout } = await promisify(execFile)(process.execPath, ['--input-type=module', '-e', givingBack])
  const { before, after, gc } = JSON.parse(stdout) as { before: number; after: number; gc: string }
  expect(before).toBeGreaterThan(30 * 2 ** 20)
  expect(after).toBeLessThan(before / 2)
  expect(gc).toBe('undefined')
})

// The engine tells nobody its flags, but takes compiled code only from a process that had the same.
const keptCode = (file: string, { before }: { readonly before: string }) => `
  ${before}
  const { existsSync, readFileSync, writeFileSync } = await import('node:fs')
  const { Script } = await import('node:vm')
  const [file, source] = [${JSON.stringify(file)}, '(function answer() { return 1 })()']
  if (!existsSync(file)) writeFileSync(file, new Script(source).createCachedData())
  console.log(new Script(source, { cachedData: readFileSync(file) }).cachedDataRejected)
`

test('a process is told to make nothing old that may be garbage in a moment, as if it were started so', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'latchkey-memory-'))
  try {
    const file = join(folder, 'code')
    const isRejected = async (flags: readonly string[], before = ''): Promise<string> => {
      const source = keptCode(file, { before })
      const args = [...flags, '--input-type=module', '-e', source]
      return (await promisify(execFile)(process.execPath, args)).stdout.trim()
    }
    const told = `(await import(${JSON.stringify(module)})).keepRequestsYoung()`
    expect(await isRejected(['--no-allocation-site-pretenuring'])).toBe('false')
    expect(await isRejected([])).toBe('true')
    expect(await isRejected([], told)).toBe('false')
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
})
