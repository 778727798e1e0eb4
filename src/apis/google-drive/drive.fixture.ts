import { createHash } from 'node:crypto'
import type { IncomingMessage, ServerResponse } from 'node:http'
import type { AccountHandle } from '#connections'
import { createOutbound, type Outbound } from '#outbound'
import { serve } from '#testing'

type Call = { method: string; path: string; headers: IncomingMessage['headers']; body: Buffer }
type Answer = (call: Call, response: ServerResponse) => unknown

/** A Drive for tests that keeps files and sessions, and does once whatever `next` says before that. */
export async function openTestDrive() {
  const files = new Map<string, { metadata: Record<string, string>; bytes: Buffer }>()
  const sessions = new Map<string, { metadata: Record<string, string>; size: number; bytes: Buffer }>()
  const calls: Call[] = []
  const next: Answer[] = []
  /** Most bytes of a chunk that are kept; Drive may keep less than was sent. */
  const limits = { kept: Number.POSITIVE_INFINITY }

  const file = (id: string, response: ServerResponse) => {
    const { metadata, bytes } = files.get(id) ?? { metadata: {}, bytes: Buffer.alloc(0) }
    json(response, 200, {
      ...{
        id,
        name: metadata['name'],
        size: String(bytes.length),
        webViewLink: `https://drive.google.com/file/d/${id}/view`,
      },
      md5Checksum: createHash('md5').update(bytes).digest('hex'),
    })
  }
  const isTaken = (id: string | undefined, response: ServerResponse) => {
    if (id === undefined || !files.has(id)) return false
    refuse(response, 409, 'fileIdInUse')
    return true
  }

  const answer = (call: Call, response: ServerResponse) => {
    const url = new URL(call.path, there.url)
    const type = url.searchParams.get('uploadType')
    const session = sessions.get(url.searchParams.get('upload_id') ?? '')
    if (call.path.startsWith('/drive/v3/files/generateIds')) return json(response, 200, { ids: [`id${calls.length}`] })
    if (call.path.startsWith('/drive/v3/about')) {
      return json(response, 200, {
        user: { displayName: 'Ana', emailAddress: 'ana@example.com' },
        storageQuota: { limit: '16106127360', usage: '1024' },
      })
    }
    if (call.method === 'GET') return file(url.pathname.split('/').at(-1) ?? '', response)
    if (type === 'media') {
      const id = `id${calls.length}`
      files.set(id, {
        metadata: { id, name: 'Untitled', mimeType: String(call.headers['content-type']) },
        bytes: call.body,
      })
      return file(id, response)
    }
    if (type === 'multipart') {
      const { metadata, bytes } = parseRelated(call)
      if (isTaken(metadata['id'], response)) return
      files.set(String(metadata['id']), { metadata, bytes })
      return file(String(metadata['id']), response)
    }
    if (type === 'resumable') {
      const metadata = JSON.parse(call.body.toString())
      if (isTaken(metadata.id, response)) return
      const id = `secret-${sessions.size + 1}`
      sessions.set(id, { metadata, size: Number(call.headers['x-upload-content-length']), bytes: Buffer.alloc(0) })
      return response.writeHead(200, { location: `${there.url}/upload/drive/v3/files?upload_id=${id}` }).end()
    }
    if (!session) return refuse(response, 404, 'notFound')
    const range = /^bytes (\d+)-\d+\/\d+$/.exec(call.headers['content-range'] ?? '')
    if (range) {
      if (Number(range[1]) !== session.bytes.length) return refuse(response, 400, 'badRequest')
      const last = session.bytes.length + call.body.length === session.size
      const kept = last ? call.body : call.body.subarray(0, limits.kept)
      session.bytes = Buffer.concat([session.bytes, kept])
    }
    if (session.bytes.length < session.size) {
      const kept = session.bytes.length ? { range: `bytes=0-${session.bytes.length - 1}` } : {}
      return response.writeHead(308, kept).end()
    }
    files.set(String(session.metadata['id']), session)
    return file(String(session.metadata['id']), response)
  }

  const there = await serve(async (request, response) => {
    const chunks: Buffer[] = []
    try {
      for await (const chunk of request) chunks.push(chunk)
    } catch {
      return
    }
    const { method = '', url: path = '', headers } = request
    const call = { method, path, headers, body: Buffer.concat(chunks) }
    calls.push(call)
    const special = next.shift()
    if (!special) answer(call, response)
    else if (special(call, response) === 'hang up') request.socket.destroy()
  })
  const outbound = createOutbound({ allow: [there.host], userAgent: 'trivet-test' })
  return {
    ...{ files, sessions, calls, next, limits, answer, origin: there.url },
    account: accountOver(outbound, there.url, there.host),
    async [Symbol.asyncDispose]() {
      await outbound.close()
      await there[Symbol.asyncDispose]()
    },
  }
}

/** Does the request and loses the answer. */
export function losesAnswer(drive: { answer: (call: Call, response: ServerResponse) => void }): Answer {
  return (call, response) => {
    const nowhere = { writeHead: () => nowhere, end: () => nowhere } as unknown as ServerResponse
    drive.answer(call, nowhere)
    response.destroy()
    return 'hang up'
  }
}

export function refusesWith(status: number, reason: string, headers: Record<string, string> = {}): Answer {
  return (_, response) => refuse(response, status, reason, headers)
}

function accountOver(outbound: Outbound, base: string, host: string): AccountHandle {
  return {
    connectionId: 'connection-1',
    provider: 'google',
    name: 'ana@example.com',
    picturesUrl: undefined,
    pictureHosts: [],
    learn: async () => {},
    send: ({ method, path, headers, body, bodyLength, signal, maxBytes = 100_000, purpose = 'test' }) =>
      outbound.send({
        ...{ method, maxBytes, purpose, hosts: [host] },
        url: path.startsWith('/') ? `${base}${path}` : path,
        headers: { ...headers, authorization: 'Bearer token' },
        ...(body === undefined ? {} : { body }),
        ...(bodyLength === undefined ? {} : { bodyLength }),
        ...(signal === undefined ? {} : { signal }),
      }),
  }
}

function json(response: ServerResponse, status: number, body: object, headers: Record<string, string> = {}): void {
  response.writeHead(status, { 'content-type': 'application/json', ...headers }).end(JSON.stringify(body))
}

function refuse(response: ServerResponse, status: number, reason: string, headers: Record<string, string> = {}): void {
  json(
    response,
    status,
    { error: { code: status, message: `${reason}!`, errors: [{ domain: 'global', reason }] } },
    headers,
  )
}

/** multipart/related (RFC 2387) as Drive reads it: JSON, then the bytes. */
function parseRelated(call: Call): { metadata: Record<string, string>; bytes: Buffer; type: string } {
  const boundary = /^multipart\/related; boundary=(.+)$/.exec(call.headers['content-type'] ?? '')?.[1] ?? ''
  const [start, middle, end] = [`--${boundary}\r\n`, `\r\n--${boundary}\r\n`, `\r\n--${boundary}--`]
  const at = call.body.indexOf(middle)
  const second = at + middle.length
  const content = call.body.indexOf('\r\n\r\n', second) + 4
  const head = call.body.toString('utf8', start.length, at)
  const bytes = call.body.subarray(content, call.body.lastIndexOf(end))
  return {
    metadata: JSON.parse(head.slice(head.indexOf('\r\n\r\n'))),
    bytes,
    type: call.body.toString('utf8', second, content).trim(),
  }
}
