import { isIP } from 'node:net'
import { resolve } from 'node:path'
import { hostAndPort, type Secret } from '#base'
import { readAuthorization } from './authorization.ts'
import { ConfigError } from './config-error.ts'
import { isLoopbackUrl } from './loopback.ts'
import { readMail } from './mail.ts'
import { MASTER_KEY, MASTER_KEY_RULE } from './master-key.ts'
import { readDiceBear, readDiscord, readGoogle, readTheCatApi } from './providers.ts'
import { type Environment, SettingReader } from './reader.ts'
import { readSandbox } from './sandbox.ts'
import type { Config } from './tree.ts'

/**
 * Reads the environment once into one frozen tree.
 *
 * @throws ConfigError with every problem, each a sentence that says what to do; secrets are never quoted.
 */
export function loadConfig(environment: Environment, workingDirectory: string): Config {
  const read = new SettingReader(environment)
  const port = read.integer('PORT', 3000, { least: 1, most: 65535 })
  const publicUrl = readPublicUrl(read, port)
  const sandbox = readSandbox(read, publicUrl)
  const google = readGoogle(read, sandbox)
  const discord = readDiscord(read, sandbox)
  const theCatApi = readTheCatApi(read, sandbox)
  const diceBear = readDiceBear(read, sandbox, discord.source)
  const storage = read.text('STORAGE') ?? 'disk'
  if (storage !== 'disk') read.problem('STORAGE must be disk: object storage is not part of this version.')
  const databaseUrl = read.secret('DATABASE_URL')
  if (databaseUrl && !/^postgres(ql)?:\/\/[^/]+\/.+/.test(databaseUrl.reveal())) {
    read.problem('DATABASE_URL must look like postgresql://user:password@host:port/database.')
  }
  if (!read.list('TRIVET_MASTER_KEY').every((key) => MASTER_KEY.test(key))) read.problem(MASTER_KEY_RULE)
  const usesSandbox = [google, discord, theCatApi, diceBear].some(({ source }) => source === 'sandbox')
  const named = [google, discord]
    .flatMap((one) => [one.tokenUrl, one.revokeUrl, one.userinfoUrl, one.apiUrl, one.picturesUrl ?? []])
    .concat(theCatApi.url, diceBear.url ?? [])
    .flat()
  const called = [...named.filter(isLoopbackUrl), ...(usesSandbox ? [sandbox.url] : [])]
  const config: Config = {
    publicUrl,
    host: read.text('HOST') ?? '127.0.0.1',
    port,
    role: read.oneOf('TRIVET_ROLE', ['all', 'web', 'worker'], 'all'),
    home: read.oneOf('TRIVET_HOME', ['cards', 'cats', 'avatars'], 'cards'),
    logLevel: read.oneOf('LOG_LEVEL', ['debug', 'info', 'warn', 'error', 'silent'], 'info'),
    dataDir: resolve(workingDirectory, read.text('TRIVET_DATA_DIR') ?? './.trivet'),
    databaseUrl,
    masterKey: read.secret('TRIVET_MASTER_KEY'),
    stop: readStop(read, publicUrl),
    cacheBytes: read.integer('TRIVET_CACHE_BYTES', 268_435_456, { least: 1_000_000, most: 2 ** 50 }),
    trustedProxies: readTrustedProxies(read, publicUrl),
    outboundAllow: [...new Set([...readOutboundAllow(read), ...called.map(hostAndPort)])],
    sandbox,
    usesSandbox,
    providers: { google, discord },
    theCatApi,
    diceBear,
    authorization: readAuthorization(read),
    mail: readMail(read, publicUrl),
    metricsToken: readMetrics(read),
    gatewayFile: resolve(workingDirectory, read.text('TRIVET_FILE') ?? './trivet.yaml'),
    mashupsDir: resolve(workingDirectory, read.text('TRIVET_MASHUPS') ?? './mashups'),
  }
  if (read.problems.length > 0) throw new ConfigError(read.problems)
  return deepFreeze(config)
}

/** On one's own machine nobody looks at `/readyz`. */
function readStop(read: SettingReader, publicUrl: string): Config['stop'] {
  const range = { least: 0, most: 3600 }
  return {
    delaySeconds: read.integer('TRIVET_STOP_DELAY', isLoopbackUrl(publicUrl) ? 0 : 5, range),
    timeoutSeconds: read.integer('TRIVET_STOP_TIMEOUT', 10, range),
  }
}

/** What may stand behind `Bearer` (RFC 6750 §2.1); long enough that nobody tries them all. */
const METRICS_TOKEN = /^[\w.~+/-]{20,}=*$/

function readMetrics(read: SettingReader): Secret | undefined {
  const token = read.secret('METRICS')
  if (token === undefined || token.reveal() === 'off') return undefined
  if (!METRICS_TOKEN.test(token.reveal())) {
    read.problem('METRICS must be off, or a token of at least 20 letters, digits and -._~+/ that the collector shows.')
  }
  return token
}

/** What no proxy, browser or client reads in another way, and what none of our addresses at the root of a host is. */
const BASE_PATH = /^(\/(?!(healthz|readyz|metrics)$)[A-Za-z0-9_-]+(\/[A-Za-z0-9_-]+)*)?$/

function readPublicUrl(read: SettingReader, port: number): string {
  const fallback = `http://localhost:${port}`
  const text = read.text('TRIVET_PUBLIC_URL')
  const insecureHttp = read.oneOf('TRIVET_INSECURE_HTTP', ['on', 'off'], 'off')
  if (text === undefined) return fallback
  const url = URL.canParse(text) ? new URL(text) : undefined
  if (!url || !/^https?:$/.test(url.protocol)) {
    read.problem(`TRIVET_PUBLIC_URL is "${text}": it must be a URL such as https://trivet.example.`)
    return fallback
  }
  const path = url.pathname.replace(/\/+$/, '')
  if (`${url.origin}${path}` !== text) {
    read.problem(
      `TRIVET_PUBLIC_URL must be scheme, host in lower case and, if you like, a path, without slash at the end: ${url.origin}${path}`,
    )
  } else if (!BASE_PATH.test(path)) {
    read.problem(
      `TRIVET_PUBLIC_URL has the path "${path}": it must be made of letters, digits, "-" and "_", such as /auth, and not be /healthz, /readyz or /metrics.`,
    )
  }
  if (url.protocol === 'http:' && !isLoopbackUrl(text) && insecureHttp === 'off') {
    read.problem(
      'TRIVET_PUBLIC_URL is http: on a host that is not loopback. Use https:, or set TRIVET_INSECURE_HTTP=on.',
    )
  }
  return text
}

/**
 * What Fastify's `trustProxy` understands; anything else would stop it with a stack trace, or be trusted by mistake.
 * With a public URL on loopback every browser of this machine would be a proxy, and a page that rebinds its name to
 * 127.0.0.1 could choose the host that it seems to ask by.
 */
function readTrustedProxies(read: SettingReader, publicUrl: string): string[] {
  if (read.text('TRIVET_TRUSTED_PROXIES') === undefined) return isLoopbackUrl(publicUrl) ? [] : ['loopback']
  return read.list('TRIVET_TRUSTED_PROXIES').filter((item) => {
    const good = isNetwork(item) || ['loopback', 'linklocal', 'uniquelocal'].includes(item)
    if (!good)
      read.problem(`TRIVET_TRUSTED_PROXIES has "${item}": each entry is an address or a network such as 10.0.0.0/8.`)
    return good
  })
}

function isNetwork(text: string): boolean {
  const [address = '', bits, ...rest] = text.split('/')
  const version = isIP(address)
  if (version === 0 || rest.length > 0) return false
  return bits === undefined || (/^\d{1,3}$/.test(bits) && Number(bits) <= (version === 4 ? 32 : 128))
}

function readOutboundAllow(read: SettingReader): string[] {
  return read.list('TRIVET_OUTBOUND_ALLOW').filter((item) => {
    const good = /^(\[[\da-f:]+\]|[\w.-]+):\d{1,5}$/i.test(item)
    if (!good) read.problem(`TRIVET_OUTBOUND_ALLOW has "${item}": each entry is host:port, such as 10.0.0.5:8200.`)
    return good
  })
}

function deepFreeze<T extends object>(tree: T): T {
  for (const value of Object.values(tree)) {
    if (typeof value === 'object' && value !== null && !Object.isFrozen(value)) deepFreeze(value)
  }
  return Object.freeze(tree)
}
