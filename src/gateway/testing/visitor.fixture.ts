import { once } from 'node:events'
import { request as httpRequest, type IncomingMessage, type OutgoingHttpHeaders } from 'node:http'
import type { User } from '#accounts'
import { PASSWORD, type Town } from './town.fixture.ts'

type Asked = {
  readonly method?: string
  readonly headers?: OutgoingHttpHeaders
  readonly at?: number
  readonly body?: string
}

/** A browser that goes to several hosts of one town: keeps the cookies of each apart, and follows nothing by itself. */
export function createVisitor(town: Town) {
  const jars = new Map<string, Map<string, string>>()
  const home = `localhost:${town.port}`

  function cookies(host: string): Map<string, string> {
    const jar = jars.get(host) ?? new Map<string, string>()
    jars.set(host, jar)
    return jar
  }

  function cookieHeader(host: string): string {
    return [...cookies(host)].map(([name, value]) => `${name}=${value}`).join('; ')
  }

  function headersFor(host: string, own: OutgoingHttpHeaders): OutgoingHttpHeaders {
    const cookie = cookieHeader(host)
    return { host, ...(cookie === '' ? {} : { cookie }), ...own }
  }

  function keep(host: string, { headers }: IncomingMessage): void {
    for (const line of headers['set-cookie'] ?? []) {
      const [pair = ''] = line.split(';', 1)
      const [name = '', ...value] = pair.split('=')
      if (/max-age=0|expires=thu, 01 jan 1970/i.test(line)) cookies(host).delete(name)
      else cookies(host).set(name, value.join('='))
    }
  }

  async function ask(host: string, path: string, asked: Asked = {}) {
    const { method = 'GET', headers = {}, at = town.port, body } = asked
    const all = headersFor(host, headers)
    const request = httpRequest({ host: '127.0.0.1', port: at, path, method, headers: all, agent: false })
    const [response] = (await once(request.end(body), 'response')) as [IncomingMessage]
    keep(host, response)
    let text = ''
    for await (const chunk of response.setEncoding('utf8')) text += chunk
    return { status: response.statusCode, headers: response.headers, location: response.headers.location ?? '', text }
  }

  async function submit(path: string, fields: Readonly<Record<string, string>>) {
    const page = await ask(home, path, { headers: { accept: 'text/html' } })
    const hidden = [...page.text.matchAll(/<input type="hidden" name="(csrf|interaction)" value="([^"]+)"/g)]
    const headers = { 'content-type': 'application/x-www-form-urlencoded', accept: 'text/html' }
    return ask(home, path.split('?', 1)[0] ?? '', {
      ...{ method: 'POST', headers },
      body: `${new URLSearchParams({ ...Object.fromEntries(hidden.map(([, name, value]) => [name, value])), ...fields })}`,
    })
  }

  return {
    ask,
    cookies,
    cookieHeader,
    isSignedIn: () => cookies(home).has(`trivet-${town.port}`),
    /** @returns where the answer leads to. @param page that asks for the sign-in */
    async signIn({ username }: User, page = '/login') {
      const { status, text, location } = await submit(page, { username, password: PASSWORD })
      if (status !== 303) throw new Error(`not signed in: ${status} ${text}`)
      return location
    },
    async signOut() {
      const { status, text } = await submit('/logout', {})
      if (status !== 303) throw new Error(`not signed out: ${status} ${text}`)
    },
    /** Every redirect, across hosts, up to the answer. */
    async follow(host: string, path: string) {
      let [at, where] = [host, path]
      for (let hops = 0; hops < 10; hops += 1) {
        const answer = await ask(at, where, { headers: { accept: 'text/html' } })
        if (answer.location === '') return answer
        const to = new URL(answer.location, `http://${at}`)
        ;[at, where] = [to.host, `${to.pathname}${to.search}`]
      }
      throw new Error(`more than ten redirects, the last one to ${at}${where}`)
    },
    /** A handshake for a WebSocket. @returns the status of the answer */
    async upgrade(host: string, path: string, own: OutgoingHttpHeaders) {
      const headers = headersFor(host, {
        ...{ connection: 'Upgrade', upgrade: 'websocket' },
        ...{ 'sec-websocket-version': '13', 'sec-websocket-key': 'dGhlIHNhbXBsZSBub25jZQ==' },
        ...own,
      })
      const request = httpRequest({ host: '127.0.0.1', port: town.port, path, headers, agent: false })
      const [response] = (await once(request.end(), 'response')) as [IncomingMessage]
      response.resume()
      return response.statusCode
    },
  }
}

export type Visitor = ReturnType<typeof createVisitor>
