import Koa from 'koa'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { once } from 'node:events'
import { expect, test } from 'vitest'
import { answerErrors } from '../../../src/platform/http/answer-errors.ts'
import { createLog } from '../../../src/platform/log.ts'

test('ASVS 16.3.4, 16.5.1: a bug is told to the log with its place, and to the visitor as nothing but an error', async () => {
  const lines: string[] = []
  const app = new Koa()
  const log = createLog('info', { write: (line) => lines.push(line) })
  app.use(answerErrors({ log, renderProblem: () => {} }))
  app.use(() => {
    throw new TypeError('a bug of ours')
  })
  const handle = app.callback()
  const server = createServer((request, response) => void handle(request, response)).listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  const response = await fetch(`http://127.0.0.1:${port}/`, { headers: { accept: 'application/json' } })
  const body = await response.text()
  server.close()
  expect(response.status).toBe(500)
  expect(body).not.toContain('bug of ours')
  const [line = ''] = lines
  const told = JSON.parse(line) as { err: { message: string; stack: string } }
  expect(told.err).toMatchObject({ name: 'TypeError', message: 'a bug of ours' })
  expect(told.err.stack).toContain('answer-errors.test.ts')
})
