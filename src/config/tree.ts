import type { Secret } from '#base'
import type { MailConfig } from './mail.ts'
import type { SandboxConfig } from './sandbox.ts'

/** What this process does: `all`, only pages (`web`), or only runs (`worker`). */
export type Role = 'all' | 'web' | 'worker'

/** Where the answers of a provider come from: the real one, the sandbox, or nobody (credentials are missing). */
export type ProviderSource = 'real' | 'sandbox' | 'unset'

/** One provider's client and endpoints; every endpoint can be set to a stand-in's. */
export type OAuthProviderConfig = {
  readonly source: ProviderSource
  readonly clientId: string
  readonly clientSecret: Secret
  readonly issuer: string
  readonly authorizeUrl: string
  readonly tokenUrl: string
  readonly revokeUrl: string
  readonly userinfoUrl: string
  readonly apiUrl: string
  /** A further callback path beside `/connect/<provider>/callback`. */
  readonly redirectPath: string | undefined
  /** Where it keeps pictures of people, for providers that tell only a name of the picture. */
  readonly picturesUrl?: string | undefined
  /** What all processes together may send; no limit of ours where it is not known. */
  readonly requestsPerSecond?: number | undefined
}

/** Where The Cat API is, and the key of this server for it. */
export type TheCatApiConfig = {
  readonly source: ProviderSource
  readonly url: string
  readonly key: Secret | undefined
}

/** Which DiceBear draws avatars: one that is asked over HTTP (`url` ends with `/10.x`), or the library in this process. */
export type DiceBearConfig =
  | { readonly source: 'real' | 'sandbox'; readonly url: string }
  | { readonly source: 'here'; readonly url: undefined }

/** The authorization server: tinyoauth. */
export type AuthorizationConfig = {
  readonly registration: 'off' | 'token' | 'mcp' | 'open'
  /** Clients whose id is the address of a document about them. */
  readonly clientDocuments: boolean
  readonly passwordApi: boolean
  readonly defaultScopes: readonly string[]
  /** Schemes without a dot that redirect URIs of native clients may have. */
  readonly appSchemes: readonly string[]
  /** APIs that tokens can be asked for, beside this server. */
  readonly resources: readonly string[]
}

/** All settings, checked, with their defaults; frozen. */
export type Config = {
  /** Origin, no trailing slash: `https://trivet.example`. */
  readonly publicUrl: string
  readonly host: string
  readonly port: number
  readonly role: Role
  readonly home: 'cards' | 'cats' | 'avatars'
  readonly logLevel: 'debug' | 'info' | 'warn' | 'error' | 'silent'
  /** Absolute path. */
  readonly dataDir: string
  /** Absent: the embedded PostgreSQL. */
  readonly databaseUrl: Secret | undefined
  readonly masterKey: Secret | undefined
  readonly cacheBytes: number
  /** How long the process says that it is about to stop before it does, and how long answers may take to end then. */
  readonly stop: { readonly delaySeconds: number; readonly timeoutSeconds: number }
  readonly trustedProxies: readonly string[]
  /** `host:port` pairs that may be called although their address is private: set by the operator, or an endpoint they named, or the sandbox. */
  readonly outboundAllow: readonly string[]
  readonly sandbox: SandboxConfig
  /** Whether the sandbox plays any provider. */
  readonly usesSandbox: boolean
  readonly providers: { readonly google: OAuthProviderConfig; readonly discord: OAuthProviderConfig }
  readonly theCatApi: TheCatApiConfig
  readonly diceBear: DiceBearConfig
  readonly authorization: AuthorizationConfig
  readonly mail: MailConfig
  /** Absolute path of the folder with mash-ups of one's own; it need not be there. */
  readonly mashupsDir: string
  /** Opens `/metrics`; undefined: nobody does. */
  readonly metricsToken: Secret | undefined
  /** Absolute path of trivet.yaml, which need not be there. */
  readonly gatewayFile: string
}
