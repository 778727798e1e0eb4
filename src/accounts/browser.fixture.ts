import { cookieBrowser } from '#testing'

/** A browser over real HTTP: keeps cookies, follows nothing by itself. `headers` go with everything it sends. */
export function createBrowser(origin: string, headers: Readonly<Record<string, string>> = {}) {
  const { cookies, request: ask } = cookieBrowser(origin, headers)

  async function request(path: string, init: RequestInit = {}) {
    const answer = await ask(path, init)
    return { ...answer, set: answer.headers.getSetCookie() }
  }

  async function csrfOf(page: string): Promise<string> {
    return /name="csrf" value="([^"]+)"/.exec((await request(page)).body)?.[1] ?? ''
  }

  return {
    cookies,
    csrfOf,
    get: (path: string, more: Readonly<Record<string, string>> = {}) => request(path, { headers: more }),
    post: (path: string, fields: Readonly<Record<string, string>>, more: Readonly<Record<string, string>> = {}) =>
      request(path, { method: 'POST', body: new URLSearchParams(fields), headers: more }),
    /** Sends a form with the CSRF token of a page that it loads first: the form's own, unless told. */
    async submit(path: string, fields: Readonly<Record<string, string>> = {}, page = path) {
      const csrf = await csrfOf(page)
      return request(path, { method: 'POST', body: new URLSearchParams({ csrf, ...fields }) })
    },
    async json(method: string, path: string, body: unknown, more: Readonly<Record<string, string>> = {}) {
      const text = typeof body === 'string' ? body : JSON.stringify(body)
      const sent = { accept: 'application/json', 'content-type': 'application/json', ...more }
      const answer = await request(path, { method, body: text, headers: sent })
      return { ...answer, json: parse(answer.body) }
    },
    async who(): Promise<Who | null> {
      return JSON.parse((await request('/who')).body).caller
    },
  }
}

export type Browser = ReturnType<typeof createBrowser>

/** A `Caller` as JSON. */
export type Who = {
  ownerId: string
  kind: 'user' | 'guest'
  sessionId: string
  user?: { publicId: string; username: string; isAdmin: boolean; authTime: string; amr: string[]; sid: string }
}

function parse(text: string): Record<string, unknown> {
  try {
    return JSON.parse(text)
  } catch {
    return {}
  }
}
