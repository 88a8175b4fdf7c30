/**
 * Connections that do as little as a sender can: a request is written as it will be on the wire, and of the answer only
 * the status and the length are read. Whoever measures a server must not be what is waited for.
 */
import { once } from 'node:events'
import { connect } from 'node:net'
import type { Socket } from 'node:net'

/** A connection that is kept open; one request at a time. */
export interface Connection {
  /** Sends a request and tells the status of its answer, or 0 if the connection ended before it was complete. */
  readonly send: (request: string, onAnswer: (status: number) => void) => void
  readonly isOpen: () => boolean
  readonly close: () => void
}

/** What has come of an answer. */
interface Arriving {
  /** What came before the end of the headers, if they came in parts. */
  head: string
  status: number
  /** Of the body; undefined until the headers are complete. */
  bytesLeft: number | undefined
}

const bufferBytes = 64 * 1024
const mostHeadCharacters = 32 * 1024

/** Opens connections, all of them before it returns. */
export async function openConnections(origin: string, count: number): Promise<readonly Connection[]> {
  return Promise.all(Array.from({ length: count }, () => openConnection(origin)))
}

/** Opens one. */
export async function openConnection(origin: string): Promise<Connection> {
  const { hostname, port } = new URL(origin)
  let onAnswer: ((status: number) => void) | undefined
  const arriving: Arriving = { head: '', status: 0, bytesLeft: undefined }
  let open = true
  const answered = (status: number): void => {
    const tell = onAnswer
    onAnswer = undefined
    tell?.(status)
  }
  const socket: Socket = connect({
    host: hostname,
    port: Number(port),
    noDelay: true,
    onread: {
      // One for all answers: nothing is kept of them.
      buffer: Buffer.allocUnsafe(bufferBytes),
      callback: (bytes, buffer) => {
        if (isComplete(arriving, buffer as Buffer, bytes)) answered(arriving.status)
        return true
      },
    },
  })
  socket.on('error', () => socket.destroy())
  await once(socket, 'connect')
  socket.on('close', () => {
    open = false
    answered(0)
  })
  return {
    isOpen: () => open,
    send: (request, tell) => {
      onAnswer = tell
      arriving.head = ''
      arriving.bytesLeft = undefined
      socket.write(request, 'latin1')
    },
    close: () => socket.destroy(),
  }
}

/** Takes in what has come; true with the last byte. */
function isComplete(arriving: Arriving, buffer: Buffer, bytes: number): boolean {
  if (arriving.bytesLeft !== undefined) {
    arriving.bytesLeft -= bytes
    return arriving.bytesLeft <= 0
  }
  const before = arriving.head.length
  const text = arriving.head + buffer.toString('latin1', 0, bytes)
  const end = text.indexOf('\r\n\r\n')
  if (end === -1) {
    if (text.length > mostHeadCharacters) throw new Error('the headers of an answer do not end')
    arriving.head = text
    return false
  }
  arriving.status = Number(text.slice(9, 12))
  arriving.bytesLeft = bodyLength(text.slice(0, end + 2), arriving.status) - (before + bytes - end - 4)
  return arriving.bytesLeft <= 0
}

function bodyLength(head: string, status: number): number {
  if (status === 204 || status === 304) return 0
  const length = /\r\ncontent-length: *(\d+)\r\n/i.exec(head)?.[1]
  // No server that is measured sends chunks; if one begins to, its numbers would be wrong.
  if (length === undefined) throw new Error('an answer does not tell its length')
  return Number(length)
}
