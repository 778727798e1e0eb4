import type { User } from '../user.ts'
import type { ProfileFields } from './parse-profile.ts'

/** A profile as the form has it: text by name, members of the address as `address.locality`. */
export function profileFields({ email, profile }: Pick<User, 'email' | 'profile'>): ProfileFields {
  const { address = {}, ...texts } = profile
  const parts = Object.entries(address).map(([name, value]) => [`address.${name}`, value])
  return { ...texts, ...Object.fromEntries(parts), ...(email === null ? {} : { email }) }
}
