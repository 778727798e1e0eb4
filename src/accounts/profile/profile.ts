/**
 * What somebody says about themselves, by the names of OpenID Connect Core §5.1. `preferred_username`, `email` and
 * everything that somebody else vouches for (`email_verified`, `phone_number_verified`, `sub`) is not in it.
 */
export type Profile = Readonly<Partial<Record<ProfileText, string>> & { address?: PostalAddress }>

/** Claims that are one line of text, in the order of the form. */
export const PROFILE_TEXTS = [
  'name',
  'given_name',
  'middle_name',
  'family_name',
  'nickname',
  'profile',
  'picture',
  'website',
  'gender',
  'birthdate',
  'zoneinfo',
  'locale',
  'phone_number',
] as const

export type ProfileText = (typeof PROFILE_TEXTS)[number]

/** Members of the `address` claim (§5.1.1) that are typed; `formatted` is made of them. */
export const ADDRESS_TEXTS = ['street_address', 'locality', 'region', 'postal_code', 'country'] as const

export type AddressText = (typeof ADDRESS_TEXTS)[number]

export type PostalAddress = Readonly<Partial<Record<AddressText, string>>>
