import { execFile } from 'node:child_process'
import { promisify } from 'node:util'
import { gzipSync } from 'node:zlib'
import { expect, test } from 'vitest'
import { createOutbound } from '../../../src/platform/outbound/outbound.ts'
import type { OutboundEvent, OutboundOptions } from '../../../src/platform/outbound/outbound.ts'
import { OutboundError } from '../../../src/platform/outbound/outbound-error.ts'
import { listenHttp, listenTcp } from './listener.ts'

const publicAddress = '93.184.216.34'

function guard(options: Partial<OutboundOptions> = {}) {
  return createOutbound({
    allowedHosts: [],
    timeoutMilliseconds: 2_000,
    maxResponseBytes: 64 * 1024,
    resolve: async () => [],
    ...options,
  })
}

/** The guard with one exception: the given port of this machine. */
function guardFor(port: number, options: Partial<OutboundOptions> = {}) {
  return guard({ allowedHosts: [`127.0.0.1:${port}`], ...options })
}

async function failureOf(work: Promise<unknown>): Promise<OutboundError> {
  const error = await work.then(
    () => undefined,
    (error: unknown) => error,
  )
  if (!(error instanceof OutboundError)) throw new Error('expected an OutboundError', { cause: error })
  return error
}

const internalHosts = [
  '127.0.0.1 127.1 127.0.1 0x7f.1 0x7f000001 2130706433 017700000001 0177.0.0.1 127.0.0.1. 0 0.0.0.0',
  '①②⑦.0.0.1 127。0。0。1 %31%32%37.0.0.1',
  '[::1] [0:0:0:0:0:0:0:1] [::ffff:127.0.0.1] [::ffff:7f00:1] [::127.0.0.1] [::] [64:ff9b::127.0.0.1] [2002:7f00:1::1]',
  'localhost LOCALHOST localhost. anything.localhost loopback.example mixed.example',
].flatMap((line) => line.split(' '))

/** What a hostile name server says. */
async function hostileNames(hostname: string): Promise<readonly string[]> {
  if (hostname === 'mixed.example') return [publicAddress, '127.0.0.1']
  return hostname === 'loopback.example' ? ['::1', '127.0.0.1'] : ['127.0.0.1']
}

test.each(internalHosts)('API7 T44: nothing connects to this machine by way of %s', async (host) => {
  await using listener = await listenHttp((_request, response) => response.end('secret'), '::')
  const outbound = guard({ resolve: hostileNames })
  for (const scheme of ['https', 'http']) {
    const failure = await failureOf(outbound.fetch(`${scheme}://${host}:${listener.port}/jwks`))
    expect(failure.code).toBe('outbound_refused')
  }
  expect(listener.connections()).toBe(0)
})

test('API7: the cloud metadata address is refused by its number and by a name', async () => {
  const outbound = guard({ resolve: async () => ['169.254.169.254'] })
  for (const url of [
    'https://169.254.169.254/latest/meta-data',
    'https://metadata.example/',
    'https://[fd00:ec2::254]/',
  ]) {
    expect(await failureOf(outbound.fetch(url))).toMatchObject({
      code: 'outbound_refused',
      reason: 'address',
    })
  }
})

test('API7 T44: a name that turns from public to private between two questions is asked once and pinned', async () => {
  await using listener = await listenHttp((_request, response) => response.end('secret'))
  let questions = 0
  const resolve = async (): Promise<readonly string[]> => {
    questions += 1
    return questions === 1 ? ['192.88.100.1'] : ['127.0.0.1']
  }
  const outbound = guard({ resolve, timeoutMilliseconds: 300 })
  // The first address is public and nobody is there: the connection must be tried there, and nowhere else.
  const first = await failureOf(outbound.fetch(`https://rebind.example:${listener.port}/`))
  expect(first.code).not.toBe('outbound_refused')
  expect(questions).toBe(1)
  const second = await failureOf(outbound.fetch(`https://rebind.example:${listener.port}/`))
  expect(second.code).toBe('outbound_refused')
  expect(listener.connections()).toBe(0)
})

test('API7: the connection goes to the judged address, whatever the system thinks of the name', async () => {
  await using listener = await listenHttp((request, response) => response.end(request.headers.host))
  const outbound = guard({ allowedHosts: ['judged.invalid'], resolve: async () => ['127.0.0.1'] })
  const response = await outbound.fetch(`http://judged.invalid:${listener.port}/`)
  expect(await response.text()).toBe(`judged.invalid:${listener.port}`)
})

test.each([
  ['http to a public host', 'http://public.example/', 'scheme'],
  ['another scheme', 'ftp://public.example/', 'scheme'],
  ['a data URL', 'data:application/json,{}', 'scheme'],
  ['a file URL', 'file:///etc/passwd', 'scheme'],
  ['a name and password', 'https://user:secret@public.example/', 'userinfo'],
  ['a name alone', 'https://user@public.example/', 'userinfo'],
  ['no URL at all', 'https://', 'url'],
])('API7: %s is refused before a name is looked up', async (_what, url, reason) => {
  let questions = 0
  const outbound = guard({ resolve: async () => [String((questions += 1))] })
  expect(await failureOf(outbound.fetch(url))).toMatchObject({ code: 'outbound_refused', reason })
  expect(questions).toBe(0)
})

test('a host that the operator names may be private and plain http, on the named port only', async () => {
  await using listener = await listenHttp((_request, response) => response.end('welcome'))
  const named = guard({
    allowedHosts: [`Hooks.Internal:${listener.port}`],
    resolve: async () => ['127.0.0.1'],
  })
  const response = await named.fetch(`http://hooks.internal:${listener.port}/`)
  expect(await response.text()).toBe('welcome')
  const elsewhere = guard({ allowedHosts: ['hooks.internal:1'], resolve: async () => ['127.0.0.1'] })
  const failure = await failureOf(elsewhere.fetch(`https://hooks.internal:${listener.port}/`))
  expect(failure.reason).toBe('address')
  expect(listener.connections()).toBe(1)
})

test('an allowed range lifts the rule about addresses and not the rule about https', async () => {
  await using listener = await listenHttp((_request, response) => response.end())
  const outbound = guard({ allowedHosts: ['127.0.0.0/8', 'fd00::/8'], resolve: async () => ['127.0.0.1'] })
  expect((await failureOf(outbound.fetch(`http://a.example:${listener.port}/`))).reason).toBe('scheme')
  expect((await failureOf(outbound.fetch(`https://a.example:${listener.port}/`))).reason).toBe('network')
  expect(listener.connections()).toBe(1)
})

test.each([
  '0.0.0.0/0',
  '::/0',
  '10.0.0.0/33',
  '10.0.0/8',
  '0x0a.0.0.0/8',
  'a b',
  'https://x.example',
  'x@y',
  'x/',
  '',
])('an exception written as %j stops the start', (entry) => {
  expect(() => guard({ allowedHosts: [entry] })).toThrow(JSON.stringify(entry))
})

test.each([301, 302, 303, 307, 308])(
  'API7 T44: a %i redirect is refused and not followed',
  async (status) => {
    await using internal = await listenHttp((_request, response) => response.end('secret'))
    await using listener = await listenHttp((_request, response) => {
      response.writeHead(status, { location: `http://127.0.0.1:${internal.port}/` }).end()
    })
    const outbound = guard({ allowedHosts: [`127.0.0.1:${listener.port}`, `127.0.0.1:${internal.port}`] })
    for (const redirect of ['follow', 'manual'] as const) {
      const failure = await failureOf(outbound.fetch(`http://127.0.0.1:${listener.port}/`, { redirect }))
      expect(failure).toMatchObject({ code: 'outbound_refused', reason: 'redirect' })
    }
    expect(internal.connections()).toBe(0)
  },
)

test('API10: a body of 1 GB is cut at the bound, announced or not', async () => {
  const megabyte = Buffer.alloc(1024 * 1024, 'a')
  let sent = 0
  await using listener = await listenHttp((request, response) => {
    if (request.url === '/announced') response.writeHead(200, { 'content-length': 1024 ** 3 })
    const more = (): void => {
      while (sent < 1024 && !response.destroyed) {
        sent += 1
        if (!response.write(megabyte)) return void response.once('drain', more)
      }
    }
    more()
  })
  const outbound = guardFor(listener.port)
  for (const path of ['announced', 'endless']) {
    sent = 0
    const failure = await failureOf(outbound.fetch(`http://127.0.0.1:${listener.port}/${path}`))
    expect(failure.code).toBe('outbound_too_large')
    expect(sent).toBeLessThan(64)
  }
})

test('API10: a body of exactly the bound passes and one byte more does not', async () => {
  await using listener = await listenHttp((request, response) =>
    response.end('x'.repeat(Number(request.url?.slice(1)))),
  )
  const outbound = guardFor(listener.port, { maxResponseBytes: 1000 })
  const response = await outbound.fetch(`http://127.0.0.1:${listener.port}/1000`)
  expect((await response.text()).length).toBe(1000)
  const failure = await failureOf(outbound.fetch(`http://127.0.0.1:${listener.port}/1001`))
  expect(failure.code).toBe('outbound_too_large')
})

test('API10: a compressed bomb is counted after decoding and cut, and identity was asked for', async () => {
  const bomb = gzipSync(Buffer.alloc(256 * 1024 * 1024), { level: 9 })
  const twice = gzipSync(bomb)
  let asked: string | undefined
  await using listener = await listenHttp((request, response) => {
    asked = request.headers['accept-encoding']
    const encoding = request.url === '/twice' ? 'gzip, gzip' : 'gzip'
    response.writeHead(200, { 'content-encoding': encoding }).end(request.url === '/twice' ? twice : bomb)
  })
  const outbound = guardFor(listener.port, { maxResponseBytes: 1024 * 1024 })
  const before = process.memoryUsage().rss
  for (const path of ['once', 'twice']) {
    const failure = await failureOf(outbound.fetch(`http://127.0.0.1:${listener.port}/${path}`))
    expect(failure.code).toBe('outbound_too_large')
  }
  expect(asked).toBe('identity')
  expect(process.memoryUsage().rss - before).toBeLessThan(64 * 1024 * 1024)
})

test('an honestly compressed answer is decoded, and the headers no longer claim otherwise', async () => {
  await using listener = await listenHttp((_request, response) => {
    const headers = { 'content-encoding': 'gzip', 'set-cookie': 'a=b', 'cache-control': 'max-age=60' }
    response.writeHead(200, headers).end(gzipSync('{"keys":[]}'))
  })
  const response = await guardFor(listener.port).fetch(`http://127.0.0.1:${listener.port}/`)
  expect(await response.json()).toEqual({ keys: [] })
  expect(Object.fromEntries(response.headers)).toMatchObject({ 'cache-control': 'max-age=60' })
  for (const name of ['content-encoding', 'content-length', 'set-cookie'])
    expect(response.headers.has(name)).toBe(false)
})

const slowAnswers: Record<string, (write: (text: string) => void) => void> = {
  'never answers': () => {},
  'sends its status line a byte at a time': (write) => write('H'),
  'sends headers without end': (write) => write('x'),
  'sends its body a byte at a time': (write) => write('b'),
  'sends interim answers without end': (write) => write('HTTP/1.1 103 Early Hints\r\n\r\n'),
}
const slowStarts: Record<string, string> = {
  'sends headers without end': 'HTTP/1.1 200 OK\r\nX-Slow: ',
  'sends its body a byte at a time': 'HTTP/1.1 200 OK\r\nContent-Length: 60000\r\n\r\n',
}

test.each(Object.keys(slowAnswers))('API10: a server that %s is cut at the time bound', async (manner) => {
  await using listener = await listenTcp((socket) => {
    socket.write(slowStarts[manner] ?? '')
    const timer = setInterval(() => slowAnswers[manner]?.((text) => socket.write(text)), 20)
    socket.on('close', () => clearInterval(timer))
  })
  const outbound = guardFor(listener.port, { timeoutMilliseconds: 300 })
  const startedAt = performance.now()
  const failure = await failureOf(outbound.fetch(`http://127.0.0.1:${listener.port}/`))
  expect(['outbound_timeout', 'outbound_failed']).toContain(failure.code)
  expect(performance.now() - startedAt).toBeLessThan(1_000)
})

test('API10: a name server that never answers is cut at the time bound', async () => {
  const outbound = guard({ resolve: () => new Promise(() => {}), timeoutMilliseconds: 200 })
  const failure = await failureOf(outbound.fetch('https://silent.example/'))
  expect(failure).toMatchObject({ code: 'outbound_timeout', reason: 'time' })
})

test('a signal of the caller ends the request early', async () => {
  await using listener = await listenTcp(() => {})
  const outbound = guardFor(listener.port, { timeoutMilliseconds: 60_000 })
  const failure = await failureOf(
    outbound.fetch(`http://127.0.0.1:${listener.port}/`, { signal: AbortSignal.timeout(100) }),
  )
  expect(failure.code).toBe('outbound_timeout')
  const aborted = await failureOf(
    outbound.fetch(`http://127.0.0.1:${listener.port}/`, { signal: AbortSignal.abort() }),
  )
  expect(aborted.code).toBe('outbound_timeout')
  expect(listener.connections()).toBe(1)
})

test('API10: one slow origin holds a bounded number of places and others are still served', async () => {
  await using slow = await listenTcp(() => {})
  await using quick = await listenHttp((_request, response) => response.end('quick'))
  const outbound = guard({
    allowedHosts: [`127.0.0.1:${slow.port}`, `127.0.0.1:${quick.port}`],
    timeoutMilliseconds: 1_000,
    concurrency: { total: 4, perOrigin: 2 },
  })
  const held = Array.from({ length: 50 }, () => failureOf(outbound.fetch(`http://127.0.0.1:${slow.port}/`)))
  const response = await outbound.fetch(`http://127.0.0.1:${quick.port}/`)
  expect(await response.text()).toBe('quick')
  const reasons = (await Promise.all(held)).map((failure) => failure.reason)
  expect(reasons.filter((reason) => reason === 'busy')).toHaveLength(48)
  expect(slow.connections()).toBe(2)
  // The places came back.
  expect((await failureOf(outbound.fetch(`http://127.0.0.1:${slow.port}/`))).reason).toBe('time')
})

test('no connection outlives its request', async () => {
  let open = 0
  await using listener = await listenHttp((request, response) => {
    expect(request.headers.connection).toBe('close')
    response.end('done')
  })
  await using raw = await listenTcp((socket) => {
    open += 1
    socket.resume().on('close', () => (open -= 1))
    socket.write('HTTP/1.1 200 OK\r\nConnection: keep-alive\r\nContent-Length: 2\r\n\r\nok')
  })
  const outbound = guard({ allowedHosts: [`127.0.0.1:${listener.port}`, `127.0.0.1:${raw.port}`] })
  for (let round = 0; round < 3; round += 1) {
    await outbound.fetch(`http://127.0.0.1:${listener.port}/`)
    await outbound.fetch(`http://127.0.0.1:${raw.port}/`)
  }
  await expect.poll(() => open).toBe(0)
  expect(listener.connections()).toBe(3)
  expect(raw.connections()).toBe(3)
})

test('a refused answer that goes on for ever is not left open', async () => {
  let open = 0
  await using listener = await listenTcp((socket) => {
    open += 1
    socket.resume().on('close', () => (open -= 1))
    socket.write('HTTP/1.1 302 Found\r\nLocation: /\r\nContent-Length: 1000000000\r\n\r\n')
  })
  const failure = await failureOf(guardFor(listener.port).fetch(`http://127.0.0.1:${listener.port}/`))
  expect(failure.reason).toBe('redirect')
  await expect.poll(() => open).toBe(0)
})

test('API10: compressed bytes that decode to nothing are counted too', async () => {
  const empty = Buffer.concat(Array.from({ length: 4096 }, () => gzipSync('')))
  await using listener = await listenHttp((_request, response) => {
    response.writeHead(200, { 'content-encoding': 'gzip' })
    const more = (): void => {
      while (!response.destroyed && response.write(empty));
      response.once('drain', more)
    }
    more()
  })
  const failure = await failureOf(guardFor(listener.port).fetch(`http://127.0.0.1:${listener.port}/`))
  expect(failure.code).toBe('outbound_too_large')
})

test('a name without addresses is told from a network that fails', async () => {
  expect(await failureOf(guard().fetch('https://nowhere.example/'))).toMatchObject({
    code: 'outbound_failed',
    reason: 'name',
  })
})

test('the proxy settings of the environment are ignored', async () => {
  await using proxy = await listenHttp((_request, response) => response.end('proxied'))
  await using listener = await listenHttp((_request, response) => response.end('direct'))
  const proxyUrl = `http://127.0.0.1:${proxy.port}`
  const program = `
    import { createOutbound } from ${JSON.stringify(import.meta.resolve('../../../src/platform/outbound/outbound.ts'))}
    const guard = createOutbound({ allowedHosts: ['127.0.0.1'], timeoutMilliseconds: 5000, maxResponseBytes: 1000 })
    const response = await guard.fetch('http://127.0.0.1:${listener.port}/')
    console.log(await response.text())`
  const { stdout } = await promisify(execFile)(process.execPath, ['--input-type=module', '--eval', program], {
    env: {
      NODE_USE_ENV_PROXY: '1',
      HTTP_PROXY: proxyUrl,
      http_proxy: proxyUrl,
      HTTPS_PROXY: proxyUrl,
      ALL_PROXY: proxyUrl,
    },
  })
  expect(stdout.trim()).toBe('direct')
  expect(proxy.connections()).toBe(0)
})

test('what is sent is what the caller gave: method, body, headers, no cookie', async () => {
  let seen: unknown
  await using listener = await listenHttp((request, response) => {
    const chunks: Buffer[] = []
    request.on('data', (chunk: Buffer) => chunks.push(chunk))
    request.on('end', () => {
      const { cookie, referer } = request.headers
      const type = request.headers['content-type']
      seen = { method: request.method, body: Buffer.concat(chunks).toString(), type, cookie, referer }
      response.writeHead(204, { 'set-cookie': 'tracked=1' }).end()
    })
  })
  const outbound = guardFor(listener.port)
  const send = () =>
    outbound.fetch(`http://127.0.0.1:${listener.port}/`, {
      method: 'POST',
      headers: new Headers({
        'content-type': 'application/x-www-form-urlencoded',
        cookie: 'a=b',
        'user-agent': '',
      }),
      body: new URLSearchParams({ logout_token: 'a.b.c' }),
    })
  expect((await send()).status).toBe(204)
  await send()
  const type = 'application/x-www-form-urlencoded'
  expect(seen).toEqual({
    method: 'POST',
    body: 'logout_token=a.b.c',
    type,
    cookie: undefined,
    referer: undefined,
  })
})

test('a dispatcher in the options is ignored: the guard chooses its own connection', async () => {
  await using listener = await listenHttp((_request, response) => response.end('secret'))
  const init: RequestInit = {}
  Object.assign(init, { dispatcher: { dispatch: () => expect.unreachable() } })
  const outbound = guard({ resolve: async () => ['127.0.0.1'] })
  const failure = await failureOf(outbound.fetch(`https://a.example:${listener.port}/`, init))
  expect(failure.reason).toBe('address')
  expect(listener.connections()).toBe(0)
})

test('the error names no host and no address, and the log has no path', async () => {
  const events: OutboundEvent[] = []
  const outbound = guard({ resolve: async () => ['10.1.2.3'], log: (event) => events.push(event) })
  const failure = await failureOf(outbound.fetch('https://internal.example/secret?token=1'))
  expect(failure.message).toBe('The outbound request was refused.')
  expect(String(failure)).not.toMatch(/internal|10\.1|secret/)
  expect(events).toHaveLength(1)
  expect(events[0]).toMatchObject({
    outcome: 'outbound_refused',
    reason: 'address',
    origin: 'https://internal.example',
  })
  expect(JSON.stringify(events)).not.toMatch(/secret|token/)
})

test.each([
  ['a closed door', 'HANGUP'],
  ['no HTTP at all', 'SSH-2.0-OpenSSH_9.9\r\n'],
  ['a header of 1 MB', `HTTP/1.1 200 OK\r\nX: ${'x'.repeat(1024 * 1024)}\r\n\r\n`],
  ['an impossible status', 'HTTP/1.1 999 Odd\r\nContent-Length: 0\r\n\r\n'],
  ['two lengths', 'HTTP/1.1 200 OK\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nab'],
  ['a body that ends early', 'HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nab'],
  ['a broken compressed body', 'HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: 4\r\n\r\nnope'],
  ['a switch of protocols', 'HTTP/1.1 101 Switching\r\nConnection: upgrade\r\nUpgrade: x\r\n\r\n'],
])('API10: %s is one typed failure', async (_what, bytes) => {
  await using listener = await listenTcp((socket) => {
    if (bytes === 'HANGUP') socket.destroy()
    else socket.end(bytes)
  })
  const failure = await failureOf(guardFor(listener.port).fetch(`http://127.0.0.1:${listener.port}/`))
  expect(['outbound_failed', 'outbound_too_large']).toContain(failure.code)
})
