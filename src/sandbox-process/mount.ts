import { request as httpRequest } from 'node:http'
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import type { SandboxConfig } from '#config'

/** Faults, records and state are for whoever sits at the machine, not for whoever reaches the product. */
const CONTROLS = /^\/(faults|requests|state)(\/|$)/
/** What the sandbox could read in another way than the line above: escapes, dot segments, empty ones, parameters. */
const AMBIGUOUS = /[%\\;]|\/\/|\/\.\.?(\/|$)/
/** Of one connection only (RFC 9110 §7.6.1). */
const HOP_BY_HOP = new Set([
  'connection',
  'keep-alive',
  'proxy-connection',
  'te',
  'trailer',
  'transfer-encoding',
  'upgrade',
])

/** `TRIVET_SANDBOX_MOUNT`: passes requests below the path on to the sandbox, which serves the same path. */
export async function mountSandbox(server: FastifyInstance, sandbox: SandboxConfig): Promise<void> {
  const { mount } = sandbox
  if (mount === undefined) return
  await server.register(async (scope) => {
    // Bodies go through as they come: nothing of the sandbox's is read here.
    scope.removeAllContentTypeParsers()
    scope.addContentTypeParser('*', (_request, payload, done) => done(null, payload))
    const pass = (request: FastifyRequest, reply: FastifyReply) =>
      forward(request, reply, { mount, target: sandbox.url })
    scope.all(mount, pass)
    scope.all(`${mount}/*`, pass)
  })
}

async function forward(
  request: FastifyRequest,
  reply: FastifyReply,
  to: { mount: string; target: string },
): Promise<FastifyReply> {
  const [path = ''] = request.url.split('?', 1)
  const inner = path.slice(to.mount.length)
  if (!path.startsWith(to.mount) || AMBIGUOUS.test(inner) || CONTROLS.test(inner)) {
    reply.callNotFound()
    return reply
  }
  const target = new URL(to.target)
  reply.hijack()
  const upstream = httpRequest({
    host: target.hostname,
    port: target.port,
    method: request.method,
    path: request.url,
    headers: passedHeaders(request),
  })
  upstream.on('response', (answer) => {
    reply.raw.writeHead(answer.statusCode ?? 502, answer.headers)
    answer.pipe(reply.raw)
  })
  upstream.on('error', () => {
    if (!reply.raw.headersSent) reply.raw.writeHead(502, { 'content-type': 'text/plain; charset=utf-8' })
    reply.raw.end('The sandbox does not answer.')
  })
  reply.raw.once('close', () => upstream.destroy())
  request.raw.pipe(upstream)
  return reply
}

/** Our own cookies are not the sandbox's business. */
function passedHeaders(request: FastifyRequest): Record<string, string | string[]> {
  const headers: Record<string, string | string[]> = {}
  for (const [name, value] of Object.entries(request.headers)) {
    if (value !== undefined && !HOP_BY_HOP.has(name) && name !== 'cookie') headers[name] = value
  }
  const cookies = (request.headers.cookie ?? '').split(/; */).filter((one) => one.startsWith('sandbox-'))
  return cookies.length > 0 ? { ...headers, cookie: cookies.join('; ') } : headers
}
