import type { Readable } from 'node:stream'
import type { FastifyReply } from 'fastify'

/** An SVG is a document that could hold a script: here it may load and run nothing, wherever it is opened. */
const POLICY = "default-src 'none'; style-src 'unsafe-inline'; sandbox"

export function sendSvg(reply: FastifyReply, svg: string | Readable): FastifyReply {
  return reply.type('image/svg+xml').header('content-security-policy', POLICY).send(svg)
}
