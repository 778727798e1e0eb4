import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { loadConfig } from './config.ts'
import type { Environment } from './reader.ts'
import { SETTINGS, type SettingInfo } from './settings.ts'

/** An environment that notes which names are asked for. */
function askedFor(environment: Environment): Set<string> {
  const asked = new Set<string>()
  const watched = new Proxy(environment, {
    get(target, name) {
      if (typeof name === 'string') asked.add(name)
      return Reflect.get(target, name)
    },
  })
  loadConfig(watched, '/srv/trivet')
  return asked
}

describe('SETTINGS', () => {
  it('lists exactly what is read: nothing else is, and nothing listed is forgotten', () => {
    expect([...askedFor({})].sort()).toEqual(Object.keys(SETTINGS).sort())
  })

  it('marks as secret whatever comes out as a Secret', () => {
    const secret = Object.entries<SettingInfo>(SETTINGS).filter(([, info]) => info.secret)
    expect(secret.map(([name]) => name).sort()).toEqual([
      'DATABASE_URL',
      'DISCORD_CLIENT_SECRET',
      'GOOGLE_CLIENT_SECRET',
      'METRICS',
      'SMTP_URL',
      'THECATAPI_KEY',
      'TRIVET_MASTER_KEY',
    ])
  })

  it.each(
    Object.entries<SettingInfo>(SETTINGS).flatMap(([name, info]) =>
      /^[\w:/.]+$/.test(info.default ?? '') && info.default ? [[name, info.default] as const] : [],
    ),
  )('%s: its written default %s changes nothing when set', (name, value) => {
    const mode = /^(GOOGLE|DISCORD|THECATAPI)_/.test(name) ? { TRIVET_SANDBOX: 'off' } : {}
    expect(loadConfig({ ...mode, [name]: value }, '/srv/trivet')).toEqual(loadConfig(mode, '/srv/trivet'))
  })

  it('has a line for each in docs/reference/config.md, and no line for others', () => {
    const page = readFileSync(join(import.meta.dirname, '../../docs/reference/config.md'), 'utf8')
    const named = [...page.matchAll(/^\| `([A-Z_]+)` \|/gm)].map((match) => match[1] ?? '')
    expect(named.sort()).toEqual(Object.keys(SETTINGS).sort())
  })
})
