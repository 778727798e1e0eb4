import { hostAndPort } from '#base'
import type { OAuthProviderConfig, ProviderSource } from '#config'
import type { ProviderDefinition, Self } from './definition.ts'

/** A provider as this server knows it: what it is like, and where it is. */
export type Provider = {
  readonly definition: ProviderDefinition
  readonly source: ProviderSource
  readonly config: OAuthProviderConfig
  /** The redirect URI that is sent; the same one for every request. */
  readonly redirectUri: string
  /** Every path that takes the provider's answers. */
  readonly callbackPaths: readonly string[]
  /** The only hosts that an access token of this provider ever goes to, besides userinfo and revocation. */
  readonly apiHosts: readonly string[]
  readonly pictureHosts: readonly string[]
  /** Sent with every request to it; undefined: as everywhere else. */
  readonly userAgent: string | undefined
}

export function createProvider(definition: ProviderDefinition, config: OAuthProviderConfig, self: Self): Provider {
  // One redirect URI per provider, so that the answer of one is never taken for another's (RFC 9700 §4.4.2.2).
  const path = `/connect/${definition.id}/callback`
  const { redirectPath } = config
  return {
    definition,
    source: config.source,
    config,
    redirectUri: `${self.publicUrl}${redirectPath ?? path}`,
    callbackPaths: redirectPath === undefined || redirectPath === path ? [path] : [path, redirectPath],
    apiHosts: [hostAndPort(config.apiUrl)],
    pictureHosts: pictureHosts(definition, config),
    userAgent: definition.userAgent?.(self),
  }
}

function pictureHosts({ identity }: ProviderDefinition, config: OAuthProviderConfig): readonly string[] {
  if (config.picturesUrl !== undefined) return [hostAndPort(config.picturesUrl)]
  if (config.source === 'real') return identity.pictureHosts
  return [hostAndPort(config.authorizeUrl), hostAndPort(config.userinfoUrl)]
}
