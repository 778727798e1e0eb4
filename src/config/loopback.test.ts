import { describe, expect, it } from 'vitest'
import { isLoopbackUrl } from './loopback.ts'

describe('isLoopbackUrl: what decides over plain http and over the sandbox', () => {
  it.each([
    'http://localhost:3000',
    'https://LOCALHOST',
    'http://app.localhost',
    'http://127.0.0.1',
    'http://127.9.8.7:1',
    // The URL parser writes these out as 127.0.0.1.
    'http://127.1',
    'http://0x7f.1',
    'http://2130706433',
    'http://[::1]:3000',
    'http://[0:0:0:0:0:0:0:1]',
  ])('%s is this machine', (url) => expect(isLoopbackUrl(url)).toBe(true))

  it.each([
    'http://localhost.evil.example',
    'http://127.0.0.1.evil.example',
    'http://notlocalhost',
    'http://evil.example/?localhost',
    'http://localhost@evil.example',
    'http://127.0.0.1@evil.example',
    'http://128.0.0.1',
    'http://0.0.0.0',
    'http://10.0.0.1',
    'http://[::]',
    'http://[::2]',
    'http://[fe80::1]',
  ])('%s is not', (url) => expect(isLoopbackUrl(url)).toBe(false))
})
