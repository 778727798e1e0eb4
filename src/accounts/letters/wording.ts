import type { Letter } from '#mail'
import type { User } from '../user.ts'

/** A letter of this server: who it is for, what it says in paragraphs (of our own words only), and who sent it. */
export function writeLetter(
  site: string,
  letter: { readonly subject: string; readonly username: string | undefined; readonly paragraphs: readonly string[] },
): Letter {
  const { subject, username, paragraphs } = letter
  const greeting = username === undefined ? 'Hello,' : `Hello ${inOneLine(username)},`
  const text = [greeting, ...paragraphs, `--\nTrivet at ${site}`].join('\n\n')
  return { subject, text: `${text}\n` }
}

/**
 * A name may look like a host, which mail programs make a link of: it is not shown to a mailbox that never said that the
 * account is its own, for anybody can register with anybody's address.
 */
export function nameToGreet({ username, emailVerified }: Pick<User, 'username' | 'emailVerified'>): string | undefined {
  return emailVerified || !username.includes('.') ? username : undefined
}

/** Names are letters and digits; should one ever hold more, it says no sentence of its own (security §11.8). */
function inOneLine(name: string): string {
  return name.replace(/[\p{Cc}\p{Cf}\u2028\u2029]+/gu, ' ').slice(0, 100)
}
