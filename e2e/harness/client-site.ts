import { once } from 'node:events'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { createServer } from 'node:https'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { crc32, deflateSync } from 'node:zlib'
import { selfSigned } from './certificate.ts'

/** The web site of an app's makers, by https: the document that the app is known by, and its logo. */
export type ClientSite = {
  /** Of the document: the `client_id` of the app. */
  readonly address: string
  readonly host: string
  /** Paths that the product asked for. */
  readonly asked: string[]
  /** Settings with which a product may call it, and believes that it is who it says. */
  readonly environment: Readonly<Record<string, string>>
  close(): Promise<void>
}

/** On this machine; has to be there before the product starts. @param document what it says besides its address */
export async function openClientSite(document: Readonly<Record<string, unknown>>): Promise<ClientSite> {
  const { key, certificate } = selfSigned('localhost')
  const directory = await mkdtemp(join(tmpdir(), 'trivet-client-site-'))
  const authority = join(directory, 'authority.pem')
  await writeFile(authority, certificate)
  const asked: string[] = []
  let host = ''
  const server = createServer({ key, cert: certificate }, (request, response) => {
    asked.push(request.url ?? '')
    if (request.url === '/oauth/client.json') {
      const said = { client_id: `https://${host}/oauth/client.json`, logo_uri: `https://${host}/logo.png`, ...document }
      response.setHeader('content-type', 'application/json').end(JSON.stringify(said))
    } else if (request.url === '/logo.png') response.setHeader('content-type', 'image/png').end(redSquare(64))
    else response.writeHead(404).end()
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  if (typeof address !== 'object' || address === null) throw new Error('no port')
  host = `localhost:${address.port}`
  return {
    host,
    asked,
    address: `https://${host}/oauth/client.json`,
    environment: { TRIVET_OUTBOUND_ALLOW: host, NODE_EXTRA_CA_CERTS: authority },
    async close() {
      server.close()
      server.closeAllConnections()
      await rm(directory, { recursive: true })
    },
  }
}

/** A PNG (its specification, §11.2), as large as `side` pixels each way. */
function redSquare(side: number): Buffer {
  const row = Buffer.concat([Buffer.from([0]), Buffer.alloc(side * 3).fill('\u00c0\u0020\u0020', 'latin1')])
  const head = Buffer.alloc(13)
  head.writeUInt32BE(side, 0)
  head.writeUInt32BE(side, 4)
  head.set([8, 2, 0, 0, 0], 8)
  const pixels = deflateSync(Buffer.concat(Array.from({ length: side }, () => row)))
  const signature = Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a])
  return Buffer.concat([signature, chunk('IHDR', head), chunk('IDAT', pixels), chunk('IEND', Buffer.alloc(0))])
}

function chunk(type: string, data: Buffer): Buffer {
  const body = Buffer.concat([Buffer.from(type, 'latin1'), data])
  const [size, sum] = [Buffer.alloc(4), Buffer.alloc(4)]
  size.writeUInt32BE(data.length)
  sum.writeUInt32BE(crc32(body))
  return Buffer.concat([size, body, sum])
}
