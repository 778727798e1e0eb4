/** A user as tokens know one. */
export type TokenUser = {
  /** `sub`: `u_…`, never reused, unchanged by renames. */
  readonly publicId: string
}

/** What this folder asks the room that knows people. */
export type People<User extends TokenUser = TokenUser> = {
  /** Undefined for those who are gone or switched off. */
  userByPublicId(publicId: string): Promise<User | undefined>
  user(ownerId: string): Promise<User | undefined>
  /** OpenID Connect Core §5.4; claims without a value are left out. */
  claimsOf(user: User, scopes: readonly string[]): Readonly<Record<string, unknown>>
}
