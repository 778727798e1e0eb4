import { request as httpRequest, type IncomingHttpHeaders, type OutgoingHttpHeaders } from 'node:http'
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import type { SandboxConfig } from '#config'

/** Faults, records and state are for whoever sits at the machine, not for whoever reaches the product. */
const CONTROLS = /^\/(faults|requests|state)(\/|$)/
/** What the sandbox could read in another way than the line above: escapes, fragments, parameters, empty and dot segments. */
const AMBIGUOUS = /[%\\;#]|\/\/|\/\.\.?(\/|$)/
/** Of one connection only (RFC 9110 §7.6.1). `transfer-encoding` frames the body anew: see `framing`. */
const HOP_BY_HOP = new Set([
  'connection',
  'keep-alive',
  'proxy-connection',
  'te',
  'trailer',
  'transfer-encoding',
  'upgrade',
])

/**
 * `TRIVET_SANDBOX_MOUNT`: passes requests below the path on to the sandbox, which serves the path that browsers see:
 * with the base path of the public URL.
 */
export async function mountSandbox(server: FastifyInstance, sandbox: SandboxConfig): Promise<void> {
  const { mount } = sandbox
  if (mount === undefined) return
  await server.register(async (scope) => {
    // Bodies go through as they come: nothing of the sandbox's is read here.
    scope.removeAllContentTypeParsers()
    scope.addContentTypeParser('*', (_request, payload, done) => done(null, payload))
    const pass = (request: FastifyRequest, reply: FastifyReply) =>
      forward(request, reply, { mount, seen: new URL(sandbox.browserUrl).pathname, target: sandbox.url })
    scope.all(mount, pass)
    scope.all(`${mount}/*`, pass)
  })
}

async function forward(
  request: FastifyRequest,
  reply: FastifyReply,
  to: { mount: string; seen: string; target: string },
): Promise<FastifyReply> {
  const [path = ''] = request.url.split('?', 1)
  if (AMBIGUOUS.test(path)) {
    throw Object.assign(new Error('The path can be read in more than one way'), { statusCode: 400 })
  }
  if (!path.startsWith(to.mount) || CONTROLS.test(path.slice(to.mount.length))) {
    reply.callNotFound()
    return reply
  }
  const target = new URL(to.target)
  reply.hijack()
  const upstream = httpRequest({
    host: target.hostname,
    port: target.port,
    method: request.method,
    path: `${to.seen}${request.url.slice(to.mount.length)}`,
    headers: { ...passedHeaders(request), ...framing(request) },
    // A connection for this request alone: nothing of it can be taken for the beginning of another's.
    agent: false,
  })
  upstream.on('response', (answer) => {
    reply.raw.writeHead(answer.statusCode ?? 502, endToEnd(answer.headers))
    answer.pipe(reply.raw)
  })
  upstream.on('error', () => {
    if (!reply.raw.headersSent) reply.raw.writeHead(502, { 'content-type': 'text/plain; charset=utf-8' })
    reply.raw.end('The sandbox does not answer.')
  })
  reply.raw.once('close', () => upstream.destroy())
  if (hasBody(request)) request.raw.pipe(upstream)
  else upstream.end()
  return reply
}

/** RFC 9112 §6.3: a request without either header has no body. */
function hasBody({ headers }: FastifyRequest): boolean {
  return headers['transfer-encoding'] !== undefined || headers['content-length'] !== undefined
}

/**
 * A body of unknown length goes on in chunks. Left to itself node writes that of a GET, HEAD, DELETE or OPTIONS without
 * any frame, and whoever reads takes it for the next request (CWE-444).
 */
function framing({ headers }: FastifyRequest): OutgoingHttpHeaders {
  return headers['transfer-encoding'] === undefined ? {} : { 'transfer-encoding': 'chunked' }
}

/** Our own cookies are not the sandbox's business. */
function passedHeaders(request: FastifyRequest): OutgoingHttpHeaders {
  const { cookie = '', ...headers } = endToEnd(request.headers)
  const cookies = String(cookie)
    .split(/; */)
    .filter((one) => one.startsWith('sandbox-'))
  return cookies.length > 0 ? { ...headers, cookie: cookies.join('; ') } : headers
}

function endToEnd(headers: IncomingHttpHeaders): OutgoingHttpHeaders {
  return Object.fromEntries(Object.entries(headers).filter(([name]) => !HOP_BY_HOP.has(name)))
}
