import { cookieBrowser } from '#testing'

export type Answer = {
  readonly status: number
  readonly headers: Headers
  readonly location: string
  readonly body: string
}

/** A browser over real HTTP: keeps cookies, follows nothing by itself. */
export function createBrowser(origin: string) {
  const { cookies, request } = cookieBrowser(origin)

  return {
    cookies,
    get: (path: string, headers: Record<string, string> = {}) => request(path, { headers }),
    post: (path: string, fields: Record<string, string> | URLSearchParams, headers: Record<string, string> = {}) =>
      request(path, { method: 'POST', body: new URLSearchParams(fields), headers }),
    /** Fills a form in and presses a button of it, as a browser without JavaScript does. */
    async press(path: string, button: string, typed: Record<string, string> = {}) {
      const { status, body } = await request(path)
      const form = new RegExp(`<form[^>]*action="([^"]+)"(?:(?!</form>).)*id="${button}".*?</form>`, 's').exec(body)
      if (!form?.[1]) throw new Error(`no button ${button} on ${path}: ${status} ${body}`)
      const fields = [...form[0].matchAll(/<input type="hidden" name="([^"]+)" value="([^"]*)"/g)]
      const pressed = new RegExp(`<button[^>]*id="${button}"[^>]*>`).exec(form[0])?.[0] ?? ''
      const [, name] = /name="([^"]+)"/.exec(pressed) ?? []
      const [, value] = /value="([^"]+)"/.exec(pressed) ?? []
      const sent = new URLSearchParams(fields.map(([, key = '', text = '']) => [key, unescapeHtml(text)]))
      if (name !== undefined) sent.set(name, value ?? '')
      for (const [field, text] of Object.entries(typed)) sent.set(field, text)
      return request(unescapeHtml(form[1]), { method: 'POST', body: sent })
    },
  }
}

export type Browser = ReturnType<typeof createBrowser>

export function unescapeHtml(text: string): string {
  return text.replaceAll('&quot;', '"').replaceAll('&lt;', '<').replaceAll('&gt;', '>').replaceAll('&amp;', '&')
}
