import { once } from 'node:events'
import { connect } from 'node:net'
import Koa from 'koa'
import { expect, test } from 'vitest'
import { z } from 'zod'
import { Refusal } from '../../../src/platform/errors.ts'
import { readForm } from '../../../src/platform/http/form.ts'
import { serve } from './raw.ts'

const formType = 'application/x-www-form-urlencoded'

/** A page door that answers with the form it read, or with the code of the refusal. */
function door(seen: { error?: unknown } = {}) {
  const koa = new Koa()
  koa.silent = true
  koa.use(async (ctx) => {
    try {
      const form = await readForm(ctx)
      ctx.body = { entries: Object.entries(form), prototype: Object.getPrototypeOf(form) }
    } catch (error) {
      seen.error = error
      if (!(error instanceof Refusal)) throw error
      ctx.status = error.status
      ctx.body = { code: error.code }
    }
  })
  const handle = koa.callback()
  return serve((request, response) => void handle(request, response))
}

async function post(
  port: number,
  body: string | Buffer,
  headers: Record<string, string> = { 'content-type': formType },
) {
  const response = await fetch(`http://127.0.0.1:${port}/`, {
    method: 'POST',
    body: new Uint8Array(Buffer.from(body)),
    headers,
  })
  const answer: unknown = await response.json()
  return { status: response.status, answer }
}

test.each<[string, [string, string][]]>([
  ['', []],
  ['a=1', [['a', '1']]],
  [
    'a=1&b=2',
    [
      ['a', '1'],
      ['b', '2'],
    ],
  ],
  ['a', [['a', '']]],
  ['a=', [['a', '']]],
  ['a=b=c', [['a', 'b=c']]],
  ['&&a=1&&', [['a', '1']]],
  ['a=1+2%2B3%20%26%3D', [['a', '1 2+3 &=']]],
  ['n%61me=%E2%82%AC%F0%9F%97%9D', [['name', '€🗝']]],
  ['a=€', [['a', '€']]],
  ['=x', [['', 'x']]],
])('the form %j is read as it was meant', async (body, entries) => {
  await using server = await door()
  expect(await post(server.port, body)).toEqual({ status: 200, answer: { entries, prototype: null } })
})

test('v5.0.0-15.3.6: a field named like a part of every object is a field like any other', async () => {
  await using server = await door()
  const body = '__proto__=1&constructor=2&toString=3&hasOwnProperty=4&__proto__%5Badmin%5D=5'
  const { answer } = await post(server.port, body)
  const names = ['__proto__', 'constructor', 'toString', 'hasOwnProperty', '__proto__[admin]']
  expect(answer).toMatchObject({ entries: names.map((name, index) => [name, String(index + 1)]) })
  expect(Object.hasOwn(Object.prototype, 'admin')).toBe(false)
  const form: Record<string, string> = Object.assign(Object.create(null), { code: '123456' })
  expect(z.object({ code: z.string() }).safeParse(form).success).toBe(true)
})

test.each([
  ['a field twice', 'a=1&a=2'],
  ['a field twice, once encoded', 'a=1&%61=1'],
  ['a field twice, with plus and space', 'a+b=1&a%20b=2'],
  ['__proto__ twice', '__proto__=1&__proto__=2'],
  ['a NUL in a value', 'a=x%00y'],
  ['a NUL in a name', 'a%00=1'],
  ['a raw NUL', 'a=x\0y'],
  ['a lone percent sign', 'a=100%'],
  ['a percent sign and no digits', 'a=%zz'],
  ['an impossible byte', 'a=%FF'],
  ['an overlong encoding', 'a=%C0%AF'],
  ['half a surrogate pair', 'a=%ED%A0%80'],
  ['a cut sequence', 'a=%E2%82'],
  ['a byte beyond Unicode', 'a=%F5%80%80%80'],
])('v5.0.0-15.3.7: %s is refused', async (_what, body) => {
  await using server = await door()
  expect(await post(server.port, body)).toEqual({ status: 400, answer: { code: 'invalid_request' } })
})

test.each([
  [Buffer.from([0x61, 0x3d, 0xff])],
  [Buffer.from([0x61, 0x3d, 0xc0, 0xaf])],
  [Buffer.from([0x61, 0x3d, 0xe2])],
])('bytes that are not UTF-8 are refused: %j', async (body) => {
  await using server = await door()
  expect(await post(server.port, body)).toMatchObject({ status: 400, answer: { code: 'invalid_request' } })
})

test.each([
  formType,
  `${formType};charset=utf-8`,
  `${formType}; charset=UTF-8`,
  'Application/X-WWW-Form-Urlencoded; Charset="utf-8"',
  `${formType};`,
])('the content type %s is a form', async (type) => {
  await using server = await door()
  expect((await post(server.port, 'a=1', { 'content-type': type })).status).toBe(200)
})

test.each(
  [
    [
      'application/json',
      'multipart/form-data; boundary=x',
      'text/plain',
      '',
      'application/x-www-form-urlencodedx',
    ],
    [
      `${formType}, application/json`,
      `text/plain; ${formType}`,
      `${formType}; charset=utf-7`,
      `${formType}; charset=utf-16`,
    ],
    [
      `${formType}; charset=iso-8859-1`,
      `${formType}; charset=utf-8; charset=utf-7`,
      `${formType}; boundary=x`,
    ],
  ].flat(),
)('the content type %j is refused', async (type) => {
  await using server = await door()
  expect(await post(server.port, 'a=1', { 'content-type': type })).toEqual({
    status: 415,
    answer: { code: 'unsupported_media_type' },
  })
})

test('a missing content type and a compressed body are refused', async () => {
  await using server = await door()
  const bare = await server.exchange(
    'POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 3\r\nConnection: close\r\n\r\na=1',
  )
  expect(bare).toMatch(/^HTTP\/1\.1 415 /)
  const compressed = await post(server.port, 'a=1', { 'content-type': formType, 'content-encoding': 'gzip' })
  expect(compressed.status).toBe(415)
})

test('methods other than POST are refused', async () => {
  await using server = await door()
  for (const method of ['GET', 'PUT', 'PATCH', 'DELETE']) {
    const response = await fetch(`http://127.0.0.1:${server.port}/`, {
      method,
      headers: { 'content-type': formType },
    })
    expect(response.status).toBe(405)
  }
})

test('a form of exactly 32 KiB passes and one byte more does not', async () => {
  await using server = await door()
  expect((await post(server.port, `a=${'x'.repeat(32 * 1024 - 2)}`)).status).toBe(200)
  const { status, answer } = await post(server.port, `a=${'x'.repeat(32 * 1024 - 1)}`)
  expect({ status, answer }).toEqual({ status: 413, answer: { code: 'payload_too_large' } })
})

test('a body of 1 MB is answered with 413 that its sender can read, declared or chunked', async () => {
  await using server = await door()
  const megabyte = Buffer.alloc(1024 * 1024, 'a')
  for (let round = 0; round < 10; round += 1) {
    expect((await post(server.port, megabyte)).status).toBe(413)
    const stream = new Blob([megabyte]).stream()
    const init: RequestInit = {
      method: 'POST',
      body: stream,
      headers: { 'content-type': formType },
      duplex: 'half',
    }
    expect((await fetch(`http://127.0.0.1:${server.port}/`, init)).status).toBe(413)
  }
})

test('a body without end is not read for ever, and the connection is closed', async () => {
  await using server = await door()
  let sent = 0
  const closed = new Promise<void>((resolve) => {
    const socket = connect(server.port, '127.0.0.1', () => {
      socket.write(
        `POST / HTTP/1.1\r\nHost: x\r\nContent-Type: ${formType}\r\nTransfer-Encoding: chunked\r\n\r\n`,
      )
      const chunk = Buffer.concat([Buffer.from('10000\r\n'), Buffer.alloc(65536, 'a'), Buffer.from('\r\n')])
      const more = (): void => {
        while (!socket.destroyed && socket.write(chunk)) sent += chunk.length
      }
      socket.on('drain', more)
      more()
    })
    socket.resume()
    socket.on('error', () => socket.destroy())
    socket.on('close', () => resolve())
  })
  await closed
  expect(sent).toBeLessThan(64 * 1024 * 1024)
})

test('a body declared as 1 GB is refused before it is sent', async () => {
  await using server = await door()
  const startedAt = performance.now()
  const head = `POST / HTTP/1.1\r\nHost: x\r\nContent-Type: ${formType}\r\nContent-Length: 1073741824\r\n\r\n`
  const answer = await server.exchange(head)
  expect(answer).toMatch(/^HTTP\/1\.1 413 /)
  expect(answer).toMatch(/connection: close/i)
  expect(performance.now() - startedAt).toBeLessThan(1_000)
})

test('a refused sender that stops sending is not waited for longer than two seconds', async () => {
  await using server = await door()
  const head = `POST / HTTP/1.1\r\nHost: x\r\nContent-Type: ${formType}\r\nContent-Length: 100000\r\n\r\n`
  const answer = await server.exchange(`${head}abc`)
  expect(answer).toMatch(/^HTTP\/1\.1 413 [^]*connection: close/i)
})

test('after a small refused body the connection serves its next request', async () => {
  await using server = await door()
  const request = (body: string, type: string, connection: string): string =>
    `POST / HTTP/1.1\r\nHost: x\r\nContent-Type: ${type}\r\nContent-Length: ${body.length}\r\nConnection: ${connection}\r\n\r\n${body}`
  const bytes = request('{"a":1}', 'application/json', 'keep-alive') + request('a=1', formType, 'close')
  const answer = await server.exchange(bytes)
  expect(answer.match(/HTTP\/1\.1 \d+/g)).toEqual(['HTTP/1.1 415', 'HTTP/1.1 200'])
})

test('a sender that hangs up in the middle is a refusal and not a crash', async () => {
  const seen: { error?: unknown } = {}
  await using server = await door(seen)
  const head = `POST / HTTP/1.1\r\nHost: x\r\nContent-Type: ${formType}\r\nContent-Length: 100\r\n\r\n`
  await server.exchange(`${head}a=1`, 100)
  await expect.poll(() => seen.error).toMatchObject({ code: 'invalid_request' })
  expect((await post(server.port, 'a=1')).status).toBe(200)
})

test('a sender that is gone before the form is looked at is a refusal and not a wait for ever', async () => {
  const koa = new Koa()
  koa.silent = true
  let outcome: unknown
  koa.use(async (ctx) => {
    await once(ctx.req, 'close').catch(() => undefined)
    outcome = await readForm(ctx).catch((error: unknown) => error)
  })
  const handle = koa.callback()
  await using server = await serve((request, response) => void handle(request, response))
  const head = `POST / HTTP/1.1\r\nHost: x\r\nContent-Type: ${formType}\r\nContent-Length: 100\r\n\r\n`
  await server.exchange(`${head}a=1`, 100)
  await expect.poll(() => outcome).toMatchObject({ code: 'invalid_request' })
})

test.each([
  ['both lengths', 'Content-Length: 3\r\nTransfer-Encoding: chunked'],
  ['two lengths', 'Content-Length: 3\r\nContent-Length: 4'],
  ['a negative length', 'Content-Length: -1'],
  ['a length that is no number', 'Content-Length: 3x'],
])('v5.0.0-4.2.1: %s never reach the door', async (_what, lines) => {
  const seen: { error?: unknown } = {}
  await using server = await door(seen)
  const answer = await server.exchange(
    `POST / HTTP/1.1\r\nHost: x\r\nContent-Type: ${formType}\r\n${lines}\r\n\r\na=1`,
  )
  expect(answer).toMatch(/^HTTP\/1\.1 400 /)
  expect(seen.error).toBeUndefined()
})

test('a body that was read already is a bug and not an empty form', async () => {
  const koa = new Koa()
  koa.silent = true
  koa.use(async (ctx) => {
    await readForm(ctx)
    await readForm(ctx)
  })
  const handle = koa.callback()
  await using server = await serve((request, response) => void handle(request, response))
  const response = await fetch(`http://127.0.0.1:${server.port}/`, {
    method: 'POST',
    body: 'a=1',
    headers: { 'content-type': formType },
  })
  expect(response.status).toBe(500)
})
