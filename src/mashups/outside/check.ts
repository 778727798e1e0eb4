import { isMashup, type Mashup } from '#runs'
import { lineOf } from './place.ts'
import { isReserved } from './reserved.ts'
import { Trouble } from './trouble.ts'

/** What is there before any file of one's own. */
export type Known = {
  /** Mash-ups that ship with Trivet. */
  readonly shipped: readonly Mashup[]
  /** Paths that settings have given to something: redirect paths, the sandbox. */
  readonly paths: readonly string[]
  /** Ids of providers that accounts can be connected at. */
  readonly providers: readonly string[]
  /** Names of services. */
  readonly services: readonly string[]
}

/** A loaded file: its name in the folder, its text, and what it exports by default. */
export type LoadedFile = { readonly file: string; readonly text: string; readonly exported: unknown }

/** What only mash-ups in the repository can have: it needs addresses, pages or browser code of their own. */
const SHIPPED_ONLY = ['rootAction', 'resultPage', 'islands', 'beside'] as const

/** The default export as a mash-up. @throws Trouble */
export function requireMashup({ file, text, exported }: LoadedFile): Mashup {
  if (isMashup(exported)) return exported
  const id = file.replace(/\.\w+$/, '')
  if (exported === undefined) {
    throw new Trouble(
      `There is no mash-up in this file: it needs "export default mashup('${id}', { … })". A file that only helps others belongs in a folder of its own, such as lib/.`,
    )
  }
  throw new Trouble(
    'What this file exports by default does not come from mashup() of trivet/mashup.',
    lineOf(text, 'export default', 'as default'),
  )
}

/** Whether a mash-up fits into what is there. @throws Trouble with the line that says otherwise */
export function checkMashup(mashup: Mashup, { text }: LoadedFile, known: Known): void {
  const { id, path } = mashup
  const idLine = lineOf(text, ...quoted(id))
  if (known.shipped.some((one) => one.id === id)) {
    throw new Trouble(`The id "${id}" is that of a mash-up that ships with Trivet: choose another one.`, idLine)
  }
  const taken = [...known.shipped.flatMap(pathsOf), ...known.paths]
  if (isReserved(path) || taken.some((one) => isBelow(one, path))) {
    const line = lineOf(text, ...quoted(path)) ?? idLine
    throw new Trouble(`The path ${path} belongs to the server itself: choose another one with path: '/…'.`, line)
  }
  for (const name of SHIPPED_ONLY) {
    if (mashup[name] !== undefined)
      throw new Trouble(`${name} is for mash-ups that ship with Trivet: leave it out.`, lineOf(text, ...named(name)))
  }
  for (const [name, { provider }] of Object.entries(mashup.connect)) {
    if (known.providers.includes(provider)) continue
    const names = known.providers.join(', ')
    const line = lineOf(text, ...quoted(provider), ...named(name))
    throw new Trouble(`connect.${name}: there is no provider "${provider}". There are: ${names}.`, line)
  }
  for (const [name, { service }] of Object.entries(mashup.use)) {
    if (known.services.includes(service)) continue
    const names = known.services.join(', ')
    const line = lineOf(text, ...quoted(service), ...named(name))
    throw new Trouble(`use.${name}: there is no service "${service}". There are: ${names}.`, line)
  }
}

/** Whether a mash-up has what another file of the folder has already. @throws Trouble that names both */
export function checkAgainst(others: ReadonlyMap<string, Mashup>, mashup: Mashup, { file, text }: LoadedFile): void {
  for (const [other, { id, path }] of others) {
    if (id === mashup.id) {
      const line = lineOf(text, ...quoted(id))
      throw new Trouble(`${file} and ${other} both have the id "${id}": ${other} is used. Change one of them.`, line)
    }
    if (path === mashup.path) {
      const line = lineOf(text, ...quoted(path), ...quoted(mashup.id))
      throw new Trouble(`${file} and ${other} both have the path ${path}: ${other} is used. Change one of them.`, line)
    }
  }
}

function pathsOf({ path, action, rootAction }: Mashup): string[] {
  return rootAction ? [path, `/${action}`] : [path]
}

/** Whether an address starts with the segment that is a path. */
function isBelow(address: string, path: string): boolean {
  return address.split('/')[1] === path.slice(1)
}

/** A text as it stands in a source. */
function quoted(text: string): string[] {
  return [`'${text}'`, `"${text}"`, `\`${text}\``]
}

/** A member as it stands in a source. */
function named(name: string): string[] {
  return [`${name}:`, `${name}(`, name]
}
