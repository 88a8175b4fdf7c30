/** Gateways in front of an API: real nginx and real Caddy, an upstream that tells what reached it, and requests as wrong as need be. */
import { spawn, spawnSync } from 'node:child_process'
import type { ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { createServer, request as httpRequest } from 'node:http'
import type { IncomingMessage } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { freePort } from './free-port.ts'

/** Header names and values in turn, as they are written; a name may come twice. */
export type RawHeaders = readonly (readonly [string, string])[]

/** A request that no library mends. */
export interface RawRequest {
  readonly path: string
  readonly method?: string
  readonly headers?: RawHeaders
  readonly body?: string
  /** The address it comes from; any of 127.0.0.0/8. */
  readonly from?: string
}

/** Its answer. */
export interface RawAnswer {
  readonly status: number
  /** By lower-case names; what came twice is joined by a comma. */
  readonly headers: Readonly<Record<string, string>>
  readonly text: string
}

/** Sends a request exactly as it is. */
export async function send(origin: string, asked: RawRequest): Promise<RawAnswer> {
  const { hostname, port, host } = new URL(origin)
  const { path, method = 'GET', headers = [], body, from } = asked
  const hasHost = headers.some(([name]) => name.toLowerCase() === 'host')
  const sent = httpRequest({
    hostname,
    port,
    path,
    method,
    headers: [...(hasHost ? [] : [['Host', host] as const]), ...headers].flat(),
    ...(from !== undefined && { localAddress: from }),
  })
  sent.end(body)
  const [answer] = (await once(sent, 'response')) as [IncomingMessage]
  const chunks: Buffer[] = []
  for await (const chunk of answer) if (Buffer.isBuffer(chunk)) chunks.push(chunk)
  const named = Object.entries(answer.headers).map(([name, value]) => [name, [value].flat().join(', ')])
  return {
    status: answer.statusCode ?? 0,
    headers: Object.fromEntries(named),
    text: Buffer.concat(chunks).toString(),
  }
}

/** An API that nobody protects but the gateway in front of it. */
export interface Upstream {
  readonly port: number
  /** What reached it, as it was written. */
  readonly requests: {
    readonly path: string
    readonly rawHeaders: readonly string[]
    readonly body: string
  }[]
  readonly close: () => Promise<void>
}

/** Starts an upstream that answers everything with 200, or with the status that the path ends with. */
export async function openUpstream(): Promise<Upstream> {
  const requests: Upstream['requests'] = []
  const server = createServer((request, response) => {
    const chunks: Buffer[] = []
    request.on('data', (chunk: Buffer) => chunks.push(chunk))
    request.on('end', () => {
      const { url: path = '', rawHeaders } = request
      requests.push({ path, rawHeaders, body: Buffer.concat(chunks).toString() })
      response.statusCode = Number(/\/status\/(\d{3})$/.exec(path)?.[1] ?? 200)
      response.end('from the upstream')
    })
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  return {
    port: (server.address() as AddressInfo).port,
    requests,
    close: async () => {
      server.closeAllConnections()
      server.close()
      await once(server, 'close')
    },
  }
}

/** A gateway that runs. */
export interface Gateway {
  readonly origin: string
  readonly close: () => Promise<void>
}

/** How a gateway is started, and what it is told. */
export interface GatewayProgram {
  readonly command: string
  readonly fileName: string
  readonly configuration: (at: { readonly port: number; readonly directory: string }) => string
  readonly arguments: (file: string, directory: string) => readonly string[]
}

/** Why a program cannot be run here; undefined if it can. */
export function missing(command: string, versionFlag: string): string | undefined {
  const { error, status } = spawnSync(command, [versionFlag], { stdio: 'ignore' })
  if (error === undefined && status === 0) return undefined
  return `${command} is not installed: apt-get install -y ${command}`
}

/** Starts a gateway in the foreground with files of its own, and waits until it listens. */
export async function openGateway(program: GatewayProgram): Promise<Gateway> {
  const directory = await mkdtemp(join(tmpdir(), `latchkey-${program.command}-`))
  const port = await freePort()
  const file = join(directory, program.fileName)
  await writeFile(file, program.configuration({ port, directory }))
  const said: string[] = []
  const child = spawn(program.command, program.arguments(file, directory), {
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { PATH: process.env['PATH'], HOME: directory, XDG_DATA_HOME: directory, XDG_CONFIG_HOME: directory },
  })
  child.stdout.on('data', (chunk: Buffer) => said.push(chunk.toString()))
  child.stderr.on('data', (chunk: Buffer) => said.push(chunk.toString()))
  const close = async (): Promise<void> => {
    if (child.exitCode === null && child.kill('SIGTERM')) await once(child, 'exit')
    await rm(directory, { recursive: true, force: true })
  }
  const origin = `http://127.0.0.1:${port}`
  try {
    await listening(origin, child, said)
  } catch (error) {
    await close()
    throw error
  }
  return { origin, close }
}

async function listening(origin: string, child: ChildProcess, said: readonly string[]): Promise<void> {
  const deadline = Date.now() + 15_000
  for (;;) {
    if (child.exitCode !== null || Date.now() > deadline)
      throw new Error(`the gateway does not run:\n${said.join('')}`)
    const isUp = await send(origin, { path: '/' }).then(
      () => true,
      () => false,
    )
    if (isUp) return
    await delay(50)
  }
}

/** nginx with these blocks inside `http`; the rest is what running it from a folder of its own takes. */
export function nginxWith(
  blocks: (places: { readonly port: number; readonly directory: string }) => string,
): GatewayProgram {
  return {
    command: 'nginx',
    fileName: 'nginx.conf',
    arguments: (file, directory) => ['-p', directory, '-c', file, '-e', 'stderr'],
    configuration: ({ port, directory }) => `
daemon off;
master_process off;
pid ${directory}/nginx.pid;
error_log stderr error;
events { worker_connections 256; }
http {
  access_log off;
  client_body_temp_path ${directory}/body;
  proxy_temp_path ${directory}/proxy;
  fastcgi_temp_path ${directory}/fastcgi;
  uwsgi_temp_path ${directory}/uwsgi;
  scgi_temp_path ${directory}/scgi;
  ${blocks({ port, directory })}
}
`,
  }
}
