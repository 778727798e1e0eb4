import type { OAuthClientProvider } from '@modelcontextprotocol/sdk/client/auth.js'
import type {
  OAuthClientInformationMixed,
  OAuthClientMetadata,
  OAuthTokens,
} from '@modelcontextprotocol/sdk/shared/auth.js'

/** What an MCP client keeps, and where it wanted to send the browser. */
export type McpMemory = {
  readonly provider: OAuthClientProvider
  /** The address that a person would be led to; forgotten when read. */
  takeAddress(): URL
  tokens(): OAuthTokens | undefined
  information(): OAuthClientInformationMixed | undefined
  /** As after an hour, or when somebody clears them. */
  replaceTokens(tokens: OAuthTokens | undefined): void
}

/** A public native client, as editors and terminals register; with `document` it is known by that address instead. */
export function mcpMemory(callback: string, document?: string): McpMemory {
  let information: OAuthClientInformationMixed | undefined
  let tokens: OAuthTokens | undefined
  let verifier = ''
  let sentTo: URL | undefined
  const clientMetadata: OAuthClientMetadata = {
    client_name: 'An MCP client',
    redirect_uris: [callback],
    grant_types: ['authorization_code', 'refresh_token'],
    response_types: ['code'],
    token_endpoint_auth_method: 'none',
  }
  return {
    provider: {
      redirectUrl: callback,
      ...(document === undefined ? {} : { clientMetadataUrl: document }),
      clientMetadata,
      clientInformation: () => information,
      saveClientInformation: (given) => {
        information = given
      },
      tokens: () => tokens,
      saveTokens: (given) => {
        tokens = given
      },
      redirectToAuthorization: (url) => {
        sentTo = url
      },
      saveCodeVerifier: (given) => {
        verifier = given
      },
      codeVerifier: () => verifier,
    },
    takeAddress() {
      const address = sentTo
      sentTo = undefined
      if (!address) throw new Error('The client wants to send nobody anywhere')
      return address
    },
    tokens: () => tokens,
    information: () => information,
    replaceTokens(given) {
      tokens = given
    },
  }
}
