import { expect, test } from 'vitest'
import { createMetrics } from '../../src/platform/metrics.ts'
import { ask } from '../../src/start/ask.ts'
import type { Check } from '../../src/web/management.ts'
import { createManagement } from '../../src/web/management.ts'

function readiness(checks: Readonly<Record<string, Check>>, draining = false) {
  const listener = createManagement({ metrics: createMetrics(), checks, isDraining: () => draining })
  return ask(listener, '/readyz', {})
}

test('ready is 200 with every check named', async () => {
  const { status, body } = await readiness({ database: async () => undefined, changes: () => undefined })
  expect(status).toBe(200)
  expect(JSON.parse(body)).toEqual({ status: 'ready', checks: { database: 'ok', changes: 'ok' } })
})

test('one reason, one error, one hanging check or a drain is enough for 503, and an error tells nothing', async () => {
  const hanging = () => new Promise<undefined>(() => {})
  const failing = () => Promise.reject(new Error('password for host db.internal'))
  const throwing = () => {
    throw new Error('secret')
  }
  for (const checks of [{ a: () => 'read-only' }, { a: failing }, { a: throwing }, { a: hanging }]) {
    const began = performance.now()
    const { status, body } = await readiness(checks)
    expect(status).toBe(503)
    expect(body).not.toMatch(/internal|secret/)
    expect(performance.now() - began).toBeLessThan(1500)
  }
  expect((await readiness({ a: () => undefined }, true)).status).toBe(503)
})

test('there is nothing else, and metrics come as text or to machines as JSON', async () => {
  const listener = createManagement({ metrics: createMetrics(), checks: {}, isDraining: () => false })
  expect((await ask(listener, '/healthz?x=1', {})).status).toBe(200)
  for (const path of ['/', '/metrics/', '/__proto__', '/constructor', '//healthz']) {
    expect((await ask(listener, path, {})).status, path).toBe(404)
  }
  expect((await ask(listener, '/metrics', {})).body).toContain('# TYPE process_cpu_seconds_total counter')
  const json: unknown = JSON.parse((await ask(listener, '/metrics', { accept: 'application/json' })).body)
  expect(json).toContainEqual(expect.objectContaining({ name: 'latchkey_http_requests_total' }))
})
