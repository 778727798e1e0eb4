import { cookieBrowser } from '#testing'

/** A browser over real HTTP: keeps cookies, follows nothing by itself. */
export function createBrowser(origin: string) {
  const { cookies, open: openAs, request: requestAs } = cookieBrowser(origin)
  const forPrograms = (path: string, init: RequestInit = {}): RequestInit => {
    const headers = new Headers(init.headers)
    if (!headers.has('accept') && path.startsWith('/api/')) headers.set('accept', '*/*')
    return { ...init, headers }
  }
  const open = (path: string, init?: RequestInit) => openAs(path, forPrograms(path, init))
  const request = (path: string, init?: RequestInit) => requestAs(path, forPrograms(path, init))

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
