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
  /^x-forwarded-/,
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
  /^x-original-(?:url|uri|method|host)$/,
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
 * The name as servers that read headers from variables see it: case and `_`/`-` are one (oauth2-proxy CVE-2025-64484),
 * and so are the dots and spaces that some of them turn into `_`.
 */
export function foldName(name: string): string {
  return name.toLowerCase().replace(/[^a-z0-9]/g, '-')
}

export function isHopByHop(name: string): boolean {
  return HOP_BY_HOP.has(name)
}

/** @param folded by `foldName` */
export function isWithheld(folded: string): boolean {
  return REPLACED.has(folded) || PROOFS.has(folded) || IDENTITY.some((pattern) => pattern.test(folded))
}
