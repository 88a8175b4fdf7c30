import { once } from 'node:events'
import { createServer } from 'node:http'
import type { RequestListener } from 'node:http'
import { connect } from 'node:net'
import { afterEach, expect, test } from 'vitest'
import { readSmallBody, send } from '../../../src/platform/http/raw.ts'

const closing: (() => void)[] = []
afterEach(() => {
  for (const close of closing.splice(0)) close()
})

async function serve(listener: RequestListener): Promise<{ readonly port: number; readonly url: string }> {
  const server = createServer(listener).listen(0, '127.0.0.1')
  await once(server, 'listening')
  closing.push(() => {
    server.closeAllConnections()
    server.close()
  })
  const address = server.address()
  if (address === null || typeof address === 'string') throw new Error('no port')
  return { port: address.port, url: `http://127.0.0.1:${address.port}/` }
}

/** Says what was read of a body of at most eight bytes. */
const echo: RequestListener = (request, response) => {
  readSmallBody(request, 8, (body) => {
    send(response, { status: body === undefined ? 413 : 200, headers: [], body: body?.toString() ?? '' })
  })
}

test.for([
  { body: '', status: 200 },
  { body: 'whole', status: 200 },
  { body: '12345678', status: 200 },
  { body: '123456789', status: 413 },
])('a body of "$body" is read as it is, up to the limit', async ({ body, status }) => {
  const { url } = await serve(echo)
  const answer = await fetch(url, { method: 'POST', body })
  expect(answer.status).toBe(status)
  expect(await answer.text()).toBe(status === 200 ? body : '')
})

test('a body that comes in parts is read as one', async () => {
  const { port } = await serve(echo)
  const socket = connect(port, '127.0.0.1')
  socket.write('POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 6\r\n\r\nabc')
  const { promise, resolve } = Promise.withResolvers<string>()
  socket.on('data', (data: Buffer) => resolve(data.toString()))
  setImmediate(() => socket.write('def'))
  expect(await promise).toMatch(/^HTTP\/1\.1 200 .*\r\n\r\nabcdef$/s)
  socket.destroy()
})

test('a body that ends early is told once, as none', async () => {
  const told: unknown[] = []
  const { promise, resolve } = Promise.withResolvers<void>()
  const { port } = await serve((request) => {
    readSmallBody(request, 8, (body) => told.push(body))
    request.once('data', () => socket.destroy())
    request.on('close', () => setImmediate(resolve))
  })
  const socket = connect(port, '127.0.0.1')
  socket.write('POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 6\r\n\r\nabc')
  await promise
  expect(told).toEqual([undefined])
})

test('text outside ASCII arrives whole, with its length in bytes', async () => {
  const body = '{"scope":"lesen für Übung","sub":"日本 🗝"}'
  const { url } = await serve((_request, response) => send(response, { status: 200, headers: [], body }))
  const answer = await fetch(url)
  expect(await answer.text()).toBe(body)
  expect(answer.headers.get('content-length')).toBe(String(Buffer.byteLength(body)))
})

test('answers of one turn all leave, also after one whose connection is gone', async () => {
  const asked: Parameters<RequestListener>[] = []
  const { url, port } = await serve((...request) => {
    asked.push(request)
    if (asked.length < 4) return
    asked[0]?.[1].destroy()
    for (const [, response] of asked) send(response, { status: 204, headers: [] })
    asked[1]?.[1].destroy()
  })
  const lost = [0, 1].map(() => connect(port, '127.0.0.1', () => {}))
  for (const socket of lost) socket.write('GET / HTTP/1.1\r\nHost: x\r\n\r\n')
  while (asked.length < 2) await new Promise(setImmediate)
  const answers = await Promise.all([fetch(url), fetch(url)])
  expect(answers.map(({ status }) => status)).toEqual([204, 204])
})

test('a header that cannot be sent fails whoever wrote it, at once', async () => {
  const { promise, resolve } = Promise.withResolvers<unknown>()
  const { url } = await serve((_request, response) => {
    try {
      send(response, { status: 200, headers: ['X-Name', 'a\r\nX-Other: b'] })
    } catch (error) {
      resolve(error)
      response.writeHead(500).end()
    }
  })
  expect((await fetch(url)).status).toBe(500)
  expect(await promise).toMatchObject({ code: 'ERR_INVALID_CHAR' })
})
