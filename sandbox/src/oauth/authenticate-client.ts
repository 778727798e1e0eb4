import { type Client, findClient } from './clients.ts'
import { Refusal } from './refusal.ts'
import { isSame } from './secrets.ts'

/** RFC 6749, 2.3.1: both parts are form-encoded before the base64. */
function readBasic(authorization: string | undefined): [id: string, secret: string] | undefined {
  const [, encoded] = /^Basic ([\w+/=]+)$/i.exec(authorization ?? '') ?? []
  if (encoded === undefined) return undefined
  const text = Buffer.from(encoded, 'base64').toString()
  const colon = text.indexOf(':')
  const decode = (part: string) => new URLSearchParams(`v=${part}`).get('v') ?? ''
  return [decode(text.slice(0, colon)), decode(text.slice(colon + 1))]
}

/** client_secret_basic or client_secret_post. */
export function authenticateClient(form: URLSearchParams, authorization: string | undefined): Client {
  const [id, secret] = readBasic(authorization) ?? [form.get('client_id'), form.get('client_secret')]
  if (!id) throw new Refusal(400, 'invalid_request', 'Could not determine client ID from request.')
  const client = findClient(id)
  if (!client) throw new Refusal(401, 'invalid_client', 'The OAuth client was not found.')
  if (!secret) throw new Refusal(400, 'invalid_request', 'client_secret is missing.')
  if (!isSame(secret, client.secret)) {
    throw new Refusal(401, 'invalid_client', 'The provided client secret is invalid.')
  }
  return client
}
