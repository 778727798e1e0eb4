import type { FastifyReply, FastifyRequest } from 'fastify'
import type { VNode } from './jsx.ts'
import type { NavItem, PageContext } from './page-context.ts'
import { renderPage } from './render.tsx'

/** The way from a component to an answer. */
export type Pages = {
  /** What a page knows about the request it answers. */
  context(request: FastifyRequest, reply: FastifyReply): PageContext
  /** Sends a page. `leavesSite`: its form may be redirected to another site, so CSP `form-action` is left out. */
  send(reply: FastifyReply, page: VNode, options?: { status?: number; leavesSite?: boolean }): FastifyReply
}

/**
 * @param deps.href puts the base path before a path of ours; none is there unless told
 * @param deps.csrf gives the token for the forms of a page
 * @param deps.nav entries at the end of the navigation, such as sign-in or account, with paths as rooms know them
 */
export function createPages(deps: {
  asset: (name: string) => string
  href?: (path: string) => string
  csrf: (request: FastifyRequest, reply: FastifyReply) => string
  sandbox: boolean
  nav?: (request: FastifyRequest) => readonly NavItem[]
}): Pages {
  const { href = (path) => path } = deps
  return {
    context: (request, reply) => ({
      asset: (name) => href(deps.asset(name)),
      href,
      sandbox: deps.sandbox,
      csrf: deps.csrf(request, reply),
      path: request.url.split('?', 1)[0],
      nav: deps.nav?.(request).map((item) => ({ ...item, href: href(item.href) })),
    }),
    send(reply, page, options = {}) {
      reply.formLeavesSite = options.leavesSite ?? false
      return reply
        .code(options.status ?? 200)
        .type('text/html; charset=utf-8')
        .send(renderPage(page))
    },
  }
}
