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
  // Begins only where a word begins: from every letter of 400,000 it would be minutes.
  for (const [, name = ''] of text.matchAll(/(?<![-\w])([-\w]*)\(/g)) {
    // Without a name it is a group, as in `@media (prefers-reduced-motion)`.
    if (name !== '' && !CSS_FUNCTIONS.has(name)) throw unsafe(`${where}: function ${name}`)
  }
  // Hands on masks, clips and filters, which the work (`work.ts`) counts where they are named.
  if (/\binherit\b/.test(text)) throw unsafe(`${where}: inherit`)
  // Anything that begins like an address has to be one of the document's own, from its first letter to its last.
  if (/url\s*\(/.test(text.replace(LOCAL_URL, ''))) throw unsafe(`${where}: url() that leaves the document`)
}

/**
 * The same for a style sheet, which may not name anything at all: what its selectors match, and so how often that would
 * be drawn, is not known before a browser draws it.
 */
export function requireSafeSheet(css: string): void {
  requireSafeCss(css, 'style')
  if (/url\s*\(/i.test(css)) throw unsafe('style: url()')
}

/** The ids that `url(#…)` of a value names, in their own case. */
export function localUrls(value: string): string[] {
  return [...value.matchAll(LOCAL_URL)].map(([, , id = '']) => id)
}

const LOCAL_URL = /url\(\s*(["']?)#([\w.:-]+)\1\s*\)/gi
