import { describe, expect, it } from 'vitest'
import { apisOf } from './apis.ts'
import { resourceMetadata } from './metadata.ts'
import { readRoutes } from './read-routes.ts'

const ISSUER = 'https://id.example'
const UPSTREAM = 'upstream: "http://127.0.0.1:4000"'

function routes(...lines: string[]) {
  const text = `gateway:\n  routes:\n${lines.map((line) => `    - {${line}, ${UPSTREAM}}\n`).join('')}`
  const read = readRoutes(text, { publicUrl: ISSUER, ownSegments: () => new Set() })
  if ('problems' in read) throw new Error(JSON.stringify(read.problems))
  return read.routes
}

describe('metadata of what is behind a route (RFC 9728 §2)', () => {
  const all = routes(
    'path: /notes, mcp: true, title: Notes, methods: [GET], scopes: notes:read',
    'path: /notes, mcp: true, methods: [POST], scopes: {POST: [notes:read, notes:write]}',
    'path: /notes/private, scopes: secret',
    'path: /open, access: public',
    'path: /, host: mcp.example, mcp: true',
  )
  const at = (path: string, host?: string) => resourceMetadata(all, { host, path }, ISSUER)

  it('name it and its server, and the scopes of all its methods', () => {
    expect(at('/notes')).toEqual({
      resource: 'https://id.example/notes',
      authorization_servers: [ISSUER],
      scopes_supported: ['notes:read', 'notes:write'],
      bearer_methods_supported: ['header'],
      resource_name: 'Notes',
    })
  })

  it('name the address that was asked about, or clients must not use them (RFC 9728 §3.3)', () => {
    expect(at('/notes/private')).toMatchObject({ resource: 'https://id.example/notes/private' })
    const [route] = routes('path: /bare, host: api.example')
    expect(resourceMetadata(route ? [route] : [], { host: 'api.example', path: '/bare' }, ISSUER)).toMatchObject({
      resource: 'https://api.example/bare',
    })
  })

  it('are found with a slash more, and from an address below it', () => {
    for (const path of ['/notes/', '/notes/mcp', '/notes/a/b']) expect(at(path), path).toEqual(at('/notes'))
    expect(at('/notes/private/x')).toMatchObject({ scopes_supported: ['secret'] })
    expect(at('/sse', 'mcp.example')).toMatchObject({ resource: 'https://mcp.example' })
    expect(at('', 'mcp.example')).toMatchObject({ resource: 'https://mcp.example' })
  })

  it('are of nothing else: no neighbour, no other host, nothing that asks for no token', () => {
    for (const path of ['', '/', '/note', '/notesy', '/open', '/not', '//notes']) expect(at(path), path).toBeUndefined()
    expect(at('/notes', 'other.example')).toBeUndefined()
  })

  it('the authorization server knows the same: resources, names, scopes, and which are MCP servers', () => {
    const clientCredentials = 'verified'
    const notes = { resource: 'https://id.example/notes', place: 'https://id.example/notes' }
    const secret = { place: 'https://id.example/notes/private', name: undefined, scopes: ['secret'], isMcp: false }
    expect(apisOf(all, ISSUER)).toEqual([
      { ...notes, name: 'Notes', scopes: ['notes:read'], isMcp: true, clientCredentials },
      {
        ...notes,
        name: undefined,
        scopes: ['notes:read', 'notes:write'],
        isMcp: true,
        clientCredentials,
      },
      { ...secret, resource: 'https://id.example/notes/private', clientCredentials },
      // Tokens for this server may carry its scopes.
      { ...secret, resource: ISSUER, clientCredentials },
      {
        ...{ resource: 'https://mcp.example', place: 'https://mcp.example', name: undefined },
        ...{ scopes: [], isMcp: true, clientCredentials },
      },
    ])
  })
})
