import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, it, vi } from 'vitest'
import { readEnvironment } from './environment.ts'

let directory: string
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'trivet-config-'))
})
afterEach(() => {
  vi.unstubAllEnvs()
  rmSync(directory, { recursive: true, force: true })
})

it('reads .env of the working directory: comments, quotes, spaces', () => {
  writeFileSync(
    join(directory, '.env'),
    '# mine\nTRIVET_HOME=cats\nLOG_LEVEL="warn" # loud\n\nexport PORT = 4000\nGOOGLE_CLIENT_SECRET=\'a#b $c\'\n',
  )
  expect(readEnvironment(directory)).toMatchObject({
    TRIVET_HOME: 'cats',
    LOG_LEVEL: 'warn',
    PORT: '4000',
    GOOGLE_CLIENT_SECRET: 'a#b $c',
  })
})

it('lets the real environment win over .env, an empty value included', () => {
  writeFileSync(join(directory, '.env'), 'TRIVET_HOME=cats\nLOG_LEVEL=warn\n')
  vi.stubEnv('LOG_LEVEL', 'error')
  vi.stubEnv('TRIVET_HOME', '')
  expect(readEnvironment(directory)).toMatchObject({ LOG_LEVEL: 'error', TRIVET_HOME: '' })
})

it('works without .env, and reads none of a parent directory', () => {
  writeFileSync(join(directory, '.env'), 'TRIVET_ONLY_IN_PARENT=1')
  expect(readEnvironment(join(directory, 'child'))).not.toHaveProperty('TRIVET_ONLY_IN_PARENT')
})
