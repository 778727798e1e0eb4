import { createHash } from 'node:crypto'
import type { IncomingMessage } from 'node:http'
import type { Duplex } from 'node:stream'

/** Answers a handshake as RFC 6455 §4.2.2 has it; some proxies look whether that is so. */
export function acceptWebSocket({ headers }: IncomingMessage, socket: Duplex): void {
  const key = `${headers['sec-websocket-key']}258EAFA5-E914-47DA-95CA-C5AB0DC85B11`
  const accept = createHash('sha1').update(key).digest('base64')
  const answer = ['connection: Upgrade', 'upgrade: websocket', `sec-websocket-accept: ${accept}`]
  socket.write(`HTTP/1.1 101 Switching Protocols\r\n${answer.join('\r\n')}\r\n\r\n`)
}
