import type { ClientMetadata } from './metadata.ts'
import type { Rights } from './rights.ts'

/** Of this server, as far as registrations have to do with it. */
export type RegistrationRules = {
  readonly issuer: string
  readonly reservedNames: readonly string[]
  readonly rights: Rights
  /** Where administrators have set something that a change by others leaves as it is. */
  readonly current?: ClientMetadata
}
