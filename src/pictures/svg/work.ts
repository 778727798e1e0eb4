import { localUrls } from './css.ts'
import { type SvgElement, unsafe } from './parse-svg.ts'
import { REFERRING } from './vocabulary.ts'

/** What an attribute costs beside a plain shape of 0.2 ms, on a canvas of 1024 pixels: another layer, put together. */
const LAYER_EFFORT: Readonly<Record<string, number>> = {
  opacity: 40,
  'mix-blend-mode': 40,
  isolation: 40,
  style: 40,
  filter: 40,
  mask: 120,
  'clip-path': 200,
}
/** A filter's step goes over every pixel, a blur several times. */
const STEP_EFFORT = 400
const BLUR_EFFORT = 700
/** Joints of a stroke are what makes a long path slow. */
const LETTERS_OF_PATH_PER_SHAPE = 20

/**
 * Up to twelve seconds where every layer is as large as the canvas. Pictures of DiceBear come to 22,000, and take 20 to
 * 650 ms because theirs are small.
 */
const MOST_WORK = 60_000
const LONGEST_CHAIN = 32

/**
 * Refuses references that go round, and drawings that are small as text and endless as pictures: ten groups that each
 * use the one before ten times are ten thousand million shapes. Every reference counts as a copy of what it names.
 */
export function requireBoundedWork(root: SvgElement): void {
  const byId = new Map<string, SvgElement>()
  for (const element of everyElement(root)) {
    const id = element.attributes.find(({ name }) => name === 'id')?.value
    if (id === undefined) continue
    if (byId.has(id)) throw unsafe(`id ${id} twice`)
    byId.set(id, element)
  }
  const known = new Map<SvgElement, number>()
  const underWay = new Set<SvgElement>()
  const work = (element: SvgElement, chain: number): number => {
    const before = known.get(element)
    if (before !== undefined) return before
    if (underWay.has(element)) throw unsafe('references that go round')
    if (chain > LONGEST_CHAIN) throw unsafe(`more than ${LONGEST_CHAIN} references in a row`)
    underWay.add(element)
    let sum = ownWork(element)
    for (const child of element.children) if (typeof child !== 'string') sum += work(child, chain)
    for (const id of references(element)) {
      const target = byId.get(id)
      if (target) sum += work(target, chain + 1)
    }
    underWay.delete(element)
    known.set(element, sum)
    return sum
  }
  const total = Math.round(work(root, 0))
  if (total > MOST_WORK) throw unsafe(`drawing it is ${total} times a shape`)
}

export function* everyElement(element: SvgElement): Generator<SvgElement> {
  yield element
  for (const child of element.children) if (typeof child !== 'string') yield* everyElement(child)
}

function ownWork({ local, attributes }: SvgElement): number {
  const step = local.startsWith('fe') ? STEP_EFFORT : 1
  let sum = local === 'feGaussianBlur' || local === 'feDropShadow' ? BLUR_EFFORT : step
  for (const { name, value } of attributes) {
    sum += LAYER_EFFORT[name] ?? 0
    if (name === 'd' || name === 'points') sum += value.length / LETTERS_OF_PATH_PER_SHAPE
  }
  return sum
}

/** The ids that an element draws or is drawn with. */
function references(element: SvgElement): string[] {
  return element.attributes.flatMap(({ local, value }) => {
    if (local === 'href' && REFERRING.has(element.local)) return [value.slice(1)]
    return localUrls(value)
  })
}
