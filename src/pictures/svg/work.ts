import { localUrls } from './css.ts'
import { type SvgElement, unsafe } from './parse-svg.ts'
import { REFERRING } from './vocabulary.ts'

/** About how much drawing an element is, against a simple shape: a blur goes over every pixel several times. */
const EFFORT: Readonly<Record<string, number>> = {
  feGaussianBlur: 500,
  feDropShadow: 500,
  filter: 100,
  mask: 20,
  clipPath: 20,
  pattern: 20,
}

/** Avatars of DiceBear need at most a few hundred without blurs, and blur a few times. */
const MOST_WORK = 20_000
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
    let sum = EFFORT[element.local] ?? 1
    for (const child of element.children) if (typeof child !== 'string') sum += work(child, chain)
    for (const id of references(element)) {
      const target = byId.get(id)
      if (target) sum += work(target, chain + 1)
    }
    underWay.delete(element)
    known.set(element, sum)
    return sum
  }
  const total = work(root, 0)
  if (total > MOST_WORK) throw unsafe(`drawing it is ${total} times a shape`)
}

export function* everyElement(element: SvgElement): Generator<SvgElement> {
  yield element
  for (const child of element.children) if (typeof child !== 'string') yield* everyElement(child)
}

/** The ids that an element draws or is drawn with. */
function references(element: SvgElement): string[] {
  return element.attributes.flatMap(({ local, value }) => {
    if (local === 'href' && REFERRING.has(element.local)) return [value.slice(1)]
    return localUrls(value)
  })
}
