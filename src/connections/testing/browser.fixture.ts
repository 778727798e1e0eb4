let browsers = 0

/** A browser over real HTTP, at an address of its own: keeps cookies, follows nothing by itself. */
export function createBrowser(origin: string) {
  browsers += 1
  const address = `198.18.${browsers >> 8}.${browsers & 255}`
  const cookies = new Map<string, string>()

  async function request(path: string, init: RequestInit = {}) {
    const headers = new Headers(init.headers)
    headers.set('accept', headers.get('accept') ?? 'text/html')
    headers.set('x-forwarded-for', address)
    headers.set('cookie', [...cookies].map(([name, value]) => `${name}=${value}`).join('; '))
    const response = await fetch(new URL(path, origin), { ...init, headers, redirect: 'manual' })
    for (const cookie of response.headers.getSetCookie()) {
      const [pair = ''] = cookie.split(';', 1)
      const index = pair.indexOf('=')
      cookies.set(pair.slice(0, index), pair.slice(index + 1))
    }
    return {
      status: response.status,
      headers: response.headers,
      location: response.headers.get('location') ?? '',
      body: await response.text(),
    }
  }

  return {
    cookies,
    get: (path: string, headers: Record<string, string> = {}) => request(path, { headers }),
    /** Sends a form with the CSRF token of a page that it loads first. */
    async submit(path: string, fields: Record<string, string> = {}, page = '/connect/google') {
      const { body } = await request(page)
      const csrf = /name="csrf" value="([^"]+)"/.exec(body)?.[1] ?? ''
      return request(path, { method: 'POST', body: new URLSearchParams({ csrf, ...fields }) })
    },
    post: (path: string, fields: Record<string, string> | URLSearchParams, headers: Record<string, string> = {}) =>
      request(path, { method: 'POST', body: new URLSearchParams(fields), headers }),
  }
}

export type Browser = ReturnType<typeof createBrowser>
