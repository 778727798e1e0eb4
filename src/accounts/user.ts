import type { Profile } from './profile/profile.ts'

/** Somebody with a name here, who may sign in: neither a guest, nor disabled, nor being deleted. */
export type User = {
  /** `owner_id` of all that is theirs; never leaves the server. */
  readonly id: string
  /** `sub` of tokens: `u_…`, random, never reused, unchanged by renames. */
  readonly publicId: string
  readonly username: string
  readonly isAdmin: boolean
  readonly email: string | null
  readonly emailVerified: boolean
  readonly profile: Profile
  /** When profile, name or e-mail address were last changed. */
  readonly updatedAt: Date
  /** Goes up when all login tokens have to end: logout, password change, disabling. */
  readonly loginEpoch: number
  /** Whether their last use of the server was noted over a minute ago, or they have signed out since. */
  readonly isStale: boolean
}

/** Somebody by their name, as it is typed, or by their `u_…`. */
export type NamedUser = { readonly username: string } | { readonly publicId: string }

/** A line of the list that whoever runs the server sees. */
export type UserEntry = {
  /** `u_…` */
  readonly id: string
  readonly username: string
  readonly email: string | null
  readonly isAdmin: boolean
  readonly isDisabled: boolean
  readonly createdAt: Date
  readonly operatedAt: Date
}
