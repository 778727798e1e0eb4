import type { KnownClient } from './facts.ts'

/** How a client says who it is (RFC 6749 §2.3.1): what it adds to the headers, and to the form. */
export function authentication({ id, secret = '', method }: KnownClient): {
  readonly headers: Readonly<Record<string, string>>
  readonly fields: Readonly<Record<string, string>>
} {
  switch (method) {
    case 'client_secret_basic': {
      // RFC 6749 §2.3.1: each of the two form-urlencoded first.
      const pair = [id, secret].map((text) => new URLSearchParams({ '': text }).toString().slice(1)).join(':')
      return { headers: { authorization: `Basic ${Buffer.from(pair).toString('base64')}` }, fields: {} }
    }
    case 'client_secret_post':
      return { headers: {}, fields: { client_id: id, client_secret: secret } }
    default:
      return { headers: {}, fields: { client_id: id } }
  }
}
