/** A user as administrators see them. */
export type UserRecord = {
  /** `owner_id` of all that is theirs; never leaves the server. */
  readonly ownerId: string
  /** `u_…` */
  readonly id: string
  readonly username: string
  readonly email: string | null
  readonly emailVerified: boolean
  readonly isAdmin: boolean
  readonly isDisabled: boolean
  /** An authenticated request within five minutes, and not signed out since. */
  readonly isOnline: boolean
  readonly createdAt: Date
  readonly operatedAt: Date
}

/** What a list of users can be narrowed down to. */
export const USER_STATES = ['online', 'disabled', 'administrator'] as const

export type UserState = (typeof USER_STATES)[number]

/** How many there are, now. */
export type UserCounts = {
  readonly users: number
  readonly online: number
  readonly disabled: number
  readonly administrators: number
}
