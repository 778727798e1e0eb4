import { SaxesParser, type SaxesTagNS } from 'saxes'
import { svgFailure } from '../errors.ts'

/** An element as it was written, its name and attributes resolved to their namespaces. */
export type SvgElement = {
  readonly name: string
  readonly uri: string
  readonly local: string
  readonly attributes: readonly SvgAttribute[]
  readonly children: readonly (SvgElement | string)[]
}

/** One attribute, references resolved; `uri` is empty for one without a prefix. */
export type SvgAttribute = {
  readonly name: string
  readonly uri: string
  readonly local: string
  readonly value: string
}

type OpenElement = SvgElement & { readonly children: (SvgElement | string)[] }

const MOST_BYTES = 500_000
/** Avatars of DiceBear need seven. */
const DEEPEST = 32

/**
 * Reads an SVG by a strict XML parser that knows the five entities of XML 1.0 §4.6 and nothing else: whatever could
 * mean something different to another reader (a document type, another encoding, instructions, CDATA) is refused.
 * Comments are left out; the text on both sides of one becomes one, as it is for those who read it as CSS.
 *
 * @throws Failure `svg_not_safe`
 */
export function parseSvg(svg: string): SvgElement {
  if (svg.length > MOST_BYTES || Buffer.byteLength(svg) > MOST_BYTES) throw unsafe(`more than ${MOST_BYTES} bytes`)
  if (!svg.isWellFormed()) throw unsafe('lone surrogate')
  // Not even at the start: what follows a byte order mark is read in the encoding that it announces.
  if (svg.includes('\uFEFF')) throw unsafe('byte order mark')
  const open: OpenElement[] = []
  let root: SvgElement | undefined
  const addText = (text: string) => {
    const children = open.at(-1)?.children
    if (!children) return
    const before = children.at(-1)
    if (typeof before === 'string') children[children.length - 1] = before + text
    else children.push(text)
  }
  const parser = new SaxesParser({ xmlns: true })
  parser.on('error', (error) => {
    throw unsafe(`not well-formed: ${error.message}`)
  })
  parser.on('xmldecl', ({ version, encoding }) => {
    // Some encodings of browsers, such as ISO-2022-JP, read other characters in the same bytes.
    if (version !== '1.0' || !/^(utf-8)?$/i.test(encoding ?? '')) throw unsafe('XML declaration')
  })
  parser.on('doctype', () => {
    throw unsafe('document type')
  })
  parser.on('processinginstruction', ({ target }) => {
    throw unsafe(`processing instruction ${target}`)
  })
  parser.on('cdata', () => {
    throw unsafe('CDATA')
  })
  parser.on('opentag', (tag) => {
    if (open.length >= DEEPEST) throw unsafe(`deeper than ${DEEPEST}`)
    const element = readTag(tag)
    open.at(-1)?.children.push(element)
    root ??= element
    open.push(element)
  })
  parser.on('text', addText)
  parser.on('closetag', () => open.pop())
  parser.write(svg).close()
  if (!root) throw unsafe('no root')
  return root
}

/** @param rule for the log: what the SVG has that it may not have. */
export function unsafe(rule: string) {
  return svgFailure('svg_not_safe', { hint: rule.slice(0, 200) })
}

function readTag({ name, uri, local, attributes }: SaxesTagNS): OpenElement {
  return { name, uri, local, attributes: Object.values(attributes), children: [] }
}
