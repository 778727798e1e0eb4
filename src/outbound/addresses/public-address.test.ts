import { describe, expect, test } from 'vitest'
import { isPublicAddress } from './public-address.ts'

describe('isPublicAddress', () => {
  test.each([
    ['127.0.0.1', 'loopback'],
    ['127.255.255.254', 'loopback'],
    ['10.0.0.1', 'RFC 1918'],
    ['172.31.255.255', 'RFC 1918'],
    ['192.168.1.1', 'RFC 1918'],
    ['169.254.169.254', 'link-local, cloud metadata'],
    ['100.64.0.1', 'CGNAT, RFC 6598'],
    ['0.0.0.0', 'unspecified'],
    ['224.0.0.1', 'multicast'],
    ['255.255.255.255', 'broadcast'],
    ['198.18.0.1', 'benchmarking, RFC 2544'],
    ['240.0.0.1', 'reserved'],
    ['::', 'unspecified'],
    ['::1', 'loopback'],
    ['fe80::1', 'link-local'],
    ['fe80::1%eth0', 'link-local with a zone'],
    ['fc00::1', 'ULA'],
    ['fd12:3456::1', 'ULA'],
    ['fec0::1', 'site-local, RFC 3879'],
    ['ff02::1', 'multicast'],
    ['::ffff:127.0.0.1', 'mapped'],
    ['::ffff:8.8.8.8', 'mapped'],
    ['::127.0.0.1', 'IPv4-compatible, RFC 4291 §2.5.5.1'],
    ['64:ff9b::7f00:1', 'NAT64, RFC 6052'],
    ['64:ff9b:1::7f00:1', 'local NAT64, RFC 8215'],
    ['2002:7f00:1::', '6to4, RFC 3056'],
    ['2001::1', 'Teredo'],
    ['2001:db8::1', 'documentation'],
    ['4000::1', 'not handed out, RFC 4291 §2.4'],
    ['200::1', 'not handed out'],
    ['not an address', 'no address'],
    ['', 'no address'],
  ])('%s is none: %s', (address) => {
    expect(isPublicAddress(address)).toBe(false)
  })

  test.each(['8.8.8.8', '142.250.74.138', '172.32.0.1', '2a00:1450:4001:82a::200a', '2606:4700::1111'])(
    '%s is one',
    (address) => {
      expect(isPublicAddress(address)).toBe(true)
    },
  )
})
