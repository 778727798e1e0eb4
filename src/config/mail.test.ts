import { describe, expect, it } from 'vitest'
import { loadConfig } from './config.ts'
import { ConfigError } from './config-error.ts'
import type { Environment } from './reader.ts'

const FROM = { MAIL_FROM: 'Trivet of here <trivet@example.com>' }
const mail = (environment: Environment) => loadConfig(environment, '/').mail

function problemsOf(environment: Environment): readonly string[] {
  try {
    loadConfig(environment, '/')
  } catch (error) {
    if (error instanceof ConfigError) return error.problems
    throw error
  }
  return []
}

describe('SMTP_URL', () => {
  it('names host, port, user and password, percent-encoded where they have to be', () => {
    const { server } = mail({ SMTP_URL: 'smtp://ana%40example.com:p%2Fw@mail.example.com', ...FROM })
    expect(server).toMatchObject({ host: 'mail.example.com', port: 587, tls: 'required', user: 'ana@example.com' })
    expect(server?.password?.reveal()).toBe('p/w')
    expect(server?.from).toEqual({ name: 'Trivet of here', address: 'trivet@example.com' })
  })

  it('smtps is TLS from the first byte, at port 465 (RFC 8314 §3.3)', () => {
    expect(mail({ SMTP_URL: 'smtps://mail.example.com', ...FROM }).server).toMatchObject({
      ...{ port: 465, tls: 'implicit', user: undefined, password: undefined },
    })
  })

  it('without TLS only where that is said, or on this machine', () => {
    expect(mail({ SMTP_URL: 'smtp://127.0.0.1:1025', ...FROM }).server?.tls).toBe('optional')
    expect(mail({ SMTP_URL: 'smtp://[::1]:1025', ...FROM }).server).toMatchObject({ host: '::1', tls: 'optional' })
    expect(mail({ SMTP_URL: 'smtp://relay:25', ...FROM }).server?.tls).toBe('required')
    expect(mail({ SMTP_URL: 'smtp://relay:25', SMTP_TLS: 'optional', ...FROM }).server?.tls).toBe('optional')
  })

  it.each([
    ['https://mail.example.com'],
    ['mail.example.com:587'],
    ['smtp://'],
    ['smtp://mail.example.com/?logger=true'],
    ['smtp://mail.example.com#x'],
    ['smtp://ana:%zz-hidden@mail.example.com'],
  ])('%s is refused, and never quoted', (url) => {
    const problems = problemsOf({ SMTP_URL: url, ...FROM })
    expect(problems).toHaveLength(1)
    expect(problems[0]).toMatch(/^SMTP_URL/)
    expect(problems[0]).not.toContain('hidden')
  })
})

describe('MAIL_FROM', () => {
  it('goes with SMTP_URL', () => {
    expect(problemsOf({ SMTP_URL: 'smtp://relay' })).toEqual([expect.stringContaining('MAIL_FROM is not')])
  })

  it('is one address', () => {
    expect(mail({ SMTP_URL: 'smtp://relay', MAIL_FROM: 'a@b.example' }).server?.from).toEqual({
      ...{ name: '', address: 'a@b.example' },
    })
    for (const from of [
      'nobody',
      'a@b.example, c@d.example',
      'A <a@b.example> <c@d.example>',
      'A\r\nBcc: x@y.z <a@b.c>',
    ]) {
      expect(problemsOf({ SMTP_URL: 'smtp://relay', MAIL_FROM: from })).toEqual([expect.stringMatching(/^MAIL_FROM/)])
    }
  })
})

describe('letters are printed instead (security §10.12)', () => {
  it.each([
    ['on loopback without a mail server', {}, true],
    ['in production never', { NODE_ENV: 'production' }, false],
    ['on another host never', { TRIVET_PUBLIC_URL: 'https://id.example' }, false],
    ['with a mail server never', { SMTP_URL: 'smtp://relay', ...FROM }, false],
  ])('%s', (_words, environment, toLog) => {
    expect(mail(environment).toLog).toBe(toLog)
  })
})
