import { describe, expect, it } from 'vitest'
import { requestHeaders, type Sender } from './request-headers.ts'

const SENDER: Sender = {
  ...{ address: '192.0.2.7', host: 'id.example', protocol: 'https', requestId: 'r1' },
  traceparent: '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01',
  continuesTrace: true,
}
const IDENTITY = { 'x-trivet-user': 'u_1', 'x-webauth-id': 'ann', 'x-trivet-scope': '' }

function send(sent: readonly (readonly [string, string])[], host?: string, strips = ''): [string, string][] {
  const headers = requestHeaders(sent.flat(), {
    route: {
      host,
      identity: { kind: 'none' },
      upstream: { origin: 'http://10.0.0.1:8080', base: '', strips },
    },
    sender: SENDER,
    identity: IDENTITY,
    isOwnCookie: (name) => /^(?:__Host-)?trivet/.test(name),
  })
  return headers.flatMap((name, at): [string, string][] => (at % 2 === 0 ? [[name, headers[at + 1] ?? '']] : []))
}

const values = (pairs: [string, string][], name: string) =>
  pairs.filter(([one]) => one === name).map(([, value]) => value)

describe('who calls is said by the gateway alone (security §1 R5)', () => {
  it.each([
    'X-Trivet-User',
    'x-trivet-user',
    'X_Trivet_User',
    'x_trivet-user',
    'X.Trivet.User',
    'X-TRIVET-ANYTHING',
    'X-WebAuth-Id',
    'x_webauth_id',
    'X-Forwarded-User',
    'X_Forwarded_User',
    'X-Forwarded-For',
    'X-Forwarded-Proto',
    'X-Auth-Request-Email',
    'Remote-User',
    'REMOTE_USER',
    'X-Remote-User',
    'X-User',
    'X-Email',
    'X-Original-URL',
    'X-Rewrite-URL',
    'X-HTTP-Method-Override',
    'Forwarded',
    'X-Real-IP',
    'Authorization',
    'DPoP',
    'Proxy-Authorization',
  ])('%s of a caller never arrives (oauth2-proxy CVE-2025-64484)', (name) => {
    const pairs = send([
      [name, 'evil'],
      [name.toUpperCase(), 'evil too'],
    ])
    expect(pairs.filter(([, value]) => value.startsWith('evil'))).toEqual([])
    expect(values(pairs, 'x-trivet-user')).toEqual(['u_1'])
  })

  it.each([
    ...['SCRIPT_NAME', 'Script-Name', 'X-Script-Name', 'PATH_INFO', 'Content_Length', 'Transfer_Encoding', 'Proxy'],
    ...['X-Forwarded', 'X-Client-IP', 'Client-IP', 'X-Cluster-Client-IP', 'X-Original-Forwarded-For', 'X-Custom_Name'],
    ...['X-SSL-Client-Verify', 'SSL-Client-S-DN', 'X-Client-Cert', 'Client-Cert', 'Client-Cert-Chain', 'X.Y', 'x|y'],
  ])('%s is for servers to say (gunicorn’s SCRIPT_NAME, httpoxy CVE-2016-5385, RFC 9440 §4)', (name) => {
    const pairs = send([[name, 'evil']])
    expect(pairs.filter(([, value]) => value === 'evil')).toEqual([])
  })

  it('and is there even where there is nothing to say', () => {
    expect(values(send([]), 'x-trivet-scope')).toEqual([''])
  })

  it('Connection cannot take a header of ours away (Fabio CVE-2025-48865)', () => {
    const pairs = send([
      ['Connection', 'close, X-Trivet-User, x-forwarded-for, x-mine'],
      ['X-Mine', 'dropped'],
    ])
    expect(values(pairs, 'x-trivet-user')).toEqual(['u_1'])
    expect(values(pairs, 'x-forwarded-for')).toEqual(['192.0.2.7'])
    expect(values(pairs, 'x-mine')).toEqual([])
    expect(values(pairs, 'connection')).toEqual([])
  })
})

describe('what goes on', () => {
  it('is the rest, as it came and as often as it came', () => {
    const pairs = send([
      ['Accept', 'a/b'],
      ['X-Custom-Name2', 'v'],
      ['accept', 'c/d'],
      ['Content-Type', 'text/plain'],
    ])
    expect(pairs.slice(0, 4)).toEqual([
      ['accept', 'a/b'],
      ['x-custom-name2', 'v'],
      ['accept', 'c/d'],
      ['content-type', 'text/plain'],
    ])
  })

  it('says where the caller is and what was asked for: one value each, the host of the upstream once', () => {
    const pairs = send([['Host', 'id.example']], undefined, '/notes')
    expect(values(pairs, 'host')).toEqual(['10.0.0.1:8080'])
    expect(values(pairs, 'x-forwarded-host')).toEqual(['id.example'])
    expect(values(pairs, 'x-forwarded-proto')).toEqual(['https'])
    expect(values(pairs, 'x-forwarded-prefix')).toEqual(['/notes'])
    expect(values(pairs, 'x-request-id')).toEqual(['r1'])
  })

  it('is not led astray by thousands of names that callers make up', () => {
    for (let n = 0; n < 3000; n += 1) {
      expect(values(send([[`X-Trivet-${n}`, 'spoofed']]), `x-trivet-${n}`)).toEqual([])
      expect(values(send([[`x-${n}`, 'kept']]), `x-${n}`)).toEqual(['kept'])
    }
    expect(values(send([['X_Trivet_Extra', 'spoofed']]), 'x_trivet_extra')).toEqual([])
  })

  it('carries the trace on, once (W3C Trace Context §2.3)', () => {
    expect(values(send([['Traceparent', 'other']]), 'traceparent')).toEqual([SENDER.traceparent])
  })

  it('never holds a cookie on the host that is Trivet’s, and none of Trivet’s elsewhere (security §10.1, §10.2)', () => {
    const cookie: [string, string] = ['Cookie', 'app=1; __Host-trivet=s; trivet-3000=t;trivet-visit=v; other=2']
    expect(values(send([cookie]), 'cookie')).toEqual([])
    expect(values(send([cookie], 'app.example'), 'cookie')).toEqual(['app=1; other=2'])
    expect(values(send([['cookie', '__Host-trivet=s']], 'app.example'), 'cookie')).toEqual([])
  })
})
