/**
 * A provider as plain data, with a few readers of its own answers. Where its endpoints are comes from the settings, so
 * that a stand-in can take its place. A quirk becomes a field here, never a provider's name in the flow.
 */
export type ProviderDefinition = {
  readonly id: string
  readonly name: string
  /** When the facts below were last compared with the provider's pages (ISO date). */
  readonly verifiedOn: string
  /** How the client proves itself at the token endpoint (RFC 6749 §2.3.1). */
  readonly clientAuth: 'post' | 'basic'
  /** RFC 7636; `off` only for providers that break when it is sent. */
  readonly pkce: 'S256' | 'off'
  readonly scopes: {
    /** Asked for each time beside what is needed, so that the account has a stable id and a name. */
    readonly always: readonly string[]
    readonly known: readonly ScopeFacts[]
    readonly joiner: ' ' | ','
  }
  readonly authorizeParams?: Params
  /** How to get a refresh token; absent where one always comes. */
  readonly offline?: { readonly params: Params; readonly forcedConsent: Params }
  /** Skips the consent page where the same was granted before; where it was not, consent is asked for in so many words. */
  readonly silent?: { readonly params: Params; readonly forcedConsent: Params }
  /** Makes new consent include what was granted before. */
  readonly incremental?: { readonly params: Params }
  /** Makes the provider ask which account to use. */
  readonly chooseAccount?: { readonly params: Params }
  readonly tokens: {
    /** `static`: a refresh token stays; `rotating`: each is used once; `none`: there are none. */
    readonly refresh: 'none' | 'static' | 'rotating'
    /** How long a rotated token still works, for when the answer that replaced it was lost. */
    readonly graceSeconds?: number
    /** Renew this long before the end, instead of a tenth of the lifetime. */
    readonly marginSeconds?: number
  }
  /** What a refused refresh means here, beyond `invalid_grant` (RFC 6749 §5.2). */
  readonly deadGrant?: { readonly codes?: readonly string[]; readonly diagnoses?: readonly Diagnosis[] }
  /** What it wants callers to call themselves, where it is particular about that. */
  readonly userAgent?: (self: Self) => string
  /** Blocks this server's address after so many answers 401, 403 or 429 (those of scope `shared` left out) in so many seconds. */
  readonly refusalLimit?: { readonly most: number; readonly seconds: number }
  readonly revoke?: {
    /** `project`: one revocation ends every grant of this person to us; `token`: only the one sent. */
    readonly drops: 'project' | 'token'
    /** Whether the client has to prove itself there too (RFC 7009 §2.1 says yes, some providers do not). */
    readonly authenticated: boolean
    /** Where people take access back themselves. */
    readonly page: string
  }
  /**
   * Readers of the userinfo answer. The id is stable and never reused; the label is what people recognise;
   * `picturesUrl` is where the settings say that pictures are.
   */
  readonly identity: {
    readonly id: (claims: Claims) => unknown
    readonly label: (claims: Claims) => unknown
    readonly picture: (claims: Claims, picturesUrl: string | undefined) => unknown
    /** The only hosts that pictures of people come from. */
    readonly pictureHosts: readonly string[]
  }
  /** The issuer may stand in ID tokens without `https://`. */
  readonly issuerWithoutScheme?: boolean
  readonly setup: {
    /** The page where clients are registered. */
    readonly console: string
    /** At most 12 actions, in order. `{redirectUri}` and `{origin}` are replaced. */
    readonly steps: readonly string[]
    readonly settings: readonly string[]
    readonly notes: readonly { readonly heading: string; readonly text: string }[]
  }
}

/** This server, as it introduces itself. */
export type Self = { readonly publicUrl: string; readonly version: string }

export type Params = Readonly<Record<string, string>>
export type Claims = Readonly<Record<string, unknown>>

export type ScopeFacts = {
  /** The name that the provider answers with; ours in the database. */
  readonly name: string
  /** Shorter names for the same, in declarations and answers. */
  readonly also?: readonly string[]
  /** What is sent, where that is not `name`. */
  readonly wire?: string
  /** What it allows, in plain words, to go on from "Trivet may". */
  readonly says: string
}

/** A known cause for grants that die at a certain age. */
type Diagnosis = {
  readonly code: string
  readonly fromDays: number
  readonly toDays: number
  readonly says: string
}
