import { setImmediate as others } from 'node:timers/promises'
import type { StyleDefinition } from '@dicebear/core'
import type { AvatarStyle, NamedLink } from './avatar.ts'
import type { Definitions } from './definitions.ts'
import { moodsOf } from './moods.ts'

/** What is said about every style, by name. Reads all definitions, keeps none; lets others in between. */
export async function readCatalogue(definitions: Definitions): Promise<AvatarStyle[]> {
  const styles: AvatarStyle[] = []
  for (const id of definitions.ids) {
    styles.push(describeStyle(id, await definitions.read(id)))
    await others()
  }
  return styles.sort((a, b) => a.name.localeCompare(b.name, 'en'))
}

function describeStyle(id: string, { meta = {} }: StyleDefinition): AvatarStyle {
  const { creator, license, source } = meta
  const designer = namedLink(creator) ?? { name: 'Unknown' }
  const licence = namedLink(license) ?? { name: 'Unknown' }
  const work = namedLink(source)
  const name = styleName(id)
  const notice = `“${work?.name ?? name}” by “${designer.name}”, licensed under “${licence.name}”`
  return {
    ...{ id, name, designer, licence },
    ...(work ? { source: work } : {}),
    // Creative Commons: every licence but the public domain's has the condition BY.
    needsAttribution: /^CC BY/i.test(licence.name),
    // `icons` has the whole text of its licence there.
    attribution: sentence(license?.text && !license.text.includes('\n') ? license.text : notice),
    moods: moodsOf(id),
  }
}

/** `pixel-art-neutral` → `Pixel Art Neutral`: the definitions name the work that a style is made of, not the style. */
function styleName(id: string): string {
  return id
    .split('-')
    .map((word) => word.charAt(0).toUpperCase() + word.slice(1))
    .join(' ')
}

function namedLink(link: { name?: string; url?: string } | undefined): NamedLink | undefined {
  if (link?.name === undefined) return undefined
  return { name: link.name, ...(link.url === undefined ? {} : { url: link.url }) }
}

/** The definitions close German quotation marks with English ones. */
function sentence(text: string): string {
  const quoted = text.replace(/„([^”]*)”/g, '“$1”')
  return /[.!?]$/.test(quoted) ? quoted : `${quoted}.`
}
