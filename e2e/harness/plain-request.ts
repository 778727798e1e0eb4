import { once } from 'node:events'
import { type IncomingMessage, request } from 'node:http'
import type { Socket } from 'node:net'

export type PlainAnswer = {
  readonly status: number
  readonly headers: IncomingMessage['headers']
  readonly text: string
}

export type PlainRequest = {
  readonly method?: string
  /** Goes out as it is written. */
  readonly path: string
  /** Names and values in turn, as they are written; `Host` too, where it should be another one. */
  readonly headers?: readonly string[]
  readonly body?: Buffer
  /** Sends the body in pieces, whose number nobody knows beforehand (RFC 9112 §7.1). */
  readonly inChunks?: boolean
}

/** Requests to a port of this machine, in every shape that node can send. */
export function createSender(port: number, host: string) {
  function open({ method = 'GET', path, headers = [], body, inChunks = false }: PlainRequest) {
    const isNamed = headers.some((name, at) => at % 2 === 0 && name.toLowerCase() === 'host')
    const length = inChunks ? ['transfer-encoding', 'chunked'] : ['content-length', String(body?.length ?? 0)]
    const all = [...(isNamed ? [] : ['host', host]), ...(body === undefined ? [] : length), ...headers]
    const call = request({ host: '127.0.0.1', port, method, path, headers: all, agent: false })
    call.end(body)
    return call
  }
  return {
    async send(asked: PlainRequest): Promise<PlainAnswer> {
      const [response] = (await once(open(asked), 'response')) as [IncomingMessage]
      let text = ''
      for await (const chunk of response.setEncoding('utf8')) text += chunk
      return { status: response.statusCode ?? 0, headers: response.headers, text }
    },
    /** The head, with the body still to come. */
    async stream(asked: PlainRequest): Promise<IncomingMessage> {
      const [response] = (await once(open(asked), 'response')) as [IncomingMessage]
      return response
    },
    /** A request to change the protocol, as it is written. @returns the status, 101 included */
    async handshake(path: string, headers: readonly string[]): Promise<number> {
      const call = open({ path, headers })
      return new Promise((resolve, reject) => {
        const done = (response: IncomingMessage) => {
          resolve(response.statusCode ?? 0)
          call.destroy()
        }
        call.once('upgrade', done).once('response', done).once('error', reject)
      })
    },
    /** A WebSocket's handshake. @returns the status where it was refused */
    upgrade(headers: readonly string[], path: string): Promise<Socket | number> {
      const key = ['sec-websocket-key', 'dGhlIHNhbXBsZSBub25jZQ==', 'sec-websocket-version', '13']
      const call = open({ path, headers: [...headers, 'connection', 'Upgrade', 'upgrade', 'websocket', ...key] })
      return new Promise((resolve, reject) => {
        call.once('upgrade', (_response, socket) => resolve(socket as Socket))
        call.once('response', (response) => resolve(response.resume().statusCode ?? 0))
        call.once('error', reject)
      })
    },
  }
}
