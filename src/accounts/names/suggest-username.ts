import { isReserved } from './reserved.ts'
import { parseUsername } from './username.ts'

const MOST_SUGGESTED = 30
const MOST_TRIES = 20

/**
 * A username that may be had, made of what somebody is called elsewhere; of an e-mail address only what stands before
 * the "@". Empty when nothing of it can be used: then they choose without help.
 *
 * @param number of a further try, put after a name that is taken
 */
export async function suggestUsername(
  name: string,
  deps: { readonly isTaken: (folded: string) => Promise<boolean>; readonly number: () => number },
): Promise<string> {
  const base = [...(name.split('@', 1)[0] ?? '').normalize('NFKC').replace(/[^\p{L}\p{M}\p{N}]+/gu, '-')]
    .slice(0, MOST_SUGGESTED)
    .join('')
    .replace(/^-+|-+$/g, '')
  for (let tries = 0; tries < MOST_TRIES; tries += 1) {
    const parsed = parseUsername(tries === 0 ? base : `${base}-${deps.number()}`)
    if (typeof parsed === 'string') return ''
    if (!isReserved(parsed.folded) && !(await deps.isTaken(parsed.folded))) return parsed.shown
  }
  return ''
}
