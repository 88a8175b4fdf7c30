/** Ports for programs that are told where to listen. */
import { randomInt } from 'node:crypto'
import { once } from 'node:events'
import { createServer } from 'node:net'

// Below the ports that the system gives to whoever asks for none, connections that go out included: between the moment a
// port is found free and the moment the program listens, nobody else gets it.
const [lowest, highest] = [15_000, 32_000]
const given = new Set<number>()

/** A port that nobody listens on. */
export async function freePort(): Promise<number> {
  for (;;) {
    const port = randomInt(lowest, highest)
    if (given.has(port)) continue
    given.add(port)
    if (await isFree(port)) return port
  }
}

async function isFree(port: number): Promise<boolean> {
  const server = createServer().listen(port, '127.0.0.1')
  const listening = await once(server, 'listening').then(
    () => true,
    () => false,
  )
  if (!listening) return false
  server.close()
  await once(server, 'close')
  return true
}
