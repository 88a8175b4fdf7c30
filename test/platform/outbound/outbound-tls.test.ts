import { execFileSync } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { createServer } from 'node:https'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { getCACertificates, setDefaultCACertificates } from 'node:tls'
import { expect, test } from 'vitest'
import { createOutbound } from '../../../src/platform/outbound/outbound.ts'

/** A key and a certificate for judged.example, or undefined where there is no openssl to make them. */
function certificate(): { key: string; cert: string } | undefined {
  const folder = mkdtempSync(join(tmpdir(), 'outbound-tls-'))
  const [keyFile, certFile] = [join(folder, 'key.pem'), join(folder, 'cert.pem')]
  const curve = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes', '-days', '2']
  const name = ['-subj', '/CN=judged.example', '-addext', 'subjectAltName=DNS:judged.example']
  try {
    execFileSync('openssl', ['req', '-x509', ...curve, ...name, '-keyout', keyFile, '-out', certFile], {
      stdio: 'pipe',
    })
    return { key: readFileSync(keyFile, 'utf8'), cert: readFileSync(certFile, 'utf8') }
  } catch {
    return undefined
  } finally {
    rmSync(folder, { recursive: true })
  }
}

test('v5.0.0-12.3.2: TLS is judged by the name in the URL while the connection goes to the judged address', async (context) => {
  const pair = certificate()
  if (pair === undefined) {
    context.skip('openssl is not installed, so there is no certificate to test with')
    return
  }
  const asked: string[] = []
  let served = 0
  const SNICallback = (name: string, answer: (error: Error | null) => void): void => {
    asked.push(name)
    answer(null)
  }
  const server = createServer({ ...pair, SNICallback }, (_request, response) => {
    served += 1
    response.end('{"keys":[]}')
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  const port = address !== null && typeof address === 'object' ? address.port : 0
  const outbound = createOutbound({
    allowedHosts: ['127.0.0.0/8'],
    timeoutMilliseconds: 2_000,
    maxResponseBytes: 1_000,
    resolve: async () => ['127.0.0.1'],
  })
  const before = getCACertificates()
  try {
    process.env['NODE_TLS_REJECT_UNAUTHORIZED'] = '0'
    // A stranger's certificate, though the environment would have any.
    await expect(outbound.fetch(`https://judged.example:${port}/`)).rejects.toMatchObject({
      code: 'outbound_failed',
    })
    setDefaultCACertificates([...before, pair.cert])
    const response = await outbound.fetch(`https://judged.example:${port}/`)
    expect(await response.json()).toEqual({ keys: [] })
    // A good certificate for somebody else.
    await expect(outbound.fetch(`https://other.example:${port}/`)).rejects.toMatchObject({
      code: 'outbound_failed',
    })
    expect(asked).toEqual(['judged.example', 'judged.example', 'other.example'])
    expect(served).toBe(1)
  } finally {
    delete process.env['NODE_TLS_REJECT_UNAUTHORIZED']
    setDefaultCACertificates(before)
    server.close()
    server.closeAllConnections()
  }
})
