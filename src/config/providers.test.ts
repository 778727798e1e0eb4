import { describe, expect, it } from 'vitest'
import { loadConfig } from './config.ts'
import type { Environment } from './reader.ts'

const load = (environment: Environment) => loadConfig(environment, '/srv/trivet')
const REAL = { GOOGLE_CLIENT_ID: 'id-1', GOOGLE_CLIENT_SECRET: 'secret-1' }
const PUBLIC = { TRIVET_PUBLIC_URL: 'https://trivet.example' }

function sources(environment: Environment): string {
  const { providers, theCatApi } = load(environment)
  return `${providers.google.source}, ${theCatApi.source}`
}

const DISCORD = { DISCORD_CLIENT_ID: 'id-2', DISCORD_CLIENT_SECRET: 'secret-2' }

describe('where answers come from: Google, The Cat API', () => {
  it.each([
    ['nothing set', {}, 'sandbox, sandbox'],
    ['credentials of Google', REAL, 'real, sandbox'],
    ['a key of The Cat API', { THECATAPI_KEY: 'k' }, 'sandbox, real'],
    ['everything real', { ...REAL, THECATAPI_KEY: 'k' }, 'real, real'],
    ['a sandbox for all, whatever is set', { ...REAL, THECATAPI_KEY: 'k', TRIVET_SANDBOX: 'on' }, 'sandbox, sandbox'],
    ['no sandbox: The Cat API answers without a key', { TRIVET_SANDBOX: 'off' }, 'unset, real'],
    ['production', { NODE_ENV: 'production' }, 'unset, real'],
    ['production, asked for in so many words', { NODE_ENV: 'production', TRIVET_SANDBOX: 'on' }, 'sandbox, sandbox'],
    ['a stand-in of one’s own', { THECATAPI_URL: 'http://127.0.0.1:9/v1', TRIVET_SANDBOX: 'on' }, 'sandbox, real'],
    ['a public host', PUBLIC, 'unset, real'],
    ['NODE_ENV of a test run', { NODE_ENV: 'test' }, 'sandbox, sandbox'],
  ] as const)('%s', (_title, environment, expected) => expect(sources(environment)).toBe(expected))
})

describe('where avatars come from: Discord, DiceBear', () => {
  it.each([
    ['nothing set', {}, 'sandbox, sandbox'],
    ['credentials of Discord', DISCORD, 'real, here'],
    ['a DiceBear of one’s own', { DICEBEAR_URL: 'http://127.0.0.1:9/10.x' }, 'sandbox, real'],
    ['a sandbox for all, whatever is set', { ...DISCORD, TRIVET_SANDBOX: 'on' }, 'sandbox, sandbox'],
    ['no sandbox', { TRIVET_SANDBOX: 'off' }, 'unset, here'],
    ['production', { NODE_ENV: 'production' }, 'unset, here'],
    ['credentials of Google alone', REAL, 'sandbox, sandbox'],
  ] as const)('%s', (_title, environment, expected) => {
    const { providers, diceBear } = load(environment)
    expect(`${providers.discord.source}, ${diceBear.source}`).toBe(expected)
  })

  it('never depends on DiceBear’s public server, which is for non-commercial use, unless it is named', () => {
    for (const environment of [{}, DISCORD, { TRIVET_SANDBOX: 'off' }, PUBLIC]) {
      expect(JSON.stringify(load(environment))).not.toContain('dicebear.com')
    }
    expect(load({ DICEBEAR_URL: 'https://api.dicebear.com/10.x/' }).diceBear).toEqual({
      source: 'real',
      url: 'https://api.dicebear.com/10.x',
    })
  })

  it.each(['https://api.dicebear.com', 'https://api.dicebear.com/9.x', 'https://api.dicebear.com/10.x/svg'])(
    'refuses a DiceBear that is not of version 10: %s',
    (url) => expect(() => load({ DICEBEAR_URL: url })).toThrow('must end with /10.x'),
  )
})

describe('security §10.10: on a host that is not loopback nobody signs in as anybody', () => {
  it.each(['https://trivet.example', 'https://localhost.evil.example', 'https://192.168.1.10'])(
    'the sandbox never steps in by itself at %s',
    (url) => {
      const config = load({ TRIVET_PUBLIC_URL: url })
      expect(config.sandbox.mode).toBe('off')
      expect(config.providers.google).toMatchObject({ source: 'unset', clientId: '' })
      expect(JSON.stringify(config.providers.google)).not.toContain('127.0.0.1')
    },
  )

  it('refuses TRIVET_SANDBOX=on there, unless it is mounted, said in so many words', () => {
    expect(() => load({ ...PUBLIC, TRIVET_SANDBOX: 'on' })).toThrow(/anybody could sign in as anybody/)
    const { sandbox } = load({ ...PUBLIC, TRIVET_SANDBOX: 'on', TRIVET_SANDBOX_MOUNT: '/sandbox' })
    expect(sandbox).toMatchObject({ mode: 'on', browserUrl: 'https://trivet.example/sandbox' })
    expect(sandbox.url).toBe('http://127.0.0.1:3001')
  })

  it('does not take a mount alone for consent', () => {
    expect(load({ ...PUBLIC, TRIVET_SANDBOX_MOUNT: '/sandbox' }).sandbox.mode).toBe('off')
  })

  it('gives imitated identities the issuer of the sandbox, never that of Google', () => {
    expect(load({}).providers.google.issuer).toBe('http://127.0.0.1:3001/google')
    expect(load(REAL).providers.google.issuer).toBe('https://accounts.google.com')
  })
})

describe('contradictions', () => {
  it.each([
    [{ TRIVET_SANDBOX: 'off', TRIVET_SANDBOX_MOUNT: '/sandbox' }, 'TRIVET_SANDBOX_MOUNT is set'],
    [{ TRIVET_SANDBOX: 'off', TRIVET_SANDBOX_URL: 'http://127.0.0.1:9' }, 'TRIVET_SANDBOX_URL is set'],
    [{ GOOGLE_CLIENT_ID: 'id' }, 'GOOGLE_CLIENT_SECRET is not'],
    [{ GOOGLE_CLIENT_SECRET: 's' }, 'GOOGLE_CLIENT_ID is not'],
    [{ DISCORD_CLIENT_ID: 'id' }, 'DISCORD_CLIENT_SECRET is not'],
    [{ DISCORD_CLIENT_SECRET: 's' }, 'DISCORD_CLIENT_ID is not'],
  ] as const)('%j stops the start', (environment, says) => expect(() => load(environment)).toThrow(says))
})

describe('endpoints', () => {
  it('of the real Google are those of its discovery document', () => {
    expect(load({ ...REAL, TRIVET_SANDBOX: 'off' }).providers.google).toMatchObject({
      clientId: 'id-1',
      issuer: 'https://accounts.google.com',
      authorizeUrl: 'https://accounts.google.com/o/oauth2/v2/auth',
      tokenUrl: 'https://oauth2.googleapis.com/token',
      revokeUrl: 'https://oauth2.googleapis.com/revoke',
      userinfoUrl: 'https://openidconnect.googleapis.com/v1/userinfo',
      apiUrl: 'https://www.googleapis.com',
    })
  })

  it('of the real Discord are those of its documentation, with the version said', () => {
    expect(load({ ...DISCORD, TRIVET_SANDBOX: 'off' }).providers.discord).toMatchObject({
      clientId: 'id-2',
      issuer: 'https://discord.com',
      authorizeUrl: 'https://discord.com/oauth2/authorize',
      tokenUrl: 'https://discord.com/api/oauth2/token',
      revokeUrl: 'https://discord.com/api/oauth2/token/revoke',
      userinfoUrl: 'https://discord.com/api/v10/users/@me',
      apiUrl: 'https://discord.com/api/v10',
      picturesUrl: 'https://cdn.discordapp.com',
      requestsPerSecond: 50,
    })
  })

  it('of the sandbox’s Discord are below one path; people meet its pages where their browser is', () => {
    const sandbox = { TRIVET_SANDBOX: 'on', TRIVET_SANDBOX_MOUNT: '/sandbox', ...PUBLIC }
    expect(load(sandbox).providers.discord).toMatchObject({
      issuer: 'https://trivet.example/sandbox/discord',
      authorizeUrl: 'https://trivet.example/sandbox/discord/oauth2/authorize',
      tokenUrl: 'http://127.0.0.1:3001/discord/api/oauth2/token',
      userinfoUrl: 'http://127.0.0.1:3001/discord/api/v10/users/@me',
      picturesUrl: 'http://127.0.0.1:3001/discord/cdn',
    })
  })

  it('send real credentials to no sandbox: with TRIVET_SANDBOX=on they are not even in the tree', () => {
    const { google } = load({ ...REAL, TRIVET_SANDBOX: 'on' }).providers
    expect(google.clientId).not.toBe('id-1')
    expect(google.clientSecret.reveal()).not.toBe('secret-1')
    const { theCatApi } = load({ THECATAPI_KEY: 'real-key', TRIVET_SANDBOX: 'on' })
    expect(theCatApi.key?.reveal()).not.toBe('real-key')
  })

  it.each([
    ['GOOGLE_ISSUER', 'issuer'],
    ['GOOGLE_AUTHORIZE_URL', 'authorizeUrl'],
    ['GOOGLE_TOKEN_URL', 'tokenUrl'],
    ['GOOGLE_REVOKE_URL', 'revokeUrl'],
    ['GOOGLE_USERINFO_URL', 'userinfoUrl'],
    ['GOOGLE_API_URL', 'apiUrl'],
  ] as const)('%s replaces that one alone, real or sandbox', (name, field) => {
    for (const rest of [REAL, {}]) {
      const { clientSecret: _, ...changed } = load({ ...rest, [name]: 'https://stand-in.example/x/' }).providers.google
      const { clientSecret: __, ...usual } = load(rest).providers.google
      expect(changed).toEqual({ ...usual, [field]: 'https://stand-in.example/x' })
    }
  })

  it.each([
    ['DISCORD_ISSUER', ['issuer']],
    ['DISCORD_AUTHORIZE_URL', ['authorizeUrl']],
    ['DISCORD_TOKEN_URL', ['tokenUrl']],
    ['DISCORD_REVOKE_URL', ['revokeUrl']],
    ['DISCORD_CDN_URL', ['picturesUrl']],
    ['DISCORD_API_URL', ['apiUrl', 'userinfoUrl']],
  ] as const)('%s replaces %j alone, real or sandbox', (name, fields) => {
    for (const rest of [DISCORD, {}]) {
      const { clientSecret: _, ...changed } = load({ ...rest, [name]: 'https://stand-in.example/x/' }).providers.discord
      const { clientSecret: __, ...usual } = load(rest).providers.discord
      const values = fields.map((field) => [
        field,
        `https://stand-in.example/x${field === 'userinfoUrl' ? '/users/@me' : ''}`,
      ])
      expect(changed).toEqual({ ...usual, ...Object.fromEntries(values) })
    }
  })

  it.each(['ftp://a.example', 'a.example', 'https://u:p@a.example', 'https://a.example/#f', 'javascript:alert(1)'])(
    'refuse %s',
    (url) => expect(() => load({ GOOGLE_API_URL: url })).toThrow('GOOGLE_API_URL must be'),
  )

  it('let the sandbox of another machine or port be named', () => {
    const { sandbox, providers, theCatApi } = load({ TRIVET_SANDBOX_URL: 'http://127.0.0.1:4001/' })
    expect(sandbox).toMatchObject({ external: 'http://127.0.0.1:4001', url: 'http://127.0.0.1:4001' })
    expect(providers.google.tokenUrl).toBe('http://127.0.0.1:4001/google/token')
    expect(theCatApi.url).toBe('http://127.0.0.1:4001/thecatapi/v1')
  })
})

describe('DISCORD_REQUESTS_PER_SECOND', () => {
  it('is a whole number from 1 to 1000', () => {
    expect(load({ DISCORD_REQUESTS_PER_SECOND: '5' }).providers.discord.requestsPerSecond).toBe(5)
    for (const wrong of ['0', '1001', '2.5', 'many']) {
      expect(() => load({ DISCORD_REQUESTS_PER_SECOND: wrong })).toThrow('DISCORD_REQUESTS_PER_SECOND')
    }
  })

  it('is of Discord alone: of the others no limit is known', () => {
    expect(load({}).providers.google.requestsPerSecond).toBeUndefined()
  })
})

describe('GOOGLE_REDIRECT_PATH', () => {
  it.each(['/get_avatar', '/a/b', '/cb-1.x~'])('takes %s', (path) => {
    expect(load({ GOOGLE_REDIRECT_PATH: path }).providers.google.redirectPath).toBe(path)
  })
  it.each(['callback', '//evil.example', '/', '/a/', '/a?b', '/a#b', '/a\\b', '/a b', '/:id', '/*'])(
    'refuses %s',
    (path) => {
      expect(() => load({ GOOGLE_REDIRECT_PATH: path })).toThrow('GOOGLE_REDIRECT_PATH')
    },
  )
})
