import { execFile } from 'node:child_process'
import { promisify } from 'node:util'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { createTown, PASSWORD, type Town, type Visitor } from './town.fixture.ts'

let town: Town
beforeAll(async () => {
  town = await createTown()
})
afterAll(() => town.close())

/** Up to a client, by the API's own calls. */
async function withClient(username: string, method = 'client_secret_basic'): Promise<Visitor> {
  const visitor = town.visitor()
  await visitor.do('register', { username, password: PASSWORD })
  await visitor.do('login', { username, password: PASSWORD })
  await visitor.do('client', { client_name: 'An app', token_endpoint_auth_method: method })
  return visitor
}

/** As the browser goes, by forms. @returns the address of the callback */
async function allow(visitor: Visitor, username: string, fields: Record<string, string> = {}): Promise<string> {
  let { location } = await visitor.do('authorize', fields)
  for (let hops = 0; hops < 8 && !location.includes('/playground/callback'); hops += 1) {
    if (location.startsWith('/login')) {
      location = (await visitor.submit('/login', { ...hiddenOf(location), username, password: PASSWORD }, location))
        .location
    } else if (location.startsWith('/consent')) {
      location = (await visitor.submit('/consent', { ...hiddenOf(location), decision: 'allow' }, location)).location
    } else location = (await visitor.request(location)).location
  }
  return location
}

function hiddenOf(path: string): Record<string, string> {
  return Object.fromEntries(new URL(path, 'http://x').searchParams)
}

function statusOf(answer: string | undefined): number {
  return Number(/^HTTP\/1\.1 (\d+)/.exec(answer ?? '')?.[1])
}

describe('the playground, by forms', () => {
  it.each(['client_secret_basic', 'client_secret_post', 'none'])(
    'from an account to revoked tokens, each step a real request: %s',
    async (method) => {
      const username = `dev-${method.replaceAll('_', '-')}`
      const visitor = await withClient(username, method)
      expect(statusOf(await visitor.text('step-register-answer'))).toBe(201)
      expect(await visitor.text('step-login-answer')).toContain('"result": "succeeded"')
      expect(statusOf(await visitor.text('step-client-answer'))).toBe(201)

      const back = await allow(visitor, username)
      expect((await visitor.request(back)).location).toBe('/playground?step=callback#step-callback')
      expect(await visitor.text('code-came')).toContain('tra_')
      await visitor.do('token')
      expect(statusOf(await visitor.text('step-token-answer'))).toBe(200)
      await visitor.do('jwks')
      for (const kind of ['id', 'access']) {
        const checks = await visitor.text(`decoded-${kind}-checks`)
        expect(checks).toContain('yes signed with the key')
        expect(checks).not.toMatch(/\bno /)
      }
      await visitor.do('userinfo')
      expect(await visitor.text('step-userinfo-answer')).toContain(`"preferred_username": "${username}"`)
      await visitor.do('refresh')
      expect(statusOf(await visitor.text('step-refresh-answer'))).toBe(200)
      await visitor.do('introspect')
      const introspected = await visitor.text('step-introspect-answer')
      if (method === 'none') expect(statusOf(introspected)).toBe(401)
      else expect(introspected).toContain('"active": true')
      await visitor.do('revoke')
      expect(statusOf(await visitor.text('step-revoke-answer'))).toBe(200)
      await visitor.do('userinfo')
      expect(statusOf(await visitor.text('step-userinfo-answer'))).toBe(401)
      await visitor.do('remove')
      expect(statusOf(await visitor.text('step-remove-answer'))).toBe(204)
    },
  )

  it('by the login token no page is needed: the code is in the answer', async () => {
    const visitor = await withClient('by-token')
    await visitor.do('authorize', { by: 'token' })
    expect(statusOf(await visitor.text('step-authorize-answer'))).toBe(302)
    await visitor.do('token')
    expect(await visitor.text('step-token-answer')).toContain('"access_token"')
  })

  it('who is signed in to the browser registers by that session; its cookie is neither shown nor kept', async () => {
    await town.user('by-session')
    const visitor = town.visitor()
    await visitor.submit('/login', { username: 'by-session', password: PASSWORD }, '/login')
    await visitor.do('client', { client_name: 'An app' })
    expect(statusOf(await visitor.text('step-client-answer'))).toBe(201)
    expect(await visitor.text('step-client-request')).toContain('$COOKIE')
    const secret = visitor.cookies.get(town.cookies.session.name) ?? 'none'
    expect(await visitor.page()).not.toContain(secret)
  })

  it('prompt=none without a session: the refusal comes back and is said', async () => {
    const visitor = await withClient('none-prompt')
    const { location } = await visitor.request(await allow(visitor, 'none-prompt', { prompt: 'none' }))
    expect(location).toBe('/playground?step=callback#step-callback')
    expect(await visitor.text('authorize-refused')).toContain('login_required')
  })
})

describe('curl lines', () => {
  it('do in a shell what the page did', async () => {
    const visitor = await withClient('by-curl')
    const run = async (line: string) =>
      (await promisify(execFile)('sh', ['-c', line], { env: { PATH: process.env['PATH'], PASSWORD } })).stdout
    expect(JSON.parse(await run(await visitor.curl('login')))).toMatchObject({ result: 'succeeded' })
    expect(JSON.parse(await run(await visitor.curl('client')))).toMatchObject({ client_name: 'An app' })
    await visitor.do('authorize', { by: 'token' })
    expect(JSON.parse(await run(await visitor.curl('authorize')))).toHaveProperty('Location')
    await visitor.do('token')
    await visitor.do('userinfo')
    expect(JSON.parse(await run(await visitor.curl('userinfo')))).toMatchObject({ sub: expect.stringMatching(/^u_/) })
    await visitor.do('introspect')
    expect(JSON.parse(await run(await visitor.curl('introspect')))).toMatchObject({ active: true })
  })
})

describe('what is kept', () => {
  it('is sealed; no password is in the rows, on the page, or in the log', async () => {
    const visitor = await withClient('kept')
    const rows = JSON.stringify(await town.tables.selectFrom('playground_step').selectAll().execute())
    const page = await visitor.page()
    const shown = [...page.matchAll(/tr[cg]_[\w-]{43}|eyJ[\w-]{20,}/g)].map(([secret]) => secret)
    expect(shown.length).toBeGreaterThan(2)
    for (const secret of [...shown, 'redirect_uris']) expect(rows).not.toContain(secret)
    expect(page + town.logged()).not.toContain(PASSWORD)
    expect(town.logged()).not.toMatch(/trc_[\w-]{20}|tra_[\w-]{20}/)
  })

  it('is of this browser: another one sees nothing of it', async () => {
    await withClient('private')
    expect(await town.visitor().page()).not.toContain('step-client-answer')
  })

  it('goes at once with Forget, and after an hour by itself', async () => {
    const visitor = await withClient('gone')
    const forgetting = await withClient('forgetting')
    await forgetting.submit('/playground/forget')
    expect(await forgetting.page()).not.toContain('step-client-answer')
    try {
      await town.shift(3601)
      expect(await visitor.page()).not.toContain('step-client-answer')
      await town.playground.sweep()
      expect(await town.tables.selectFrom('playground_step').selectAll().execute()).toEqual([])
    } finally {
      await town.shift(0)
    }
  })

  it('looking makes no row and sets no cookie of its own', async () => {
    const before = await town.tables.selectFrom('playground_visit').select('id').execute()
    const visitor = town.visitor()
    await visitor.page()
    await visitor.request('/playground/callback?code=x&state=y')
    expect(await town.tables.selectFrom('playground_visit').select('id').execute()).toEqual(before)
    expect([...visitor.cookies.keys()]).not.toContain(town.cookies.playground.name)
  })

  it('a step done again makes void what rested on it', async () => {
    const visitor = await withClient('again')
    await visitor.do('authorize', { by: 'token' })
    await visitor.do('token')
    await visitor.do('client', { client_name: 'Another app' })
    const page = await visitor.page()
    expect(page).toContain('Another app')
    expect(page).not.toContain('step-token-answer')
  })
})

describe('the callback takes an answer', () => {
  const code = 'tra_planted-by-somebody-else-0123456789'

  it('only with the state of the last request (RFC 6749 §10.12), and from this issuer (RFC 9207 §2.4)', async () => {
    const visitor = await withClient('callback')
    const asked = await visitor.do('authorize')
    const state = new URL(asked.location, town.publicUrl).searchParams.get('state') ?? ''
    for (const query of [
      { code },
      { code, state: 'wrong', iss: town.publicUrl },
      { code, state },
      { code, state, iss: 'https://evil.example' },
    ]) {
      const { location } = await visitor.request(`/playground/callback?${new URLSearchParams(query)}`)
      expect(location).toBe('/playground?notice=not_ours')
    }
    expect(await visitor.page()).not.toContain(code)
  })

  it('in no other browser (RFC 9700 §4.7)', async () => {
    const visitor = await withClient('other-browser')
    const back = await allow(visitor, 'other-browser')
    expect((await town.visitor().request(back)).location).toBe('/playground?notice=not_ours')
  })

  it('once', async () => {
    const visitor = await withClient('once')
    const back = new URL(await allow(visitor, 'once'))
    await visitor.request(back.href)
    back.searchParams.set('code', code)
    await visitor.request(back.href)
    expect(await visitor.page()).not.toContain(code)
  })
})

describe('bad input', () => {
  it('no other address of this server can be registered as a callback (RFC 9700 §4.11)', async () => {
    const user = await town.user('own-addresses')
    const token = await town.accounts.loginToken.issue(user, { amr: ['pwd'] })
    const register = async (path: string) => {
      const answer = await town.visitor().request('/client', {
        method: 'POST',
        headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
        body: JSON.stringify({ redirect_uris: [town.publicUrl + path] }),
      })
      return answer.status
    }
    expect(await register('/playground/callback')).toBe(201)
    for (const path of ['/playground', '/playground/callback/', '/playground/callback?x=y', '/login', '/']) {
      expect([path, await register(path)]).toEqual([path, 400])
    }
  })

  it('without the CSRF token nothing is sent', async () => {
    const visitor = town.visitor()
    const answer = await visitor.request('/playground/register', {
      method: 'POST',
      body: new URLSearchParams({ username: 'forged', password: PASSWORD }),
    })
    expect(answer.status).toBe(403)
    expect((await town.accounts.listUsers()).map(({ username }) => username)).not.toContain('forged')
  })

  it.each(['token', 'jwks', 'userinfo', 'refresh', 'introspect', 'revoke', 'remove', 'authorize', 'client'])(
    '%s before its turn: back to the page, nothing sent',
    async (step) => {
      const visitor = town.visitor()
      const { location } = await visitor.do(step)
      expect(location).toBe(`/playground?notice=not_yet#step-${step}`)
    },
  )

  it.each(['callback', 'constructor', '__proto__', 'nothing'])('a step called %s: 404', async (step) => {
    expect((await town.visitor().do(step)).status).toBe(404)
  })

  it('markup, quotes and a shell’s own signs in a name stay text', async () => {
    const visitor = town.visitor()
    const username = `"><script>alert(1)</script>' $(id) \`id\` @/etc/passwd`
    await visitor.do('register', { username, password: PASSWORD })
    const page = await visitor.page()
    expect(page).not.toContain('<script>alert')
    const line = await visitor.curl('register')
    const echo = line.replace('curl -sS', 'printf "%s\\n"')
    const { stdout } = await promisify(execFile)('sh', ['-c', echo], { env: { PASSWORD: 'x' } })
    expect(stdout).toContain(JSON.stringify({ username, password: 'x' }))
  })

  it('the limits of POST /login hold here as there: the address is that of the visitor', async () => {
    await town.user('limited')
    const visitor = town.visitor()
    const statuses: number[] = []
    for (let attempt = 0; attempt < 30 && !statuses.includes(429); attempt += 1) {
      await visitor.do('login', { username: 'limited', password: 'wrong' })
      statuses.push(statusOf(await visitor.text('step-login-answer')))
    }
    expect(statuses).toContain(429)
  })
})
