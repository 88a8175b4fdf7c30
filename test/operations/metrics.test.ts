import { expect, test } from 'vitest'
import { createMetrics } from '../../src/platform/metrics.ts'

const seriesOf = async (metrics: ReturnType<typeof createMetrics>, name: string) =>
  (await metrics.registry.metrics()).split('\n').filter((line) => line.startsWith(`${name}{`))

test('CVE-2026-16100: whatever requests bring, the number of series is bounded and no label repeats their text', async () => {
  const metrics = createMetrics()
  for (let index = 0; index < 1000; index += 1) {
    metrics.observeRequest(`/paths/${index}`, `METHOD${index}`, 200, 0.001)
    metrics.observeRequest(`name${index}`, 'GET', index, 0.001)
    metrics.countSignIn(`outcome${index}`)
  }
  metrics.observeRequest('a"b\n{}', 'GET', 200, 0.001)
  const series = await seriesOf(metrics, 'latchkey_http_requests_total')
  expect(series.length).toBeLessThan(150)
  expect(series.join()).not.toMatch(/paths|METHOD|a"b/)
  expect((await seriesOf(metrics, 'latchkey_sign_ins_total')).length).toBe(101)
})

test('requests are counted and timed by route name, method and status class', async () => {
  const metrics = createMetrics()
  metrics.observeRequest('token', 'POST', 200, 0.003)
  metrics.observeRequest('token', 'POST', 201, 0.3)
  metrics.observeRequest('token', 'POST', 401, 0.003)
  const text = await metrics.registry.metrics()
  expect(text).toContain('latchkey_http_requests_total{route="token",method="POST",status="2xx"} 2')
  expect(text).toContain('latchkey_http_requests_total{route="token",method="POST",status="4xx"} 1')
  expect(text).toContain(
    'latchkey_http_request_duration_seconds_bucket{le="0.005",route="token",method="POST",status="2xx"} 1',
  )
})

test('what is watched is read when the numbers are collected', async () => {
  const metrics = createMetrics()
  let trusted = true
  metrics.watchChanges(() => trusted)
  metrics.watchPool(() => ({ total: 5, idle: 2, waiting: 1 }))
  metrics.watchSigningKeys(() => ({ ES256: 60 }))
  metrics.watchDroppedUses(() => 7)
  metrics.watchQueues(async () => ({ mails: 3, logouts: 0 }))
  expect(await metrics.registry.metrics()).toContain('latchkey_changes_trusted 1')
  trusted = false
  const text = await metrics.registry.metrics()
  expect(text).toContain('latchkey_changes_trusted 0')
  expect(text).toContain('latchkey_database_connections{state="used"} 3')
  expect(text).toContain('latchkey_signing_key_age_seconds{purpose="ES256"} 60')
  expect(text).toContain('latchkey_key_uses_dropped_total 7')
  expect(text).toContain('latchkey_queue_length{queue="mails"} 3')
  expect(text).toContain('latchkey_queue_length{queue="logouts"} 0')
})

test.each([
  ['fails', () => Promise.reject(new Error('the database is away'))],
  ['never answers', () => new Promise<never>(() => {})],
])('a queue that %s keeps no other number from being told', async (_how, read) => {
  const metrics = createMetrics()
  metrics.watchQueues(read)
  metrics.watchDroppedUses(() => 0)
  const text = await metrics.registry.metrics()
  expect(text).not.toContain('latchkey_queue_length{')
  expect(text).toContain('latchkey_key_uses_dropped_total 0')
})
