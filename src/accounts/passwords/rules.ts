import { isStorableText } from '#base'
import { foldUsername } from '../names/username.ts'
import { COMMON_PASSWORDS } from './common.ts'

export const LEAST_PASSWORD = 8
export const MOST_PASSWORD = 128

/**
 * What is wrong with a password that somebody chose, in words for them; undefined when nothing is. No rules about kinds
 * of characters (ASVS 5.0, 6.2.5; NIST SP 800-63B-4 §3.1.1.2): they make passwords worse.
 */
export function refusePassword(password: string, username: string): string | undefined {
  const length = [...password].length
  if (length < LEAST_PASSWORD) return `A password has at least ${LEAST_PASSWORD} characters; 15 or more are better.`
  if (length > MOST_PASSWORD) return `A password has at most ${MOST_PASSWORD} characters.`
  if (!isStorableText(password)) return 'The password holds a character that no keyboard writes.'
  const folded = foldUsername(password)
  if (folded === foldUsername(username)) return 'The password is the username. Choose another one.'
  if (COMMON_PASSWORDS.has(folded) || isRun(folded)) {
    return 'This password is among the first that are tried. Choose another one: three or four words are good.'
  }
  return undefined
}

/** "aaaaaaaa", "12345678", "hgfedcba": each character follows on the one before by the same step of at most one. */
function isRun(text: string): boolean {
  const points = [...text].map((character) => character.codePointAt(0) ?? 0)
  const steps = new Set(points.slice(1).map((point, index) => point - (points[index] ?? 0)))
  const [step = 0] = steps
  return steps.size === 1 && Math.abs(step) <= 1
}
