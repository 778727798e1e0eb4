const PATTERNS = [
  'solid',
  'shaded',
  'ticked',
  'tabby',
  'marbled',
  'spotted',
  'pointed',
  'bicolor',
  'tortie',
  'van',
] as const
const EARS = ['up', 'big', 'small', 'fold', 'curl'] as const
const HAIR = ['short', 'long', 'curly', 'bare'] as const

/** How a breed looks; colours as six hex digits with #. */
export type Coat = {
  base: string
  second: string
  pattern: (typeof PATTERNS)[number]
  eyes: string
  ears: (typeof EARS)[number]
  hair: (typeof HAIR)[number]
}

function oneOf<T extends string>(known: readonly T[], word: string | undefined): T {
  const found = known.find((item) => item === word)
  if (found === undefined) throw new Error(`A coat has ${word}, not one of ${known.join(', ')}`)
  return found
}

/** Reads `base,second,pattern,eyes,ears,hair`. */
export function parseCoat(text: string): Coat {
  const [base, second, pattern, eyes, ears, hair] = text.split(',')
  return {
    base: `#${base}`,
    second: `#${second}`,
    pattern: oneOf(PATTERNS, pattern),
    eyes: `#${eyes}`,
    ears: oneOf(EARS, ears),
    hair: oneOf(HAIR, hair),
  }
}

/** Mixes towards white (`amount` > 0) or black (< 0), as a fraction of the way. */
export function tint(colour: string, amount: number): string {
  const target = amount > 0 ? 255 : 0
  const part = Math.abs(amount)
  const channels = [1, 3, 5].map((at) => {
    const value = Number.parseInt(colour.slice(at, at + 2), 16)
    return Math.round(value + (target - value) * part)
  })
  return `#${channels.map((value) => value.toString(16).padStart(2, '0')).join('')}`
}
