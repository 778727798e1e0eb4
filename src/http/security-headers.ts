import type { FastifyInstance } from 'fastify'

const POLICY =
  "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; base-uri 'none'; frame-ancestors 'none'"

const POLICY_AT_HOME = `${POLICY}; form-action 'self'`
const CSP = 'content-security-policy'

/** On every answer; an endpoint that set one of them itself keeps its own (pictures have a stricter CSP). */
export function addSecurityHeaders(server: FastifyInstance, options: { https: boolean }): void {
  server.decorateReply('formLeavesSite', false)
  const headers = Object.entries({
    'x-content-type-options': 'nosniff',
    'x-frame-options': 'DENY',
    // With `no-referrer` Chromium sends `Origin: null` with forms, and an Origin check locks everyone out.
    'referrer-policy': 'same-origin',
    'cross-origin-opener-policy': 'same-origin',
    'cross-origin-resource-policy': 'same-origin',
    'permissions-policy': 'camera=(), geolocation=(), microphone=()',
    'cache-control': 'no-store',
    ...(options.https ? { 'strict-transport-security': 'max-age=31536000' } : {}),
  })
  // With `done` instead of a promise, as all hooks that run for every answer and wait for nothing.
  server.addHook('onSend', (_request, reply, payload, done) => {
    if (!reply.hasHeader(CSP)) reply.header(CSP, reply.formLeavesSite ? POLICY : POLICY_AT_HOME)
    for (const [name, value] of headers) if (!reply.hasHeader(name)) reply.header(name, value)
    done(null, payload)
  })
}
