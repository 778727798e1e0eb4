import { spawn } from 'node:child_process'
import { accessSync, constants, readFileSync } from 'node:fs'
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { connect } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'

/** Debian's packages; a machine that has them elsewhere says where. */
export const PROGRAMS = {
  nginx: process.env['NGINX'] ?? '/usr/sbin/nginx',
  caddy: process.env['CADDY'] ?? '/usr/bin/caddy',
  haproxy: process.env['HAPROXY'] ?? '/usr/sbin/haproxy',
  /** The same program, with the configuration that asks. */
  'haproxy-asking': process.env['HAPROXY'] ?? '/usr/sbin/haproxy',
} as const

export type ProxyName = keyof typeof PROGRAMS
export type RunningProxy = { readonly port: number; readonly pid: number; stop(): Promise<void> }

const CONFIGURATIONS = {
  ...{ nginx: 'nginx.conf', caddy: 'Caddyfile', haproxy: 'haproxy.cfg', 'haproxy-asking': 'haproxy-asking.cfg' },
} as const
const SHIPPED = join(import.meta.dirname, '../../deploy/forward-auth')
const READY_MS = 15_000

/** Whether to leave tests of it out. In CI nothing is left out: there the missing program is the failure. */
export function isMissing(name: ProxyName): boolean {
  if (process.env['CI'] !== undefined) return false
  try {
    accessSync(PROGRAMS[name], constants.X_OK)
    return false
  } catch {
    return true
  }
}

/**
 * Starts it with the configuration that ships, in which only what a reader has to change is changed.
 *
 * @param at.changes text of the file, and what takes its place; each must be there
 * @param at.folder where the configurations are
 */
export async function startShipped(
  name: ProxyName,
  at: { readonly port: number; readonly changes: Readonly<Record<string, string>>; readonly folder?: string },
): Promise<RunningProxy> {
  const { port, changes, folder = SHIPPED } = at
  let text = readFileSync(join(folder, CONFIGURATIONS[name]), 'utf8')
  for (const [shown, own] of Object.entries(changes)) {
    if (!text.includes(shown)) throw new Error(`The configuration for ${name} does not say ${shown}`)
    text = text.replaceAll(shown, own)
  }
  // An address that stayed as it was would be somebody else's.
  const [kept] = /:(?:3000|8000|8080)\b|\/etc\//.exec(text.replace(/^\s*#.*$/gm, '')) ?? []
  if (kept !== undefined) throw new Error(`The configuration for ${name} still says ${kept}`)
  return startProxy(name, { text, port })
}

/** Where each file that asks names things that a reader has to change. @param at.product its address */
export function changesOf(
  name: Exclude<ProxyName, 'haproxy'>,
  at: { readonly port: number; readonly host: string; readonly product: string; readonly service: number },
): Record<string, string> {
  return {
    '127.0.0.1:3000': `127.0.0.1:${new URL(at.product).port}`,
    '127.0.0.1:8080': `127.0.0.1:${at.service}`,
    'app.localhost:8000': at.host,
    ...(name === 'nginx' ? { 'listen 127.0.0.1:8000': `listen 127.0.0.1:${at.port}` } : {}),
    ...(name === 'haproxy-asking' ? { 'bind 127.0.0.1:8000': `bind 127.0.0.1:${at.port}` } : {}),
    ...(name === 'haproxy-asking' ? { '/etc/haproxy/haproxy-asking.lua': join(SHIPPED, 'haproxy-asking.lua') } : {}),
  }
}

async function startProxy(name: ProxyName, { text, port }: { text: string; port: number }): Promise<RunningProxy> {
  const folder = await mkdtemp(join(tmpdir(), `trivet-${name}-`))
  const file = join(folder, CONFIGURATIONS[name])
  await writeFile(file, await around(name, { folder, text }))
  const child = spawn(PROGRAMS[name], argumentsOf(name, { folder, file }), {
    // Caddy keeps files.
    env: { PATH: process.env['PATH'], HOME: folder, XDG_CONFIG_HOME: folder, XDG_DATA_HOME: folder },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  let printed = ''
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk) => (printed += chunk))
  const exited = new Promise<void>((resolve) => child.once('close', () => resolve()))
  child.once('error', (error) => (printed += error.message))
  await listening(port, () => {
    if (child.exitCode !== null || child.pid === undefined) throw new Error(`${name} did not start:\n${printed}`)
  })
  return {
    port,
    pid: child.pid ?? 0,
    async stop() {
      child.kill('SIGTERM')
      await exited
      await rm(folder, { recursive: true, force: true })
    },
  }
}

function argumentsOf(name: ProxyName, { folder, file }: { folder: string; file: string }): string[] {
  if (name === 'nginx') return ['-p', folder, '-c', file]
  return name === 'caddy' ? ['run', '--adapter', 'caddyfile', '--config', file] : ['-db', '-f', file]
}

/** What stands around the shipped text: nginx's main file, and of Caddy's the line about the port for orders. */
async function around(name: ProxyName, { folder, text }: { folder: string; text: string }): Promise<string> {
  if (name === 'caddy') return `{\n\tadmin off\n}\n${text}`
  if (name !== 'nginx') return text
  await mkdir(join(folder, 'temp'))
  const temporary = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi']
    .map((what) => `${what}_temp_path ${join(folder, 'temp', what)};`)
    .join('\n')
  const http = `http {\naccess_log off;\n${temporary}\n${text}}`
  return `daemon off; master_process off; pid ${join(folder, 'pid')}; error_log stderr warn;\nevents {}\n${http}\n`
}

async function listening(port: number, check: () => void): Promise<void> {
  const until = Date.now() + READY_MS
  while (Date.now() < until) {
    check()
    const socket = connect(port, '127.0.0.1')
    const isOpen = await new Promise<boolean>((resolve) => {
      socket.once('connect', () => resolve(true))
      socket.once('error', () => resolve(false))
    })
    socket.destroy()
    if (isOpen) return
    await sleep(50)
  }
  throw new Error(`nobody listens on port ${port}`)
}
