import { once } from 'node:events'
import { type IncomingHttpHeaders, request } from 'node:http'
import { request as tlsRequest } from 'node:https'

/** What came back, read to its end. */
export type Answer = {
  readonly status: number
  readonly headers: IncomingHttpHeaders
  readonly bytes: Buffer
  readonly text: string
  /** Absolute, where there is one. */
  readonly location: string
}

export type Asking = {
  readonly method?: string
  readonly headers?: Readonly<Record<string, string>>
  readonly body?: string | Buffer
}

export type Form = { readonly action: string; readonly fields: Readonly<Record<string, string>> }

/** A browser without a screen: keeps cookies by host and port, follows nothing by itself, sends exactly what it is told. */
export type Client = {
  /** A path of the site, or a whole address. A path goes out as it is written. */
  send(target: string, asking?: Asking): Promise<Answer>
  get(target: string): Promise<Answer>
  getJson(target: string): Promise<Answer>
  postForm(target: string, fields: Readonly<Record<string, string>>, headers?: Record<string, string>): Promise<Answer>
  postJson(target: string, body: unknown, headers?: Record<string, string>): Promise<Answer>
  /** The form with this action on a page: its hidden fields, as a browser would send them. */
  form(target: string, action: string): Promise<Form>
  cookie(name: string): string | undefined
}

export const HTML = { accept: 'text/html,application/xhtml+xml' }

/** @param certificate whom to believe by https */
export function createClient(origin: string, certificate?: string): Client {
  const jar = new Map<string, Map<string, string>>()

  async function send(target: string, asking: Asking = {}): Promise<Answer> {
    const base = new URL(target.startsWith('/') ? origin : target)
    const cookies = jar.get(base.host) ?? new Map<string, string>()
    jar.set(base.host, cookies)
    const answer = await exchange(base, target.startsWith('/') ? target : `${base.pathname}${base.search}`, {
      certificate,
      ...asking,
      headers: {
        ...(cookies.size > 0 ? { cookie: [...cookies].map(([name, value]) => `${name}=${value}`).join('; ') } : {}),
        ...asking.headers,
      },
    })
    for (const line of answer.headers['set-cookie'] ?? []) {
      const [, name = '', value = ''] = /^([^=]+)=([^;]*)/.exec(line) ?? []
      cookies.set(name, value)
    }
    return answer
  }

  const client: Client = {
    send,
    get: (target) => send(target, { headers: HTML }),
    getJson: (target) => send(target, { headers: { accept: 'application/json' } }),
    postForm: (target, fields, headers = {}) =>
      send(target, {
        method: 'POST',
        headers: { ...HTML, 'content-type': 'application/x-www-form-urlencoded', ...headers },
        body: new URLSearchParams(fields).toString(),
      }),
    postJson: (target, body, headers = {}) =>
      send(target, {
        method: 'POST',
        headers: { accept: 'application/json', 'content-type': 'application/json', ...headers },
        body: typeof body === 'string' ? body : JSON.stringify(body),
      }),
    async form(target, action) {
      const page = await client.get(target)
      return readForm(page.text, action)
    },
    cookie: (name) => jar.get(new URL(origin).host)?.get(name),
  }
  return client
}

async function exchange(
  base: URL,
  path: string,
  asking: Asking & { readonly certificate: string | undefined },
): Promise<Answer> {
  const isTls = base.protocol === 'https:'
  const call = (isTls ? tlsRequest : request)({
    ...(isTls ? { servername: base.hostname, ca: asking.certificate } : {}),
    // The product is reached as localhost and listens on 127.0.0.1.
    host: '127.0.0.1',
    port: base.port,
    path,
    method: asking.method ?? 'GET',
    headers: {
      host: base.host,
      ...(asking.body === undefined ? {} : { 'content-length': String(Buffer.byteLength(asking.body)) }),
      ...asking.headers,
    },
    agent: false,
  })
  call.end(asking.body)
  const [response] = await once(call, 'response')
  const chunks: Buffer[] = []
  for await (const chunk of response) chunks.push(chunk)
  const bytes = Buffer.concat(chunks)
  const location = response.headers.location === undefined ? '' : new URL(response.headers.location, base).href
  return { status: response.statusCode, headers: response.headers, bytes, text: bytes.toString(), location }
}

/** Hidden fields of the form that posts to `action`; the pages write attributes in double quotes. */
export function readForm(html: string, action: string): Form {
  const forms = html.match(/<form\b[^>]*>.*?<\/form>/gs) ?? []
  const found = forms.find((form) => attribute(form, 'action') === action)
  if (found === undefined) throw new Error(`no form for ${action} on the page:\n${html.slice(0, 2000)}`)
  const hidden = found.match(/<input type="hidden"[^>]*>/g) ?? []
  return {
    action,
    fields: Object.fromEntries(hidden.map((input) => [attribute(input, 'name'), attribute(input, 'value')])),
  }
}

function attribute(tag: string, name: string): string {
  const text = new RegExp(`^<[^>]*?\\s${name}="([^"]*)"`).exec(tag)?.[1] ?? ''
  return text.replaceAll('&quot;', '"').replaceAll('&#39;', "'").replaceAll('&lt;', '<').replaceAll('&amp;', '&')
}
