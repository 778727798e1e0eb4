import type { FastifyReply, FastifyRequest } from 'fastify'
import Fastify from 'fastify'
import { expect, it, onTestFinished } from 'vitest'
import { Layout } from './layout.tsx'
import { createPages } from './pages.ts'

/** The page at `/runs`, of a server with this base path. */
async function pageOf(base: string): Promise<string> {
  const pages = createPages({
    asset: (name) => `/assets/${name}`,
    ...(base === '' ? {} : { href: (path: string) => `${base}${path}` }),
    csrf: () => 'token',
    sandbox: false,
    nav: () => [{ href: '/login', label: 'Sign in' }],
  })
  const server = Fastify()
  onTestFinished(() => server.close())
  server.get('/runs', (request: FastifyRequest, reply: FastifyReply) =>
    pages.send(reply, Layout({ page: pages.context(request, reply), title: 'Runs', islands: ['run'] })),
  )
  return (await server.inject('/runs')).body
}

it.each(['', '/auth'])(
  'links, assets and entries of rooms in the navigation carry the base path %j, once',
  async (base) => {
    const html = await pageOf(base)
    const addresses = [...html.matchAll(/\s(?:href|src)="(\/[^"]*)"/g)].map(([, address]) => address)
    expect(addresses).toEqual([
      ...['favicon.svg', 'style.css', 'run.js'].map((file) => `${base}/assets/${file}`),
      ...['/', '/connections', '/runs', '/login', '/privacy'].map((path) => `${base}${path}`),
    ])
    expect(html).toContain(`href="${base}/runs" aria-current="page"`)
  },
)
