import type { FastifyInstance } from 'fastify'

const POLICY =
  "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; base-uri 'none'; frame-ancestors 'none'"

/** On every answer; an endpoint that set one of them itself keeps its own (pictures have a stricter CSP). */
export function addSecurityHeaders(server: FastifyInstance, options: { https: boolean }): void {
  server.decorateReply('formLeavesSite', false)
  server.addHook('onSend', async (_request, reply) => {
    const headers: Record<string, string> = {
      'content-security-policy': reply.formLeavesSite ? POLICY : `${POLICY}; form-action 'self'`,
      'x-content-type-options': 'nosniff',
      'x-frame-options': 'DENY',
      // With `no-referrer` Chromium sends `Origin: null` with forms, and an Origin check locks everyone out.
      'referrer-policy': 'same-origin',
      'cross-origin-opener-policy': 'same-origin',
      'cross-origin-resource-policy': 'same-origin',
      'permissions-policy': 'camera=(), geolocation=(), microphone=()',
      'cache-control': 'no-store',
      ...(options.https ? { 'strict-transport-security': 'max-age=31536000' } : {}),
    }
    for (const [name, value] of Object.entries(headers)) if (!reply.hasHeader(name)) reply.header(name, value)
  })
}
