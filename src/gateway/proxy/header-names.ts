/** Between two servers only (RFC 9110 §7.6.1), with those that `Connection` names. */
const HOP_BY_HOP = new Set([
  'connection',
  'keep-alive',
  'proxy-authenticate',
  'proxy-authorization',
  'proxy-authentication-info',
  'proxy-connection',
  'te',
  'trailer',
  'transfer-encoding',
  'upgrade',
  'http2-settings',
])

/** Headers by which servers behind a proxy are told who calls; whoever can send one of these can be anybody. */
const IDENTITY = [
  /^x-trivet-/,
  /^x-forwarded(?:-|$)/,
  /^x-auth-request-/,
  /^x-authentik-/,
  /^x-pomerium-/,
  /^x-goog-authenticated-user-/,
  /^x-amzn-oidc-/,
  /^x-ms-client-principal/,
  /^x-authenticated-/,
  /^(?:x-)?remote-(?:user|name|email|groups?)$/,
  /^x-(?:auth-)?(?:user|username|userid|user-id|email|groups?|roles?)$/,
  /^x-(?:webauth|proxy|token|api)-user/,
  // What a proxy says of an address or a certificate that it has seen (RFC 9440), each under a name of its own.
  /^(?:x-)?(?:cluster-)?client-(?:ip|cert|dn|verify|s-dn)/,
  /^(?:x-)?ssl-/,
  /^x-original-/,
  // Of CGI, which servers that read headers from variables take from their own proxy (gunicorn); httpoxy.
  /^(?:x-)?(?:script-name|path-info|path-translated)$/,
  /^proxy$/,
  /^x-rewrite-url$/,
  /^x-http-method(?:-override)?$/,
  /^x-method-override$/,
]

/** Set anew by the gateway, or of no use behind it. */
const REPLACED = new Set([
  'host',
  'forwarded',
  'x-real-ip',
  'true-client-ip',
  'cf-connecting-ip',
  'via',
  'expect',
  'x-request-id',
])
/** What the caller proves itself with stays here (security §10.2). */
const PROOFS = new Set(['authorization', 'dpop', 'cookie2'])
/**
 * Letters, digits and `-`, as nginx takes by itself: behind variables `SCRIPT_NAME` and `Content_Length` are no longer
 * headers, but what the server itself says of path and body.
 */
const PLAIN = /^[a-z0-9-]+$/

/**
 * The name as servers that read headers from variables see it: case and `_`/`-` are one (oauth2-proxy CVE-2025-64484),
 * and so are the dots and spaces that some of them turn into `_`.
 */
function foldName(name: string): string {
  return name.toLowerCase().replace(/[^a-z0-9]/g, '-')
}

/** What a name says about a header, whatever its value. */
export type HeaderName = {
  /** In lower case. */
  readonly name: string
  /** As servers that read headers from variables see it. */
  readonly folded: string
  readonly isHopByHop: boolean
  /** Of a request: never handed on to an upstream. */
  readonly isWithheld: boolean
}

/** Callers write the same few names again and again; what they make up besides must not fill the memory. */
const known = new Map<string, HeaderName>()
const MOST_KNOWN = 1000
const MOST_CHARACTERS = 64

/** @param written as it came over the wire */
export function headerName(written: string): HeaderName {
  const before = known.get(written)
  if (before) return before
  const name = written.toLowerCase()
  const folded = foldName(name)
  const isTheirs = PLAIN.test(name) && !REPLACED.has(folded) && !PROOFS.has(folded)
  const isWithheld = !isTheirs || IDENTITY.some((pattern) => pattern.test(folded))
  const read = { name, folded, isHopByHop: HOP_BY_HOP.has(folded), isWithheld }
  if (written.length > MOST_CHARACTERS) return read
  if (known.size >= MOST_KNOWN) known.clear()
  known.set(written, read)
  return read
}

const NO_NAMES: ReadonlySet<string> = new Set()

/** Names that `Connection` makes hop-by-hop for this one message (RFC 9110 §7.6.1), in lower case. */
export function namedByConnection(raw: readonly string[]): ReadonlySet<string> {
  let names: Set<string> | undefined
  for (let at = 0; at + 1 < raw.length; at += 2) {
    if (headerName(raw[at] ?? '').name !== 'connection') continue
    names ??= new Set()
    for (const one of (raw[at + 1] ?? '').split(',')) names.add(one.trim().toLowerCase())
  }
  return names ?? NO_NAMES
}
