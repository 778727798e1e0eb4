/** Text that is markup already; everything else put into `html` is escaped. */
export type Html = { readonly markup: string }

type Part = Html | string | number | undefined | false | readonly Part[]

const ENTITIES: Record<string, string> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;', "'": '&#39;' }

function render(part: Part): string {
  if (part === undefined || part === false) return ''
  if (typeof part === 'string' || typeof part === 'number') {
    return String(part).replace(/[&<>"']/g, (char) => ENTITIES[char] ?? char)
  }
  if ('markup' in part) return part.markup
  return part.map(render).join('')
}

export function html(strings: TemplateStringsArray, ...parts: Part[]): Html {
  return { markup: strings.reduce((text, string, i) => text + render(parts[i - 1]) + string) }
}
