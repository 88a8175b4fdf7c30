import { join } from 'node:path'
import { defineConfig } from 'vitest/config'
import { patienceMilliseconds } from './support/until.ts'

export default defineConfig(({ mode }) => ({
  root: join(import.meta.dirname, '..'),
  test: {
    include: ['test/**/*.test.ts'],
    globalSetup: ['test/support/global-setup.ts'],
    environment: 'node',
    // What is counted over more in `npm run test:long` (support/long.ts).
    provide: { isLong: mode === 'long' },
    // A process per file, as PostgreSQL, argon2 and signals are real here; two, as the smallest machine has two cores.
    pool: 'forks',
    maxWorkers: 2,
    // How long something may take is said by the test that promises it. These only end what hangs, on any machine.
    testTimeout: 240_000,
    hookTimeout: 240_000,
    teardownTimeout: 60_000,
    expect: { poll: { timeout: patienceMilliseconds } },
  },
}))
