import { describe, expect, it } from 'vitest'
import { readRoutes } from './read-routes.ts'
import { scopesFor } from './route.ts'
import type { RouteRules } from './route-file.ts'
import { createRouteTable } from './route-table.ts'

const RULES: RouteRules = { publicUrl: 'https://id.example', ownSegments: () => new Set(['login', 'token']) }
const file = (...routes: string[]) => `gateway:\n  routes:\n${routes.map((route) => `    - ${route}\n`).join('')}`
const UPSTREAM = 'upstream: "http://127.0.0.1:4000"'

const issued = (issuer: string, keys: string) =>
  file(`{path: /a, ${UPSTREAM}, issuers: [{issuer: "${issuer}", jwks_uri: "${keys}", audience: x}]}`)

function routes(text: string) {
  const read = readRoutes(text, RULES)
  if ('problems' in read) throw new Error(JSON.stringify(read.problems))
  return read.routes
}

function problems(text: string) {
  const read = readRoutes(text, RULES)
  return 'problems' in read ? read.problems : []
}

describe('trivet.yaml', () => {
  it('may be empty, and says so where it means that there are none', () => {
    for (const text of ['', '# nothing yet', 'gateway: {}']) {
      expect(readRoutes(text, RULES)).toMatchObject({ routes: [], namesRoutes: false })
    }
    expect(readRoutes('gateway: {routes: []}', RULES)).toMatchObject({ routes: [], namesRoutes: true })
  })

  it('holds nothing but the gateway: a misspelt name is no file without routes', () => {
    expect(problems(file(`{path: /a, ${UPSTREAM}}`).replace('gateway', 'gatway'))).toEqual([
      { line: 2, message: 'gatway: no such setting; the file has `gateway`, and nothing else' },
    ])
    expect(problems('gateway:\n  route: []')).toEqual([{ line: 2, message: 'route: no such setting of `gateway`' }])
  })

  it('needs a path and an upstream; the rest has a meaning without being said', () => {
    const [route] = routes(file(`{path: /notes/, ${UPSTREAM}}`))
    expect(route).toMatchObject({
      ...{ host: undefined, path: '/notes', methods: undefined, access: 'token' },
      ...{ audience: 'https://id.example/notes', takesIssuerScopes: true },
      upstream: { origin: 'http://127.0.0.1:4000', base: '', strips: '' },
      ...{ retries: 1, timeoutSeconds: 60, maxBodyBytes: 10_000_000, corsOrigins: [], mcp: false },
    })
  })

  it.each([
    ['scopes: "  "', /no name of a scope/],
    ['scopes: {GET: ""}', /no name of a scope/],
    ['methods: [TRACE]', /handed on to nobody/],
    ['host: "*.x.example"', /is no host/],
    ['cors: {origins: ["https://b.example/"]}', /is no origin/],
    ['cors: {origins: ["null"]}', /is no origin/],
    ['identity_headers: {user: Content-Length}', /meaning of its own/],
    ['identity_headers: {user: host}', /meaning of its own/],
  ])('%s is a mistake: it would do nothing, or open what is meant to be closed', (setting, told) => {
    expect(problems(file(`{path: /a, ${setting}, ${UPSTREAM}}`))).toEqual([
      { line: 3, message: expect.stringMatching(told) },
    ])
  })

  it('an audience that every sign-in has opens a route without scopes to any app: a warning', () => {
    const warned = (more: string) => {
      const read = readRoutes(file(`{path: /a, audience: "https://id.example", ${more}${UPSTREAM}}`), RULES)
      return 'warnings' in read && read.warnings.map(({ message }) => message)
    }
    expect(warned('')).toEqual([expect.stringMatching(/any app/)])
    expect(warned('scopes: x, ')).toEqual([])
  })

  it('an MCP server is named by its address (RFC 8707 §2)', () => {
    const [here, there] = routes(
      file(`{path: /mcp, mcp: true, ${UPSTREAM}}`, `{path: /mcp, host: Api.Example, mcp: true, ${UPSTREAM}}`),
    )
    expect(here?.audience).toBe('https://id.example/mcp')
    expect(there).toMatchObject({ audience: 'https://api.example/mcp', host: 'api.example' })
  })

  it('scopes are described in plain words, and a server has a name for people', () => {
    const words = '  scope_descriptions:\n    notes:read: Read your notes\n'
    const read = readRoutes(`${file(`{path: /a, title: " Notes ", scopes: notes:read, ${UPSTREAM}}`)}${words}`, RULES)
    expect(read).toMatchObject({ routes: [{ title: 'Notes' }] })
    expect('scopeWords' in read && [...read.scopeWords]).toEqual([['notes:read', 'Read your notes']])
    expect(problems(`${file(`{path: /a, scopes: notes:raed, ${UPSTREAM}}`)}${words}`)).toEqual([
      { line: 5, message: 'scope_descriptions: no route asks for notes:read' },
    ])
  })

  it.each(['trivet:login', 'trivet', 'internal:x', 'vault', 'offline_access'])(
    '%s is no scope of a route: nobody would ever have it',
    (scope) => {
      expect(problems(file(`{path: /a, scopes: ["${scope}"], ${UPSTREAM}}`))).toEqual([
        { line: 3, message: 'scopes.0: is granted to nobody for a route' },
      ])
    },
  )

  it('scopes: for all methods, or for each', () => {
    const [all, each] = routes(
      file(`{path: /a, scopes: "x y", ${UPSTREAM}}`, `{path: /b, scopes: {GET: r, POST: [r, w]}, ${UPSTREAM}}`),
    )
    if (!all || !each) throw new Error('two routes')
    expect(scopesFor(all, 'DELETE')).toEqual(['x', 'y'])
    expect([scopesFor(each, 'GET'), scopesFor(each, 'HEAD'), scopesFor(each, 'POST'), scopesFor(each, 'PUT')]).toEqual([
      ...[['r'], ['r'], ['r', 'w']],
      [],
    ])
  })

  it('scopes by method: a method that has none said is not taken, so nothing is open by forgetting', () => {
    const table = createRouteTable(
      routes(file(`{path: /b, scopes: {GET: r, POST: [r, w]}, ${UPSTREAM}}`)),
      'id.example',
    )
    const taken = (method: string) => table.find('id.example', '/b', method)
    for (const method of ['GET', 'HEAD', 'POST']) expect(taken(method)).toHaveProperty('route')
    for (const method of ['DELETE', 'PUT', 'PATCH', 'OPTIONS', 'PROPFIND', 'TRACE', '*']) {
      expect(taken(method)).toEqual({ allowed: ['GET', 'POST'] })
    }
  })

  it('the rest of the methods has a name of its own: *', () => {
    const [rest, some] = routes(
      file(
        `{path: /a, scopes: {GET: r, "*": w}, ${UPSTREAM}}`,
        `{path: /b, methods: [GET, PUT, OPTIONS], scopes: {GET: r, OPTIONS: [], "*": w}, ${UPSTREAM}}`,
      ),
    )
    if (!rest || !some) throw new Error('two routes')
    expect([rest.methods, some.methods]).toEqual([undefined, ['GET', 'PUT', 'OPTIONS']])
    for (const route of [rest, some]) {
      expect(['GET', 'HEAD', 'PUT', 'DELETE'].map((method) => scopesFor(route, method))).toEqual([
        ...[['r'], ['r'], ['w'], ['w']],
      ])
    }
    expect(scopesFor(some, 'OPTIONS')).toEqual([])
  })

  it.each<[string, RegExp | undefined]>([
    ['methods: [GET, DELETE], scopes: {GET: r}', /^methods: DELETE has no scopes/],
    ['methods: [GET, HEAD], scopes: {GET: r}', undefined],
    ['methods: [GET], scopes: {GET: r, POST: w}', /^scopes: POST is none of the route’s methods/],
    ['methods: [GET], scopes: {GET: r, HEAD: r}', undefined],
    ['scopes: {}', /^scopes: names no method/],
    ['scopes: {get: r}', /^scopes.get: is no method/],
    ['scopes: 5', /^scopes: must be scopes .* by method/],
    ['scopes: {GET: 5}', /^scopes.GET: /],
    ['rate_limit: 5', /^rate_limit: must be /],
    ['rate_limit: {requests: 0, seconds: 1}', /^rate_limit.requests: Too small/],
    ['rate_limit: {request: 1, seconds: 1}', /^rate_limit/],
    ['identity_headers: yaml', /^identity_headers: must be/],
    ['max_body: [1]', /^max_body: must be/],
    ['acr_values: 1', /^acr_values: must be/],
    ['methods: GET', /^methods: must be a list/],
  ])('%s: what is possible is said in words', (setting, message) => {
    const [problem] = problems(file(`{path: /a, ${setting}, ${UPSTREAM}}`))
    if (message === undefined) expect(problem).toBeUndefined()
    else expect(problem?.message).toMatch(message)
  })

  it.each(['127.0.0.1:4000', 'localhost:4000', 'notes.internal'])('upstream: %s lacks its http://', (upstream) => {
    expect(problems(file(`{path: /a, upstream: "${upstream}"}`))[0]?.message).toMatch(/put http:\/\/ in front$/)
  })

  it.each([
    ['https://id.example', 3000, 'https://id.example'],
    ['https://id.example', 3000, 'https://id.example:443/notes'],
    ['https://id.example', 3000, 'http://127.0.0.1:3000'],
    ['https://id.example', 3000, 'http://[::1]:3000'],
    ['https://id.example', 3000, 'http://0.0.0.0:3000'],
    ['http://localhost:4390', undefined, 'http://127.0.0.1:4390/x'],
    ['http://localhost:4390', undefined, 'http://app.localhost:4390'],
    ['https://id.example/auth', 3000, 'https://id.example/auth/x'],
  ])('%s, listening on %s: %s is Trivet itself, and no upstream', (publicUrl, port, upstream) => {
    const rules = { ...RULES, publicUrl, port }
    expect(readRoutes(file(`{path: /a, upstream: "${upstream}"}`), rules)).toEqual({
      problems: [{ line: 3, message: expect.stringMatching(/^upstream: is the address of Trivet itself/) }],
    })
  })

  it.each([
    ['https://id.example', 3000, 'http://127.0.0.1:3001'],
    ['https://id.example', 3000, 'http://10.0.0.2:3000'],
    ['https://id.example', 3000, 'https://notes.id.example'],
    ['https://id.example/auth', 3000, 'https://id.example/authors'],
    ['http://localhost:4390', undefined, 'http://127.0.0.1:4391'],
  ])('%s, listening on %s: %s is another server', (publicUrl, port, upstream) => {
    const rules = { ...RULES, publicUrl, port }
    expect(readRoutes(file(`{path: /a, upstream: "${upstream}"}`), rules)).toHaveProperty('routes')
  })

  it('a route that nothing could reach is a warning, not a mistake', () => {
    const warned = (publicUrl: string, route: string) => {
      const read = readRoutes(file(route), { ...RULES, publicUrl })
      return 'warnings' in read ? read.warnings.map(({ line, message }) => `${line} ${message}`) : read.problems
    }
    const local = 'http://localhost:3000'
    expect(warned(local, `{path: /, host: app.localhost, ${UPSTREAM}}`)).toEqual([
      '3 host: callers of this server name a port as well: app.localhost:3000',
    ])
    expect(warned(local, '{path: /notes}')).toEqual([expect.stringMatching(/^3 host: neither it nor an upstream/)])
    for (const route of [
      `{path: /, host: "app.localhost:3000", ${UPSTREAM}}`,
      `{path: /, host: notes.example, ${UPSTREAM}}`,
      '{path: /, host: app.localhost}',
      `{path: /notes, ${UPSTREAM}}`,
    ]) {
      expect(warned(local, route)).toEqual([])
    }
    expect(warned('https://id.example', `{path: /, host: app.id.example, ${UPSTREAM}}`)).toEqual([])
  })

  it('a path in front of an upstream is left out, or put in its place', () => {
    const read = routes(
      file(
        '{path: /a, strip_prefix: true, upstream: "http://h:1/base/"}',
        '{path: /b, rewrite: /c, upstream: "http://h:1/base"}',
        '{path: /, host: x.example, strip_prefix: true, upstream: "http://h:1"}',
      ),
    )
    expect(read.map(({ upstream }) => [upstream?.base, upstream?.strips])).toEqual([
      ['/base', '/a'],
      ['/base/c', '/b'],
      ['', ''],
    ])
  })

  it.each([
    ['gateway: [', 1, /./],
    ['gateway:\n  routes:\n    - path: /a\n      upstream: 5', 4, /upstream/],
    ['gateway:\n  routes:\n    - path: /a\n      upstream: "http://h"\n      scops: x', 5, /scops: no such setting/],
    ['gateway:\n  routes:\n    - path: a\n      upstream: "http://h"', 3, /path: must start with a slash/],
    ['gateway:\n  routes:\n    - path: /a/../b\n      upstream: "http://h"', 3, /more than one way/],
    ['gateway:\n  routes:\n    - upstream: "http://h"\n      path: /login/x', 4, /address of Trivet itself/],
    [
      'gateway:\n  routes:\n    - upstream: "http://h"\n      path: /token\n      host: id.example',
      4,
      /of Trivet itself/,
    ],
    ['gateway:\n  routes:\n    - upstream: "http://h"\n      path: /', 4, /name another host/],
    ['gateway:\n  routes:\n    - upstream: "http://u:p@h"\n      path: /a', 3, /takes no user/],
    ['gateway:\n  routes:\n    - upstream: "ftp://h"\n      path: /a', 3, /http or https/],
    ['gateway:\n  routes:\n    - upstream: "http://h"\n      path: /a\n      access: session', 5, /another host/],
    ['gateway:\n  routes:\n    - upstream: "http://h"\n      path: /a\n      scopes: "a\\"b"', 5, /scopes/],
    ['gateway:\n  routes:\n    - upstream: "http://h"\n      path: /a\n      max_body: lots', 5, /max_body/],
    ['gateway:\n  routes:\n    - upstream: "http://h"\n      path: /a\n      host: "x y"', 5, /no host/],
    [
      'gateway:\n  routes:\n    - {path: /a, upstream: "http://h"}\n    - {path: /a, upstream: "http://h"}',
      4,
      /another route/,
    ],
    ['gateway:\n  routes: []\n  routes: []', 3, /unique/],
    [file(`{path: /a, host: app.example, access: session, scopes: "a:b", ${UPSTREAM}}`), 3, /scopes are of tokens/],
    [file(`{path: /a, host: app.example, access: session, mcp: true, ${UPSTREAM}}`), 3, /MCP clients/],
    [file(`{path: /a, users: [ada], ${UPSTREAM}}`), 3, /users: is for `access: session`/],
    [file(`{path: /a, host: app.example, access: session, users: [], ${UPSTREAM}}`), 3, /users/],
    ['gateway:\n  routes:\n    - path: /a\n      max_body: 10000000', 4, /max_body: needs an `upstream`/],
    [file('{path: /a, timeout: 60}'), 3, /timeout: needs an `upstream`/],
    [file('{path: /a, identity_headers: {username: X-WEBAUTH-USER}}'), 3, /identity_headers: .*need an `upstream`/],
    [file('{path: /a, retries: 0}'), 3, /retries: needs an `upstream`/],
    [file('{path: /a, cors: {origins: ["*"]}}'), 3, /cors: needs an `upstream`/],
    [file('{path: /a, strip_prefix: false}'), 3, /strip_prefix: needs an `upstream`/],
    [file('{path: /a, rewrite: /b}'), 3, /rewrite: needs an `upstream`/],
    [file(`{path: /a, client_credentials: some, ${UPSTREAM}}`), 3, /client_credentials/],
    [file(`{path: /.trivet/x, host: app.example, ${UPSTREAM}}`), 3, /for signing in/],
    [issued('https://id.example', 'https://id.example/jwks'), 3, /taken anyway/],
    [issued('https://x.example', 'http://x.example/jwks'), 3, /must be an https URL/],
    [issued('https://x.example/ü', 'https://x.example/jwks'), 3, /plain ASCII/],
  ])('%j: line %d, and what is wrong', (text, line, message) => {
    const [problem] = problems(text)
    expect(problem?.message).toMatch(message)
    expect(problem?.line).toBe(line)
  })

  it('tells all problems at once', () => {
    expect(problems(file('{path: /a, upstream: 1}', '{path: b, upstream: "http://h"}'))).toHaveLength(2)
  })

  it('a bomb of aliases is refused, not expanded', () => {
    const bomb = [
      'a: &a [x,x,x,x,x,x,x,x,x,x]',
      ...'bcdefgh'.split('').map((name, n) => `${name}: &${name} [${Array(10).fill(`*${'abcdefg'[n]}`).join(',')}]`),
    ]
    expect(problems(bomb.join('\n'))[0]?.message).toMatch(/alias/i)
  })
})

describe('which route a request finds', () => {
  const table = createRouteTable(
    routes(
      file(
        `{path: /notes, ${UPSTREAM}}`,
        `{path: /notes/private, methods: [GET], ${UPSTREAM}}`,
        `{path: /notes/private, methods: [POST], ${UPSTREAM}}`,
        `{path: /, host: "api.example:8443", ${UPSTREAM}}`,
      ),
    ),
    'id.example',
  )
  const name = (host: string, path: string, method = 'GET') => {
    const match = table.find(host, path, method)
    return match && ('route' in match ? `${match.route.host ?? ''}${match.route.path}` : match.allowed.join())
  }

  it.each([
    ['id.example', '/notes', '/notes'],
    ['id.example', '/notes/', '/notes'],
    ['id.example', '/notes/a/b', '/notes'],
    ['id.example', '/notes/private', '/notes/private'],
    ['id.example', '/notes/private/x', '/notes/private'],
    ['id.example', '/notes/privately', '/notes'],
    ['id.example', '/notesx', undefined],
    ['id.example', '/', undefined],
    ['api.example:8443', '/any/thing', 'api.example:8443/'],
    ['api.example', '/any', undefined],
  ])('%s%s → %s: the longest path, whole segments only', (host, path, found) => expect(name(host, path)).toBe(found))

  it('HEAD where there is GET (RFC 9110 §9.3.2); other methods are told which there are', () => {
    expect(name('id.example', '/notes/private', 'HEAD')).toBe('/notes/private')
    expect(name('id.example', '/notes/private', 'PUT')).toBe('GET,POST')
  })
})
