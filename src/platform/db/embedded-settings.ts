/** What the embedded PostgreSQL is started with: its settings, and where it listens. */
import { chown, mkdtemp, rm } from 'node:fs/promises'
import { createServer } from 'node:net'
import { join } from 'node:path'
import type { Installation } from './embedded-cluster.ts'
import type { Home } from './embedded-home.ts'
import { makeServerFolder } from './embedded-home.ts'
import type { ServerUser } from './embedded-programs.ts'

const socketPort = 5432
const outsideSocketPrefix = '/tmp/latchkey-socket-'
// The kernel allows 107 bytes (103 on macOS) for `<folder>/.s.PGSQL.5432`.
const longestSocketDirectoryBytes = 85

/** The command line of the server. Makes the folder of its socket. */
export async function serverArguments(installation: Installation): Promise<string[]> {
  const { home, user, durable } = installation
  const settings: Record<string, string> = {
    ...(await listenSettings(home, user)),
    max_connections: '120',
    shared_buffers: '32MB',
    max_wal_size: '256MB',
    wal_level: 'minimal',
    max_wal_senders: '0',
    // One small machine: no helpers for input and output, replication or parallel plans.
    io_method: 'sync',
    max_logical_replication_workers: '0',
    max_parallel_workers_per_gather: '0',
    jit: 'off',
    timezone: 'UTC',
    log_timezone: 'UTC',
    // Statements may hold personal data.
    log_min_error_statement: 'panic',
    ...(durable
      ? {}
      : { max_connections: '300', fsync: 'off', synchronous_commit: 'off', full_page_writes: 'off' }),
    ...installation.settings,
  }
  return [
    '-D',
    home.cluster,
    ...Object.entries(settings).flatMap(([name, value]) => ['-c', `${name}=${value}`]),
  ]
}

async function listenSettings(home: Home, user: ServerUser | undefined): Promise<Record<string, string>> {
  if (process.platform === 'win32') {
    return { listen_addresses: '127.0.0.1', port: String(await freePort()), unix_socket_directories: '' }
  }
  const directory = await socketDirectory(home, user)
  return {
    listen_addresses: '',
    port: String(socketPort),
    unix_socket_directories: `"${directory.replaceAll('"', '""')}"`,
    unix_socket_permissions: '0700',
  }
}

async function socketDirectory(home: Home, user: ServerUser | undefined): Promise<string> {
  const inside = join(home.path, 'socket')
  if (Buffer.byteLength(inside) <= longestSocketDirectoryBytes) {
    await makeServerFolder(inside, user)
    return inside
  }
  // A new name each time, as anybody may write to /tmp; postmaster.pid tells the others which it is.
  const outside = await mkdtemp(outsideSocketPrefix)
  if (user !== undefined) await chown(outside, user.uid, user.gid)
  return outside
}

/** Removes a folder that was made for a socket in /tmp; any other place is left alone. */
export async function removeOutsideSocket(directory: string | undefined): Promise<void> {
  if (
    directory?.startsWith(outsideSocketPrefix) !== true ||
    directory.includes('/', outsideSocketPrefix.length)
  )
    return
  await rm(directory, { recursive: true, force: true })
}

function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer()
    server.on('error', reject)
    server.listen(0, '127.0.0.1', () => {
      const address = server.address()
      server.close(() => resolve(typeof address === 'object' && address !== null ? address.port : socketPort))
    })
  })
}
