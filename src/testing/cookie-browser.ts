/**
 * What a browser does with cookies, over real HTTP; it follows nothing by itself.
 *
 * @param own headers that go with everything it sends
 */
export function cookieBrowser(origin: string, own: Readonly<Record<string, string>> = {}) {
  const cookies = new Map<string, string>()

  async function open(path: string, init: RequestInit = {}): Promise<Response> {
    const headers = new Headers({ accept: 'text/html', ...own })
    for (const [name, value] of new Headers(init.headers)) headers.set(name, value)
    if (cookies.size > 0) headers.set('cookie', [...cookies].map(([name, value]) => `${name}=${value}`).join('; '))
    const response = await fetch(new URL(path, origin), { ...init, headers, redirect: 'manual' })
    for (const cookie of response.headers.getSetCookie()) {
      const [pair = ''] = cookie.split(';', 1)
      const index = pair.indexOf('=')
      if (/max-age=0|expires=thu, 01 jan 1970/i.test(cookie)) cookies.delete(pair.slice(0, index))
      else cookies.set(pair.slice(0, index), pair.slice(index + 1))
    }
    return response
  }

  async function request(path: string, init: RequestInit = {}) {
    const response = await open(path, init)
    const { status, headers } = response
    return { status, headers, location: headers.get('location') ?? '', body: await response.text() }
  }

  return { cookies, open, request }
}
