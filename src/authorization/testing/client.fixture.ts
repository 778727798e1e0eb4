import type { Client } from '../clients/client.ts'

/** A client that was never registered, for checks that only read one. */
export function aClient(changes: Partial<Client> = {}): Client {
  return {
    id: 'c_test',
    ownerId: null,
    registeredBy: 'admin',
    name: 'Test app',
    redirectUris: ['https://app.example/cb'],
    postLogoutRedirectUris: [],
    grantTypes: ['authorization_code', 'refresh_token'],
    responseTypes: ['code'],
    authMethod: 'none',
    applicationType: 'web',
    scope: undefined,
    jwks: undefined,
    requirePkce: true,
    consentRequired: true,
    isVerified: false,
    isConfidential: false,
    defaultScope: undefined,
    defaultResource: undefined,
    rotatesRefreshTokens: true,
    idTokenAlg: 'RS256',
    metadata: {} as Client['metadata'],
    ...changes,
  }
}

/** The code of the error that something is refused with. */
export function refusalOf(work: () => unknown): unknown {
  try {
    return { taken: work() }
  } catch (error) {
    return error instanceof Error && 'error' in error ? error.error : error
  }
}
