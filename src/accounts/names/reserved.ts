/** Names that would speak for the server, or that programs mistake for something else. */
const RESERVED = new Set([
  ...['admin', 'administrator', 'root', 'superuser', 'sysadmin', 'system', 'operator', 'owner', 'moderator', 'staff'],
  ...['trivet', 'tinyoauth', 'trivetlogin', 'official', 'security', 'support', 'help', 'helpdesk', 'info', 'contact'],
  ...['postmaster', 'hostmaster', 'webmaster', 'abuse', 'noreply', 'mailerdaemon', 'nobody', 'daemon', 'www', 'mail'],
  ...['guest', 'guests', 'anonymous', 'everyone', 'all', 'me', 'self', 'users', 'account', 'accounts'],
  ...['null', 'undefined', 'none', 'true', 'false', 'nan', 'api', 'login', 'logout', 'register', 'console'],
])

/** @param folded a folded name; dots, hyphens and underscores in it do not help */
export function isReserved(folded: string): boolean {
  return RESERVED.has(folded.replace(/[._-]/g, ''))
}
