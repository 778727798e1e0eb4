import { Refusal } from './refusal.ts'

/** A parsed `fields` mask: names to keep, each with the mask of what is inside; `true` keeps all of it. */
type Mask = Map<string, Mask | true>

function invalid(mask: string): Refusal {
  const message = `Invalid field selection ${mask}`
  return new Refusal(400, 'invalidParameter', message, { locationType: 'parameter', location: 'fields' })
}

/** Reads `id,name,files(id,parents),user/emailAddress,*` (the partial response syntax). */
export function parseMask(text: string): Mask {
  let at = 0

  function name(): string {
    const [found] = /^(\*|\w+)/.exec(text.slice(at)) ?? []
    if (found === undefined) throw invalid(text)
    at += found.length
    return found
  }

  function member(mask: Mask) {
    const key = name()
    if (text[at] === '/') {
      at += 1
      const inner: Mask = new Map()
      member(inner)
      mask.set(key, inner)
    } else if (text[at] === '(') {
      at += 1
      mask.set(key, list())
      if (text[at] !== ')') throw invalid(text)
      at += 1
    } else mask.set(key, true)
  }

  function list(): Mask {
    const mask: Mask = new Map()
    member(mask)
    while (text[at] === ',') {
      at += 1
      member(mask)
    }
    return mask
  }

  const mask = list()
  if (at !== text.length) throw invalid(text)
  return mask
}

/** The parts of a resource that the mask keeps; a name the resource type does not have is an error, as at Google. */
export function applyMask(resource: unknown, mask: Mask | true, known?: readonly string[]): unknown {
  if (mask === true || mask.has('*')) return resource
  if (Array.isArray(resource)) return resource.map((item) => applyMask(item, mask, known))
  if (typeof resource !== 'object' || resource === null) return resource
  const stranger = known && [...mask.keys()].find((key) => !known.includes(key))
  if (stranger !== undefined) throw invalid(stranger)
  const entries = Object.entries(resource).flatMap(([key, value]) => {
    const inner = mask.get(key)
    return inner === undefined ? [] : [[key, applyMask(value, inner)]]
  })
  return Object.fromEntries(entries)
}
