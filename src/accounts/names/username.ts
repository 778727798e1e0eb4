import { isStorableText } from '#base'

/** A name that may be registered: as it is shown, and as it is compared. */
export type Username = { readonly shown: string; readonly folded: string }

const MOST_CODE_POINTS = 64
/** Letters and digits of any language, joined by single dots, hyphens and underscores; nothing that cannot be seen. */
const FORM = /^[\p{L}\p{N}][\p{L}\p{M}\p{N}]*([._-][\p{L}\p{N}][\p{L}\p{M}\p{N}]*)*$/u
const UNSEEN = /\p{Default_Ignorable_Code_Point}/u

/** Alphabets whose letters look alike: a name is written in one of them, so that no "аdmin" looks like an "admin". */
const LOOKALIKES = [/\p{Script=Latin}/u, /\p{Script=Greek}/u, /\p{Script=Cyrillic}/u, /\p{Script=Armenian}/u]

/**
 * The form in which names are compared: NFKC, and without the difference between capital and small letters. To capitals
 * and back, since that is what makes "ß" and "ss", "ſ" and "s", "ς" and "σ" one (Unicode, section 3.13); to small ones
 * first, for the capital "ẞ".
 */
export function foldUsername(text: string): string {
  return text.normalize('NFKC').toLowerCase().toUpperCase().toLowerCase().normalize('NFKC')
}

/** @returns what is wrong with it, for the person who chose it, when it is no name that can be registered */
export function parseUsername(text: string): Username | string {
  const shown = text.trim().normalize('NFKC')
  if (shown === '') return 'Choose a username.'
  if (!isStorableText(shown)) return 'The username holds a character that cannot be stored.'
  if ([...shown].length > MOST_CODE_POINTS) return `A username has at most ${MOST_CODE_POINTS} characters.`
  if (!FORM.test(shown) || UNSEEN.test(shown)) {
    return 'A username is letters and digits, with single dots, hyphens and underscores between them.'
  }
  if (LOOKALIKES.filter((script) => script.test(shown)).length > 1) {
    return 'Letters of several alphabets in one username look too much like another name.'
  }
  return { shown, folded: foldUsername(shown) }
}
