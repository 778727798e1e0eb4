import type { Mashup } from './definition/mashup.ts'

/** An address of this length arrives everywhere; a text that is longer is not one that a field takes. */
const MOST_CHARACTERS = 1000

/** The address of a mash-up's form, filled in with what was typed. */
export function filledForm(mashup: Pick<Mashup, 'path' | 'form'>, texts: Readonly<Record<string, string>>): string {
  const typed = Object.keys(mashup.form).flatMap((name) => {
    const text = texts[name]
    return text === undefined || text === '' || text.length > MOST_CHARACTERS ? [] : [[name, text]]
  })
  return typed.length > 0 ? `${mashup.path}?${new URLSearchParams(typed)}` : mashup.path
}
