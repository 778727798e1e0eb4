/** A browser over real HTTP: keeps cookies, follows nothing by itself. */
export function createBrowser(origin: string) {
  const cookies = new Map<string, string>()

  async function open(path: string, init: RequestInit = {}): Promise<Response> {
    const headers = new Headers(init.headers)
    if (!headers.has('accept')) headers.set('accept', path.startsWith('/api/') ? '*/*' : 'text/html')
    headers.set('cookie', [...cookies].map(([name, value]) => `${name}=${value}`).join('; '))
    const response = await fetch(new URL(path, origin), { ...init, headers, redirect: 'manual' })
    for (const cookie of response.headers.getSetCookie()) {
      const [pair = ''] = cookie.split(';', 1)
      const index = pair.indexOf('=')
      cookies.set(pair.slice(0, index), pair.slice(index + 1))
    }
    return response
  }

  async function request(path: string, init?: RequestInit) {
    const response = await open(path, init)
    const { status, headers } = response
    return { status, headers, location: headers.get('location') ?? '', body: await response.text() }
  }

  const browser = {
    cookies,
    open,
    get: (path: string, headers: Record<string, string> = {}) => request(path, { headers }),
    post: (path: string, fields: Record<string, string>, headers: Record<string, string> = {}) =>
      request(path, { method: 'POST', body: new URLSearchParams(fields), headers }),
    json: (path: string, body: unknown, headers: Record<string, string> = {}) =>
      request(path, {
        method: 'POST',
        body: typeof body === 'string' ? body : JSON.stringify(body),
        headers: { 'content-type': 'application/json', ...headers },
      }),
    /** Loads the page, and sends its form with the hidden fields as they are there. */
    async submit(page: string, action: string, fields: Record<string, string>) {
      const { body } = await browser.get(page)
      return browser.post(action, { ...hiddenFields(body), ...fields })
    },
  }
  return browser
}

export type Browser = ReturnType<typeof createBrowser>

export function hiddenFields(html: string): Record<string, string> {
  const fields = html.matchAll(/<input type="hidden" name="([^"]+)" value="([^"]*)"/g)
  return Object.fromEntries([...fields].map(([, name = '', value = '']) => [name, value]))
}
