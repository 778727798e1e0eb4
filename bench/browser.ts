import { once } from 'node:events'
import { Agent, request } from 'node:http'

export type Answer = { readonly body: Buffer; readonly seconds: number }

/** Loads from one server as a browser does: a few connections, kept open, everything compressed. */
export type Browser = {
  /** @throws for anything but 200; `from` is the address that a proxy in front would name (`X-Forwarded-For`) */
  get(path: string, from?: string): Promise<Answer>
  close(): void
}

/** Browsers open six to one server (HTTP/1.1). */
export function openBrowser(origin: string, connections = 6): Browser {
  const { host, port } = new URL(origin)
  const agent = new Agent({ keepAlive: true, maxSockets: connections })
  return {
    async get(path, from) {
      const began = performance.now()
      const headers = {
        host,
        'accept-encoding': 'gzip, br',
        ...(from === undefined ? {} : { 'x-forwarded-for': from }),
      }
      // The product is reached as localhost and listens on 127.0.0.1.
      const call = request({ host: '127.0.0.1', port, path, headers, agent })
      call.end()
      const [response] = await once(call, 'response')
      const chunks: Buffer[] = []
      for await (const chunk of response) chunks.push(chunk)
      if (response.statusCode !== 200) throw new Error(`${path} answered ${response.statusCode}`)
      return { body: Buffer.concat(chunks), seconds: (performance.now() - began) / 1000 }
    },
    close: () => agent.destroy(),
  }
}
