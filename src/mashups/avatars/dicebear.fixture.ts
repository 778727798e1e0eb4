import type { AvatarStyle, DiceBear } from '#apis'

const CC0 = { name: 'CC0 1.0', url: 'https://creativecommons.org/publicdomain/zero/1.0/' }

export const LORELEI: AvatarStyle = {
  id: 'lorelei',
  name: 'Lorelei',
  designer: { name: 'Lisa Wischofsky' },
  licence: CC0,
  needsAttribution: false,
  attribution: 'Remix of “Lorelei” by Lisa Wischofsky, CC0 1.0.',
  moods: ['happy', 'sad'],
}

export const RINGS: AvatarStyle = {
  ...LORELEI,
  id: 'rings',
  name: 'Rings',
  designer: { name: 'DiceBear' },
  licence: { name: 'CC BY 4.0' },
  needsAttribution: true,
  moods: [],
}

/** An artist of two styles, whose pictures are what was asked for. */
export function artistOf(more: Partial<DiceBear> = {}): DiceBear {
  return {
    styles: async () => [LORELEI, RINGS],
    sample: async (style) => (style === 'lorelei' || style === 'rings' ? `<svg id="${style}"/>` : undefined),
    drawHere: async (avatar) => `<svg>${JSON.stringify(avatar)}</svg>`,
    draw: async (avatar) => ({ svg: `<svg>${JSON.stringify(avatar)}</svg>`, by: 'here' }),
    ...more,
  }
}
