/**
 * Who brought a client here: decides what its registration may say, now and when it is changed. `document`: it came by
 * itself, with the address of its metadata as its id.
 */
export type RegisteredBy = 'anonymous' | 'token' | 'user' | 'admin' | 'document'

/** Whether callers who are not signed in may register (`TRIVET_REGISTRATION`). */
export type RegistrationPolicy = 'off' | 'token' | 'mcp' | 'open'

/** What the registration of a client may say, by who brings it (security test lines §10.15, §11.11). */
export type Rights = {
  /** Clients with a secret or a key of their own. */
  readonly confidential: boolean
  readonly grantTypes: readonly string[]
  /** PKCE is part of the grant (RFC 9700 §2.1.1) unless whoever answers for a confidential client says otherwise. */
  readonly withoutPkce: boolean
  readonly fixedRefreshTokens: boolean
  /** A `default_resource` that nobody here knows: the registrant's own API. */
  readonly anyResource: boolean
  /** `profile`, `consent_required: false`, reserved names and scopes, addresses of this server. */
  readonly administers: boolean
}

/** Somebody is known who answers for the client. */
const ANSWERED_FOR = { confidential: true, withoutPkce: true, fixedRefreshTokens: true, anyResource: true }

/** The one table. Device flow and token exchange are in nobody's list: they come with their own rules. */
export function rightsOf(registeredBy: RegisteredBy, policy: RegistrationPolicy): Rights {
  const interactive = ['authorization_code', 'refresh_token']
  const all = [...interactive, 'client_credentials']
  switch (registeredBy) {
    case 'anonymous':
      return {
        confidential: policy === 'open',
        grantTypes: interactive,
        ...{ withoutPkce: false, fixedRefreshTokens: false, anyResource: false, administers: false },
      }
    case 'document':
      return {
        // By a key of its own: a secret in a document would be none.
        confidential: true,
        grantTypes: interactive,
        ...{ withoutPkce: false, fixedRefreshTokens: false, anyResource: false, administers: false },
      }
    case 'token':
    case 'user':
      return { ...ANSWERED_FOR, grantTypes: all, administers: false }
    case 'admin':
      return { ...ANSWERED_FOR, grantTypes: all, administers: true }
  }
}
