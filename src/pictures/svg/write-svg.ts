import type { SvgAttribute, SvgElement } from './parse-svg.ts'
import { METADATA } from './vocabulary.ts'

/**
 * The SVG as the codec gets it: written anew from what was read, so that it sees what was checked and nothing else; a
 * square of this many pixels with the drawing in its middle; without metadata, and without style sheets, which only
 * animate: ten thousand selectors would take it seconds.
 */
export function writeSvg(root: SvgElement, pixels: number): string {
  const ours = [attribute('width', String(pixels)), attribute('height', String(pixels))]
  const theirs = root.attributes.filter(({ name }) => !['width', 'height', 'preserveAspectRatio'].includes(name))
  // Before the fonts are added to every family that is asked for: what asks for none inherits the root's.
  const fonts = theirs.some(({ name }) => name === 'font-family') ? [] : [attribute('font-family', 'system-ui')]
  return writeElement({ ...root, attributes: [...theirs, ...fonts, ...missingViewBox(root), ...ours] })
}

/**
 * Sans-serif fonts that come with the usual systems, in the order in which browsers take them for `system-ui`. The
 * codec knows no `system-ui`, and takes `sans-serif` for Arial, which Linux has not.
 */
const FONTS = "'Segoe UI', Roboto, 'Helvetica Neue', Arial, 'Noto Sans', 'Liberation Sans', 'DejaVu Sans'"

/** The family that a text asks for, and then those that may be there. */
export function fontFamily(asked = 'system-ui'): string {
  return `${asked}, ${FONTS}`
}

export function escapeXml(text: string): string {
  return text.replace(/[<>&"]/g, (character) => `&#${character.charCodeAt(0)};`)
}

const LEFT_OUT: ReadonlySet<string> = new Set(['metadata', 'style'])

function writeElement({ name, attributes, children }: SvgElement): string {
  const written = attributes.map((one) => {
    const value = one.name === 'font-family' ? fontFamily(one.value) : one.value
    return ` ${one.name}="${escapeXml(value)}"`
  })
  const content = children.map((child) => {
    if (typeof child === 'string') return escapeXml(child)
    return METADATA.has(child.uri) || LEFT_OUT.has(child.local) ? '' : writeElement(child)
  })
  return `<${name}${written.join('')}>${content.join('')}</${name}>`
}

/** Without one the drawing would keep its own size in a corner of ours (SVG 2 §8.6). */
function missingViewBox(root: SvgElement): SvgAttribute[] {
  const read = (wanted: string) => root.attributes.find(({ name }) => name === wanted)?.value
  const [width, height] = [Number.parseFloat(read('width') ?? ''), Number.parseFloat(read('height') ?? '')]
  if (read('viewBox') !== undefined || !(width > 0 && height > 0)) return []
  return [attribute('viewBox', `0 0 ${width} ${height}`)]
}

function attribute(name: string, value: string): SvgAttribute {
  return { name, local: name, uri: '', value }
}
