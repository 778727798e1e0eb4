import type { Client } from '../clients/client.ts'

/**
 * The client information response (RFC 7591 §3.2.1, RFC 7592 §3): everything that is stored. The secret is only in the
 * answer that issues it; the registration token is the one that was sent, or the new one.
 */
export function clientInformation(
  issuer: string,
  client: Client,
  issued: { readonly issuedAt: Date; readonly registrationToken: string; readonly secret: string | undefined },
): Record<string, unknown> {
  return {
    client_id: client.id,
    client_id_issued_at: Math.floor(issued.issuedAt.getTime() / 1000),
    ...(issued.secret === undefined ? {} : { client_secret: issued.secret, client_secret_expires_at: 0 }),
    registration_client_uri: `${issuer}/client/${client.id}`,
    registration_access_token: issued.registrationToken,
    ...client.metadata,
  }
}
