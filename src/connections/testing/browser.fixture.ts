import { cookieBrowser } from '#testing'

let browsers = 0

/** A browser over real HTTP, at an address of its own: keeps cookies, follows nothing by itself. */
export function createBrowser(origin: string) {
  browsers += 1
  const address = `198.18.${browsers >> 8}.${browsers & 255}`
  const { cookies, request } = cookieBrowser(origin, { 'x-forwarded-for': address })

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
