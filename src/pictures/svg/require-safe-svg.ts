import { requireSafeCss, requireSafeSheet } from './css.ts'
import { parseSvg, type SvgAttribute, type SvgElement, unsafe } from './parse-svg.ts'
import {
  ATTRIBUTES,
  ELEMENTS,
  FREE_TEXT,
  METADATA,
  NAMES,
  NAMESPACES,
  PREFIXED_ATTRIBUTES,
  REFERRING,
  SVG,
  XMLNS,
} from './vocabulary.ts'
import { everyElement, requireBoundedWork } from './work.ts'

/**
 * Refuses an SVG that could do more than draw itself: run a script, fetch or name anything outside of itself, or keep
 * those who draw it busy without end. Only known names pass (`vocabulary.ts`).
 *
 * It keeps browsers safe, and this server: usvg, which makes the PNG, would read files of this machine that an `href`
 * names.
 *
 * @throws Failure `svg_not_safe`; its hint says which rule
 */
export function requireSafeSvg(svg: string): void {
  readSafeSvg(svg)
}

/** The same, and what was read. */
export function readSafeSvg(svg: string): SvgElement {
  const root = parseSvg(svg)
  if (root.uri !== SVG || root.local !== 'svg') throw unsafe(`root ${root.name}`)
  for (const element of everyElement(root)) requireSafeElement(element, root)
  requireBoundedWork(root)
  return root
}

function requireSafeElement(element: SvgElement, root: SvgElement): void {
  const { uri, local, name, attributes, children } = element
  const isKnown = uri === SVG ? element === root || ELEMENTS.has(local) : METADATA.has(uri)
  if (!isKnown) throw unsafe(`element ${name}`)
  for (const attribute of attributes) requireSafeAttribute(attribute, element)
  // Its content as one text: comments between its parts are gone for those who read it, too.
  if (uri === SVG && local === 'style') {
    const css = children.map((child) => (typeof child === 'string' ? child : unsafeChild(child))).join('')
    requireSafeSheet(css)
  }
}

function requireSafeAttribute({ name, uri, local, value }: SvgAttribute, element: SvgElement): void {
  const where = `${element.name} ${name}`
  if (uri === XMLNS) {
    if (!NAMESPACES.has(value)) throw unsafe(`namespace ${value}`)
    return
  }
  if (uri === '' ? !ATTRIBUTES.has(name) : !PREFIXED_ATTRIBUTES.has(`${uri} ${local}`)) {
    throw unsafe(`attribute ${where}`)
  }
  if (METADATA.has(element.uri)) return
  if (local === 'href') {
    if (!REFERRING.has(element.local) || !/^#[\w.:-]+$/.test(value)) throw unsafe(`address in ${where}`)
    return
  }
  if (name === 'id' && !/^[\w.:-]+$/.test(value)) throw unsafe(`characters of ${where}`)
  if (FREE_TEXT.has(name)) return
  requireSafeCss(value, where)
  if (!NAMES.has(name)) requireDrawableNumbers(value, where)
}

/** Curves and joints of 1e38 are what keeps a codec busy without end; the largest of DiceBear's is 33,762. */
const LARGEST_NUMBER = 1e6

function requireDrawableNumbers(value: string, where: string): void {
  // Without colours, where `#12e456` is no number, and the ids of `url(#4e663)`.
  for (const [number] of value.replace(/#[\w.:-]*/g, '').matchAll(/(?:\d+(?:\.\d*)?|\.\d+)(?:e[-+]?\d+)?/gi)) {
    if (Number(number) > LARGEST_NUMBER) throw unsafe(`${where}: number ${number}`)
  }
}

function unsafeChild(child: SvgElement): never {
  throw unsafe(`element ${child.name} in style`)
}
