import type { ClientMetadata } from './metadata.ts'
import type { Rights } from './rights.ts'

/** Of this server, as far as registrations have to do with it. */
export type RegistrationRules = {
  readonly issuer: string
  readonly reservedNames: readonly string[]
  readonly rights: Rights
  /** Schemes without a dot of redirect URIs, such as `cursor`. */
  readonly appSchemes: readonly string[]
  readonly isKnownResource: (uri: string) => boolean
  /** Pages of this server that are a client's callback, such as the playground's; its other addresses belong to nobody. */
  readonly ownRedirectUris?: readonly string[] | undefined
  /** Where administrators have set something that a change by others leaves as it is. */
  readonly current?: ClientMetadata
}
