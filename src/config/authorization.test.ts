import { describe, expect, it } from 'vitest'
import { loadConfig } from './config.ts'
import { ConfigError } from './config-error.ts'

const load = (environment: Record<string, string> = {}) => loadConfig(environment, '/srv').authorization

function problemsOf(environment: Record<string, string>): readonly string[] {
  try {
    load(environment)
    return []
  } catch (error) {
    if (error instanceof ConfigError) return error.problems
    throw error
  }
}

describe('clients that are known by a document (TRIVET_CIMD)', () => {
  it('are taken, unless whoever runs the server wants to know every client', () => {
    expect(load().clientDocuments).toBe(true)
    expect(load({ TRIVET_REGISTRATION: 'open' }).clientDocuments).toBe(true)
    for (const registration of ['off', 'token']) {
      expect(load({ TRIVET_REGISTRATION: registration }).clientDocuments).toBe(false)
      expect(load({ TRIVET_REGISTRATION: registration, TRIVET_CIMD: 'on' }).clientDocuments).toBe(true)
    }
    expect(load({ TRIVET_CIMD: 'off' }).clientDocuments).toBe(false)
  })
})

describe('schemes of applications (TRIVET_APP_SCHEMES)', () => {
  it('are those of a few editors unless told', () => {
    expect(load().appSchemes).toEqual(['cursor', 'vscode', 'vscode-insiders'])
    expect(load({ TRIVET_APP_SCHEMES: 'kite, lark-2' }).appSchemes).toEqual(['kite', 'lark-2'])
    expect(load({ TRIVET_APP_SCHEMES: ',' }).appSchemes).toEqual([])
  })

  it.each([
    ...['javascript', 'data', 'vbscript', 'file', 'about', 'blob', 'filesystem', 'http', 'https', 'ws', 'wss', 'ftp'],
    ...[
      'mailto',
      'tel',
      'view-source',
      'intent',
      'chrome',
      'chrome-extension',
      'ms-msdt',
      'x-apple.x',
      'Kite',
      'kite:',
    ],
    ...['kite://', 'a.b', '2kite', 'web+kite', 'urn'],
  ])('never %s', (scheme) => {
    expect(problemsOf({ TRIVET_APP_SCHEMES: `kite,${scheme}` })).toEqual([
      `TRIVET_APP_SCHEMES has "${scheme}": each entry is the scheme of an application, such as cursor.`,
    ])
  })
})

describe('APIs that tokens can be asked for (TRIVET_RESOURCES, RFC 8707 §2)', () => {
  it('are none unless told, then absolute URIs as they are', () => {
    expect(load().resources).toEqual([])
    const resources = ['https://api.example/v1', 'urn:api:one']
    expect(load({ TRIVET_RESOURCES: resources.join(',') }).resources).toEqual(resources)
  })

  it.each(['api', 'https://api.example/#x', 'internal:vault', 'Internal:x', 'vault:x', 'https://a b', 'javascript:x'])(
    'never %s',
    (uri) => expect(problemsOf({ TRIVET_RESOURCES: uri })).toHaveLength(1),
  )
})
