import type { Letter } from '#mail'

/** A letter of this server: who it is for, what it says in paragraphs (of our own words only), and who sent it. */
export function writeLetter(
  site: string,
  letter: { readonly subject: string; readonly username: string; readonly paragraphs: readonly string[] },
): Letter {
  const { subject, username, paragraphs } = letter
  const text = [`Hello ${inOneLine(username)},`, ...paragraphs, `--\nTrivet at ${site}`].join('\n\n')
  return { subject, text: `${text}\n` }
}

/** Names are letters and digits; should one ever hold more, it says no sentence of its own (security §11.8). */
function inOneLine(name: string): string {
  return name.replace(/[\p{Cc}\p{Cf}\u2028\u2029]+/gu, ' ').slice(0, 100)
}
