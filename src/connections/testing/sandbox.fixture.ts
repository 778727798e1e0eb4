import { spawn } from 'node:child_process'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { loadConfig } from '#config'
import { createBrowser } from './browser.fixture.ts'

const MAIN = fileURLToPath(new URL('../../../sandbox/src/main.ts', import.meta.url))

/** The sandbox as a process of its own, on a free port, with an empty state. */
export async function startSandboxProcess() {
  const state = await mkdtemp(join(tmpdir(), 'trivet-sandbox-'))
  const child = spawn(process.execPath, [MAIN, '--port', '0', '--state', state, '--leash'], {
    stdio: ['pipe', 'pipe', 'inherit'],
  })
  const exited = new Promise<void>((resolve) => child.once('exit', () => resolve()))
  const url = await new Promise<string>((resolve, reject) => {
    createInterface(child.stdout).once('line', (line) => resolve(JSON.parse(line).ready))
    child.once('exit', (code) => reject(new Error(`the sandbox ended with ${code}`)))
  })
  const { google: config, discord } = loadConfig({ TRIVET_SANDBOX_URL: url }, state).providers
  const control = async (method: string, path: string, body?: unknown) => {
    const answer = await fetch(`${url}${path}`, {
      method,
      ...(body === undefined ? {} : { body: JSON.stringify(body), headers: { 'content-type': 'application/json' } }),
    })
    if (!answer.ok) throw new Error(`${method} ${path}: ${answer.status} ${await answer.text()}`)
    return answer.headers.get('content-type')?.includes('json') ? answer.json() : undefined
  }
  return {
    url,
    host: new URL(url).host,
    config,
    discord,
    fault: (fault: Record<string, unknown>) => control('POST', '/faults', { provider: 'google', ...fault }),
    post: (path: string, body: unknown) => control('POST', path, body),
    async requests(operation: string): Promise<number> {
      const all = (await control('GET', '/requests')) as { operation: string }[]
      return all.filter((request) => request.operation === operation).length
    },
    /** A person at the sandbox's own pages, in a browser of theirs. */
    person: (id: 'ana' | 'bob' | 'chen') => personAt(url, 'google', id),
    discordUser: (id: 'ana' | 'bob' | 'zoe') => personAt(url, 'discord', id),
    async state(): Promise<Record<string, Record<string, unknown>>> {
      return (await control('GET', '/state')) as Record<string, Record<string, unknown>>
    },
    async close() {
      child.stdin.end()
      await exited
      await rm(state, { recursive: true, force: true })
    },
  }
}

function personAt(url: string, provider: 'google' | 'discord', id: string) {
  const browser = createBrowser(url)
  const requestOf = (body: string) => {
    const [, value = ''] = /name="request" value="([^"]*)"/.exec(body) ?? []
    return value.replaceAll('&amp;', '&')
  }
  /** Goes through sign-in and consent as far as they are shown. @returns the callback's query, and what was shown. */
  return async (authorize: string, decision: 'allow' | 'cancel' = 'allow') => {
    const shown: string[] = []
    let answer = await browser.get(authorize)
    for (let round = 0; round < 6; round += 1) {
      const { location } = answer
      if (location !== '' && !new URL(location, url).href.startsWith(url)) {
        return { query: new URL(location).searchParams, shown }
      }
      if (location !== '') answer = await browser.get(location)
      else if (answer.body.includes(`id="persona-${id}"`)) {
        shown.push('sign-in')
        answer = await browser.post(`/${provider}/signin`, { request: requestOf(answer.body), persona: id })
      } else if (answer.body.includes('id="consent-allow"')) {
        shown.push('consent')
        const scopes = [...answer.body.matchAll(/name="scope"[^>]* value="([^"]*)"/g)].map(([, value = '']) => [
          'scope',
          value,
        ])
        const form = new URLSearchParams([['request', requestOf(answer.body)], ['action', decision], ...scopes])
        answer = await browser.post(`/${provider}/consent`, form)
      } else throw new Error(`an unexpected page: ${answer.status} ${answer.body.slice(0, 500)}`)
    }
    throw new Error('no end of pages')
  }
}
