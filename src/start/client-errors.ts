import type { Server, ServerResponse } from 'node:http'
import { STATUS_CODES } from 'node:http'
import type { Duplex } from 'node:stream'
import { Socket } from 'node:net'

const statusOfParserError: Readonly<Record<string, number>> = {
  HPE_HEADER_OVERFLOW: 431,
  HPE_CHUNK_EXTENSIONS_OVERFLOW: 413,
  ERR_HTTP_REQUEST_TIMEOUT: 408,
}

/**
 * Answers what is not HTTP, too large or too slow with a status and nothing more, and closes the connection: after bytes
 * that could not be read, nobody knows where the next request would begin.
 */
export function answerClientErrors(
  server: Server,
  currentAnswer: (socket: Socket) => ServerResponse | undefined,
): void {
  server.on('clientError', (error: NodeJS.ErrnoException, socket: Duplex) => {
    const answer = socket instanceof Socket ? currentAnswer(socket) : undefined
    const answering = answer?.headersSent === true && !answer.writableFinished
    // In the middle of another answer a status line would be read as a part of it.
    if (error.code === 'ECONNRESET' || !socket.writable || answering) {
      socket.destroy()
      return
    }
    const status = statusOfParserError[error.code ?? ''] ?? 400
    socket.on('error', () => {})
    socket.end(
      `HTTP/1.1 ${status} ${STATUS_CODES[status] ?? ''}\r\nConnection: close\r\nContent-Length: 0\r\n\r\n`,
    )
  })
}
