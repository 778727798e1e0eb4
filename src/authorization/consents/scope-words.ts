const WORDS: Readonly<Record<string, string>> = {
  openid: 'Know that it is you, by a name that stays the same',
  profile: 'See your profile: your name, user name, picture and what else you entered there',
  email: 'See your e-mail address',
  address: 'See your postal address',
  phone: 'See your phone number',
  offline_access: 'Go on doing this while you are away',
}

/** What a scope allows, in plain words. Of those that a client brings along only the name is known. */
export function describeScope(scope: string): string {
  return WORDS[scope] ?? `Use “${scope}”, a permission of its own that this server knows no more about`
}
