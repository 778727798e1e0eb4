import { inspect } from 'node:util'
import { describe, expect, it } from 'vitest'
import { StartError } from '#base'
import { loadConfig } from './config.ts'
import { ConfigError } from './config-error.ts'
import type { Environment } from './reader.ts'

const load = (environment: Environment = {}) => loadConfig(environment, '/srv/trivet')

/** Of the right form: 43 characters of base64url. */
const MASTER_KEY = `k1:${'hunter2'.repeat(7).slice(0, 42)}A`

function problemsOf(environment: Environment): readonly string[] {
  try {
    load(environment)
  } catch (error) {
    if (error instanceof ConfigError) return error.problems
    throw error
  }
  return []
}

describe('without any setting', () => {
  it('is a server for this machine, with everything played by the sandbox', () => {
    expect(load()).toMatchObject({
      publicUrl: 'http://localhost:3000',
      host: '127.0.0.1',
      port: 3000,
      role: 'all',
      home: 'cards',
      logLevel: 'info',
      dataDir: '/srv/trivet/.trivet',
      databaseUrl: undefined,
      masterKey: undefined,
      trustedProxies: [],
      sandbox: { mode: 'auto', port: 3001, browserUrl: 'http://127.0.0.1:3001' },
      providers: { google: { source: 'sandbox' }, discord: { source: 'sandbox' } },
      theCatApi: { source: 'sandbox' },
      diceBear: { source: 'sandbox' },
      mashupsDir: '/srv/trivet/mashups',
    })
  })

  it('counts an empty or blank value as not set', () => {
    expect(load({ PORT: '', TRIVET_PUBLIC_URL: '  ', DATABASE_URL: '', TRIVET_TRUSTED_PROXIES: '' })).toEqual(load())
  })

  it('lets the public URL follow PORT', () => expect(load({ PORT: '8080' }).publicUrl).toBe('http://localhost:8080'))
})

describe('what is wrong', () => {
  it('is told all at once, one sentence each, as one StartError', () => {
    const problems = problemsOf({
      PORT: '70000',
      TRIVET_PUBLIC_URL: 'ftp://a.example',
      TRIVET_HOME: 'dogs',
      LOG_LEVEL: 'verbose',
      TRIVET_ROLE: 'king',
      TRIVET_MASTER_KEY: 'secret',
      DATABASE_URL: 'mysql://u:p@h/db',
      STORAGE: 's3://bucket',
      TRIVET_CACHE_BYTES: '12',
      TRIVET_OUTBOUND_ALLOW: '10.0.0.5',
      TRIVET_TRUSTED_PROXIES: 'my-proxy',
      TRIVET_SANDBOX: 'maybe',
      TRIVET_SANDBOX_PORT: '0',
      TRIVET_SANDBOX_MOUNT: 'sandbox',
      TRIVET_SANDBOX_URL: 'localhost:3001',
      TRIVET_INSECURE_HTTP: 'yes',
      GOOGLE_CLIENT_ID: 'only-half',
      GOOGLE_TOKEN_URL: 'token',
      GOOGLE_REDIRECT_PATH: 'https://evil.example/cb',
      DISCORD_CLIENT_SECRET: 'only-half',
      DISCORD_API_URL: 'discord.com',
      DISCORD_REDIRECT_PATH: 'get_avatar',
      DISCORD_REQUESTS_PER_SECOND: '0',
      DICEBEAR_URL: 'https://api.dicebear.com/9.x',
      THECATAPI_URL: 'file:///etc/passwd',
      TRIVET_HOEM: 'cats',
    })
    expect(problems.map((problem) => /^\w+/.exec(problem)?.[0]).sort()).toEqual([
      'DATABASE_URL',
      'DICEBEAR_URL',
      'DISCORD_API_URL',
      'DISCORD_CLIENT_SECRET',
      'DISCORD_REDIRECT_PATH',
      'DISCORD_REQUESTS_PER_SECOND',
      'GOOGLE_CLIENT_ID',
      'GOOGLE_REDIRECT_PATH',
      'GOOGLE_TOKEN_URL',
      'LOG_LEVEL',
      'PORT',
      'STORAGE',
      'THECATAPI_URL',
      'TRIVET_CACHE_BYTES',
      'TRIVET_HOEM',
      'TRIVET_HOME',
      'TRIVET_INSECURE_HTTP',
      'TRIVET_MASTER_KEY',
      'TRIVET_OUTBOUND_ALLOW',
      'TRIVET_PUBLIC_URL',
      'TRIVET_ROLE',
      'TRIVET_SANDBOX',
      'TRIVET_SANDBOX_MOUNT',
      'TRIVET_SANDBOX_PORT',
      'TRIVET_SANDBOX_URL',
      'TRIVET_TRUSTED_PROXIES',
    ])
    for (const problem of problems) expect(problem).toMatch(/[.?]$/)
    const error = new ConfigError(problems)
    expect(error).toBeInstanceOf(StartError)
    expect(error.message.split('\n')).toHaveLength(problems.length + 1)
    expect(new ConfigError(['x']).message).toMatch(/^One setting is wrong:/)
  })

  it('never quotes a secret (no secret in messages), whole or in part', () => {
    const secrets = {
      DATABASE_URL: 'mysql://trivet:hunter2-db@h/db',
      TRIVET_MASTER_KEY: 'hunter2-master',
      GOOGLE_CLIENT_SECRET: 'hunter2-google',
      DISCORD_CLIENT_SECRET: 'hunter2-discord',
      DISCORD_CDN_URL: 'https://user:hunter2-cdn@cdn.example',
      THECATAPI_KEY: 'hunter2-cats',
      GOOGLE_TOKEN_URL: 'https://user:hunter2-url@oauth.example/token',
      TRIVET_PUBLIC_URL: 'https://user:hunter2-public@trivet.example',
      PORT: 'x',
    }
    const error = new ConfigError(problemsOf(secrets))
    expect(error.problems.length).toBeGreaterThan(3)
    expect(`${error.message}${error.stack}${inspect(error, { depth: null })}`).not.toContain('hunter2')
  })

  it.each([
    ['TRIVET_HOEM', 'TRIVET_HOME'],
    ['TRIVET_PUBLICURL', 'TRIVET_PUBLIC_URL'],
    ['TRIVET_SANDBOX_MONT', 'TRIVET_SANDBOX_MOUNT'],
    ['TRIVET_DATADIR', 'TRIVET_DATA_DIR'],
    ['TRIVET_TRUSTED_PROXY', 'TRIVET_TRUSTED_PROXIES'],
  ])('asks of %s whether %s was meant', (typed, meant) => {
    expect(problemsOf({ [typed]: 'x' })).toEqual([`${typed} is not a setting. Did you mean ${meant}?`])
  })

  it('names the list of settings where nothing is near, and leaves foreign variables alone', () => {
    expect(problemsOf({ TRIVET_COMPLETELY_DIFFERENT: 'x' })[0]).toContain('docs/reference/config.md')
    expect(problemsOf({ PATH: '/bin', HOME: '/root', TRIVETS: '1' })).toEqual([])
  })
})

describe('the tree', () => {
  it('is frozen in all its depth', () => {
    const open: unknown[] = [load({ TRIVET_OUTBOUND_ALLOW: '10.0.0.5:8200', TRIVET_MASTER_KEY: MASTER_KEY })]
    let seen = 0
    while (open.length > 0) {
      const value = open.pop()
      if (typeof value !== 'object' || value === null) continue
      seen += 1
      expect(Object.isFrozen(value)).toBe(true)
      open.push(...Object.values(value))
    }
    expect(seen).toBeGreaterThan(6)
  })

  it('shows no secret when printed or turned into JSON', () => {
    const config = load({
      DATABASE_URL: 'postgresql://trivet:hunter2@db.example/trivet',
      TRIVET_MASTER_KEY: MASTER_KEY,
      GOOGLE_CLIENT_ID: 'id',
      GOOGLE_CLIENT_SECRET: 'hunter2',
      DISCORD_CLIENT_ID: 'id',
      DISCORD_CLIENT_SECRET: 'hunter2',
      THECATAPI_KEY: 'hunter2',
    })
    expect(config.databaseUrl?.reveal()).toContain('hunter2')
    expect(config.providers.google.clientSecret.reveal()).toBe('hunter2')
    expect(config.providers.discord.clientSecret.reveal()).toBe('hunter2')
    expect(config.theCatApi.key?.reveal()).toBe('hunter2')
    expect(config.masterKey?.reveal()).toBe(MASTER_KEY)
    expect(JSON.stringify(config) + inspect(config, { depth: null })).not.toContain('hunter2')
  })
})

describe('TRIVET_PUBLIC_URL', () => {
  it.each(['https://trivet.example', 'https://trivet.example:8443', 'http://localhost:3000', 'http://127.0.0.1:1'])(
    '%s is taken as it is',
    (url) => expect(load({ TRIVET_PUBLIC_URL: url }).publicUrl).toBe(url),
  )

  it.each([
    'https://trivet.example/',
    'https://trivet.example//',
    'https://trivet.example?x=1',
    'https://trivet.example#top',
    'https://Trivet.Example',
    'https://trivet.example:443',
    'https://user@trivet.example',
    'HTTPS://trivet.example',
  ])('%s is refused, with the right form of it: cookies, redirect URIs and Origin checks compare exactly', (url) => {
    const [problem, ...others] = problemsOf({ TRIVET_PUBLIC_URL: url })
    expect(others).toEqual([])
    expect(problem).toMatch(/https:\/\/trivet\.example$/)
  })

  it.each(['https://id.example/auth', 'https://id.example:8443/a/b-c_D/2', 'http://localhost:3000/auth'])(
    '%s is taken: an issuer may have a path (RFC 8414 §2)',
    (url) => expect(load({ TRIVET_PUBLIC_URL: url }).publicUrl).toBe(url),
  )

  it.each([
    ...['https://id.example/auth/', 'https://id.example/a//b', 'https://id.example/../a', 'https://id.example/a%2fb'],
    ...['https://id.example/.well-known', 'https://id.example/ä', 'https://id.example/a;b', 'https://id.example/a?b'],
    ...['https://id.example/a#b', 'https://id.example/a b', 'https://id.example/healthz', 'https://id.example/readyz'],
    'https://id.example/metrics',
    ...['https://id.example\\a', 'https://id.example/"a', 'https://id.example/a.b', 'https://id.example//a'],
  ])('%s is refused: a path that somebody in between could read in another way', (url) => {
    expect(problemsOf({ TRIVET_PUBLIC_URL: url })).toEqual([expect.stringContaining('TRIVET_PUBLIC_URL')])
  })

  it.each(['trivet.example', '//trivet.example', 'ftp://trivet.example', 'javascript:alert(1)', 'https://'])(
    '%s is no address',
    (url) => expect(problemsOf({ TRIVET_PUBLIC_URL: url })).toHaveLength(1),
  )

  it('may be http on another host than loopback only with TRIVET_INSECURE_HTTP=on', () => {
    const url = { TRIVET_PUBLIC_URL: 'http://trivet.example' }
    expect(problemsOf(url)).toEqual([expect.stringContaining('TRIVET_INSECURE_HTTP=on')])
    expect(problemsOf({ ...url, TRIVET_INSECURE_HTTP: 'off' })).toHaveLength(1)
    expect(load({ ...url, TRIVET_INSECURE_HTTP: 'on' }).publicUrl).toBe('http://trivet.example')
  })
})

describe('numbers', () => {
  it.each(['-1', '65536', '3000.5', '3e3', '0x10', 'http', '３０００', '3000 4000'])('PORT=%j is refused', (port) => {
    expect(problemsOf({ PORT: port })).toHaveLength(1)
  })

  it.each(['1', '65535', ' 4000 '])('PORT=%j is taken', (port) => expect(load({ PORT: port }).port).toBe(Number(port)))
})

describe('TRIVET_TRUSTED_PROXIES (security §9.1: X-Forwarded-* are believed of these only)', () => {
  it.each([
    ['http://localhost:3000', []],
    ['http://127.0.0.1:3000', []],
    ['http://[::1]:3000', []],
    ['https://trivet.localhost', []],
    ['https://trivet.example', ['loopback']],
  ])(
    'is, unless told, for %s: %j (where people are on loopback themselves, nobody there is a proxy)',
    (url, proxies) => {
      expect(load({ TRIVET_PUBLIC_URL: url }).trustedProxies).toEqual(proxies)
      expect(load({ TRIVET_PUBLIC_URL: url, TRIVET_TRUSTED_PROXIES: '::1' }).trustedProxies).toEqual(['::1'])
    },
  )

  it('takes addresses, networks and the three names', () => {
    const text = '10.0.0.1, 10.1.0.0/16,fd00::/8, ::1, loopback,linklocal, uniquelocal'
    expect(load({ TRIVET_TRUSTED_PROXIES: text }).trustedProxies).toEqual([
      '10.0.0.1',
      '10.1.0.0/16',
      'fd00::/8',
      '::1',
      'loopback',
      'linklocal',
      'uniquelocal',
    ])
  })

  it.each(['*', 'true', 'all', 'nginx', '10.0.0', '10.0.0.1/33', '10.0.0.0/', '/8', '::1/129', '10.0.0.1:80', '1'])(
    '%s is refused at the start, instead of being a stack trace or a proxy nobody meant',
    (entry) => {
      expect(problemsOf({ TRIVET_TRUSTED_PROXIES: `loopback,${entry}` })).toEqual([
        expect.stringContaining(`TRIVET_TRUSTED_PROXIES has "${entry}"`),
      ])
    },
  )
})

describe('the sandbox', () => {
  const REAL = {
    ...{ GOOGLE_CLIENT_ID: 'id', GOOGLE_CLIENT_SECRET: 'secret', THECATAPI_KEY: 'key' },
    ...{ DISCORD_CLIENT_ID: 'id', DISCORD_CLIENT_SECRET: 'secret' },
  }

  it('is used where it plays any provider, and may then be called, also with no port said', () => {
    const config = load({ ...REAL, THECATAPI_KEY: '', TRIVET_SANDBOX_URL: 'http://sandbox.internal' })
    expect(config.usesSandbox).toBe(true)
    expect(config.outboundAllow).toEqual(['sandbox.internal:80'])
    expect(load().outboundAllow).toEqual(['127.0.0.1:3001'])
  })

  it('is not used where every provider is real, and may not be called', () => {
    const config = load({ ...REAL, TRIVET_SANDBOX_URL: 'http://sandbox.internal' })
    expect(config.usesSandbox).toBe(false)
    expect(config.outboundAllow).toEqual([])
  })
})

describe('TRIVET_OUTBOUND_ALLOW', () => {
  it.each(['10.0.0.5:8200', 'vault.internal:8200', '[fd00::1]:443'])('takes %s', (entry) => {
    expect(load({ TRIVET_OUTBOUND_ALLOW: entry }).outboundAllow).toContain(entry)
  })

  it.each(['10.0.0.5', '*:80', 'http://a:80', '10.0.0.0/8:80', 'a:', ':80', 'a:b', 'a:123456'])(
    'refuses %s',
    (entry) => {
      expect(problemsOf({ TRIVET_OUTBOUND_ALLOW: entry })).toHaveLength(1)
    },
  )

  it('lets an endpoint on loopback that the operator named be called, and no other one', () => {
    const config = load({
      TRIVET_SANDBOX: 'off',
      GOOGLE_TOKEN_URL: 'http://127.0.0.1:9/t',
      THECATAPI_URL: 'http://[::1]/v1',
      DISCORD_CDN_URL: 'http://127.0.0.1:8/cdn',
      DICEBEAR_URL: 'http://localhost:7/10.x',
    })
    expect([...config.outboundAllow].sort()).toEqual(['127.0.0.1:8', '127.0.0.1:9', '[::1]:80', 'localhost:7'])
  })
})

describe('TRIVET_MASTER_KEY', () => {
  it.each([MASTER_KEY, `${MASTER_KEY}=`, `k2:${'A'.repeat(43)}, ${MASTER_KEY}`])(
    'takes keys with their ids (%#)',
    (text) => {
      expect(load({ TRIVET_MASTER_KEY: text }).masterKey?.reveal()).toBe(text)
    },
  )

  it.each([
    MASTER_KEY.slice(3),
    MASTER_KEY.slice(0, -1),
    `${MASTER_KEY}A`,
    `K1${MASTER_KEY.slice(2)}`,
    `${MASTER_KEY};${MASTER_KEY}`,
    `${MASTER_KEY},hunter2`,
  ])('is looked at with all the other settings, and not quoted (%#)', (text) => {
    const [problem, ...others] = problemsOf({ TRIVET_MASTER_KEY: text })
    expect(others).toEqual([])
    expect(problem).toContain('TRIVET_MASTER_KEY must look like')
    expect(problem).not.toContain('hunter2')
  })
})

describe('METRICS', () => {
  it('is a token that nobody guesses, or off', () => {
    expect(load().metricsToken).toBeUndefined()
    expect(load({ METRICS: 'off' }).metricsToken).toBeUndefined()
    expect(load({ METRICS: 'collector-0123456789abc' }).metricsToken?.reveal()).toBe('collector-0123456789abc')
    for (const METRICS of ['enabled', 'too-short', 'with a space in the middle of it', 'x'.repeat(30).concat('"')]) {
      const [problem = ''] = problemsOf({ METRICS })
      expect(problem).toMatch(/^METRICS must be off, or a token/)
      expect(problem).not.toContain(METRICS)
    }
  })
})

describe('DATABASE_URL', () => {
  it.each(['postgresql://u:p@db.example:5432/trivet', 'postgres://db/trivet?sslmode=require'])('takes %s', (url) => {
    expect(load({ DATABASE_URL: url }).databaseUrl?.reveal()).toBe(url)
  })
  it.each(['db.example', 'mysql://h/db', 'postgresql://db.example', 'postgresql://db.example/'])(
    'refuses %s',
    (url) => {
      expect(problemsOf({ DATABASE_URL: url })).toHaveLength(1)
    },
  )
})
