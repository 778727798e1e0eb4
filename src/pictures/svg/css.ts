import { unsafe } from './parse-svg.ts'
import { AT_RULES, CSS_FUNCTIONS } from './vocabulary.ts'

/**
 * Refuses CSS, of a style sheet or an attribute, that could fetch anything or be read in two ways. What CSS Syntax
 * makes hard to see (escapes such as `\75rl(`, comments, letters beyond ASCII) is refused instead of understood.
 */
export function requireSafeCss(css: string, where: string): void {
  const text = css.toLowerCase()
  if (text.includes('\\')) throw unsafe(`${where}: escape in CSS`)
  if (text.includes('/*')) throw unsafe(`${where}: comment in CSS`)
  if (/[^\t\n\r\x20-\x7e]/.test(text)) throw unsafe(`${where}: beyond ASCII in CSS`)
  if (/(java|vb)script\s*:/.test(text)) throw unsafe(`${where}: script address`)
  for (const [rule] of text.matchAll(/@[-\w]*/g)) {
    if (!AT_RULES.has(rule)) throw unsafe(`${where}: at-rule ${rule}`)
  }
  for (const [, name = ''] of text.matchAll(/([-\w]*)\(/g)) {
    // Without a name it is a group, as in `@media (prefers-reduced-motion)`.
    if (name !== '' && !CSS_FUNCTIONS.has(name)) throw unsafe(`${where}: function ${name}`)
  }
  // Anything that begins like an address has to be one of the document's own, from its first letter to its last.
  if (/url\s*\(/.test(text.replace(LOCAL_URL, ''))) throw unsafe(`${where}: url() that leaves the document`)
}

/** The ids that `url(#…)` of a value names, in their own case. */
export function localUrls(value: string): string[] {
  return [...value.matchAll(LOCAL_URL)].map(([, , id = '']) => id)
}

const LOCAL_URL = /url\(\s*(["']?)#([\w.:-]+)\1\s*\)/gi
