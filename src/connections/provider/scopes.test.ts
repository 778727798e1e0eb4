import { describe, expect, it } from 'vitest'
import { google } from '../providers/google.ts'
import { canonicalScopes, describeScope, missingScopes, parseScopes, requestedScopes, wireScopes } from './scopes.ts'

const DRIVE = 'https://www.googleapis.com/auth/drive.file'
const EMAIL = 'https://www.googleapis.com/auth/userinfo.email'
const PROFILE = 'https://www.googleapis.com/auth/userinfo.profile'

describe('scopes as sets (facts on Google §1.3: other order, long names beside the short ones)', () => {
  it('knows short and long names for the same', () => {
    expect(canonicalScopes(google, ['drive.file', DRIVE, 'email', EMAIL])).toEqual([DRIVE, EMAIL])
  })

  it('finds nothing missing in what Google answers', () => {
    const asked = requestedScopes(google, ['drive.file'])
    const answered = parseScopes(google, `email profile ${DRIVE} ${PROFILE} openid ${EMAIL}`)
    expect(missingScopes(asked, answered)).toEqual([])
  })

  it('sends openid first, the sign-in scopes by their short names', () => {
    expect(wireScopes(google, requestedScopes(google, ['drive.file']))).toBe(`openid email profile ${DRIVE}`)
  })

  it('reads answers that are joined by commas where the provider does that', () => {
    const commas = { ...google, scopes: { ...google.scopes, joiner: ',' } } as const
    expect(parseScopes(commas, 'openid,drive.file')).toEqual([DRIVE, 'openid'])
  })

  it('has plain words for every scope it knows, and the name for others', () => {
    for (const { name } of google.scopes.known) expect(describeScope(google, name)).not.toBe(name)
    expect(describeScope(google, 'https://mail.google.com/')).toBe('https://mail.google.com/')
  })
})
