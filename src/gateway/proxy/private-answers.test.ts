import { describe, expect, it } from 'vitest'
import { isForSharedCaches, privateCacheControl } from './private-answers.ts'

describe('Cache-Control of what is for one caller (RFC 9111 §3.5, §5.2.2)', () => {
  it.each([
    [[], 'private'],
    [[''], 'private'],
    [['public, max-age=3600'], 'private, max-age=3600'],
    [['PUBLIC,S-MaxAge=9, max-age=1'], 'private, max-age=1'],
    [['public', 's-maxage=600', 'must-revalidate'], 'private, must-revalidate'],
    [['private="set-cookie", max-age=5'], 'private, max-age=5'],
    [['no-cache="a, public", max-age=0'], 'private, no-cache="a, public", max-age=0'],
    [['no-store'], 'no-store'],
    [['public, No-Store'], 'No-Store'],
    [['private, max-age=60'], 'private, max-age=60'],
    [['max-age=60 public'], 'private'],
  ])('%j goes out as %s', (written, told) => expect(privateCacheControl(written)).toBe(told))
})

it.each([
  'cdn-cache-control',
  'cloudflare-cdn-cache-control',
  'surrogate-control',
  'edge-control',
  'x-accel-expires',
  'x-litespeed-cache-control',
])('%s is for caches that many share (RFC 9213)', (name) => {
  expect(isForSharedCaches(name)).toBe(true)
  expect(isForSharedCaches('x-accel-buffering')).toBe(false)
})
