import { type Coat, tint } from './coat.ts'
import type { Dice } from './dice.ts'
import type { Area } from './fur.ts'

const round = (value: number) => Math.round(value)

function stripes({ x, y, rx, ry }: Area, colour: string, dice: Dice): string {
  let path = ''
  for (let i = 0; i < 8; i++) {
    const top = y - ry * 0.75 + (i * ry * 1.5) / 8
    for (const side of [-1, 1]) {
      const from = x + side * rx * 1.02
      const reach = rx * dice.between(0.35, 0.62)
      const thick = ry * dice.between(0.045, 0.075)
      path += `M${round(from)} ${round(top - thick)}q${round((-side * reach) / 2)} ${round(thick * 2.6)} ${round(-side * reach)} ${round(thick * 1.4)}q${round((side * reach) / 2)} ${round(thick * 2.4)} ${round(side * reach)} ${round(thick * 1.2)}z`
    }
  }
  return `<path d="${path}" fill="${colour}" fill-opacity=".8"/>`
}

function whorls({ x, y, rx, ry }: Area, colour: string): string {
  const ring = (side: number, size: number) =>
    `<ellipse cx="${round(x + side * rx * 0.62)}" cy="${round(y + ry * 0.1)}" rx="${round(rx * size)}" ry="${round(ry * size * 0.9)}" fill="none" stroke="${colour}" stroke-width="${round(rx * 0.09)}" stroke-opacity=".8"/>`
  return [-1, 1].map((side) => ring(side, 0.36) + ring(side, 0.16)).join('')
}

function spots({ x, y, rx, ry }: Area, colour: string, dice: Dice): string {
  let out = ''
  for (let row = -4; row <= 4; row++) {
    for (let column = -4; column <= 4; column++) {
      const cx = x + (column + (row % 2) / 2) * rx * 0.24 + dice.between(-8, 8)
      const cy = y + row * ry * 0.21 + dice.between(-8, 8)
      const size = rx * dice.between(0.045, 0.085)
      out += `<ellipse cx="${round(cx)}" cy="${round(cy)}" rx="${round(size * 1.25)}" ry="${round(size)}" transform="rotate(${round(dice.between(-40, 40))} ${round(cx)} ${round(cy)})"/>`
    }
  }
  return `<g fill="${colour}" fill-opacity=".85">${out}</g>`
}

function patches({ x, y, rx, ry }: Area, colours: readonly string[], dice: Dice): string {
  return colours
    .map((colour) => {
      const cx = x + dice.between(-0.7, 0.7) * rx
      const cy = y + dice.between(-0.7, 0.7) * ry
      const rotation = `rotate(${round(dice.between(0, 90))} ${round(cx)} ${round(cy)})`
      return `<ellipse cx="${round(cx)}" cy="${round(cy)}" rx="${round(rx * dice.between(0.3, 0.5))}" ry="${round(ry * dice.between(0.24, 0.4))}" transform="${rotation}" fill="${colour}"/>`
    })
    .join('')
}

/** What the coat shows on a body; to be clipped to it. */
export function drawBodyMarkings(area: Area, { pattern, base, second }: Coat, dice: Dice): string {
  const { x, y, rx, ry } = area
  switch (pattern) {
    case 'tabby':
      return stripes(area, second, dice)
    case 'marbled':
      return whorls(area, second)
    case 'spotted':
      return spots(area, second, dice)
    case 'bicolor':
      return `<ellipse cx="${x}" cy="${round(y + ry * 0.15)}" rx="${round(rx * 0.42)}" ry="${round(ry * 0.95)}" fill="${tint(second, 0.25)}"/>`
    case 'tortie':
      return patches(area, [second, '#2b2523', second, tint(second, -0.25), '#2b2523'], dice)
    case 'pointed':
    case 'shaded':
    case 'ticked':
      return `<ellipse cx="${x}" cy="${round(y + ry * 0.2)}" rx="${round(rx * 0.5)}" ry="${round(ry * 0.8)}" fill="${tint(base, 0.3)}" fill-opacity=".7"/>`
    case 'solid':
    case 'van':
      return ''
  }
}

const FOREHEAD =
  'M-70-150q18 40 22 84l12-2q2-46-10-86zM-10-165q4 50 4 96h12q2-46 2-96zM70-150q-18 40-22 84l-12-2q-2-46 10-86z'
const CHEEKS =
  'M-205 10q50-2 92 22q-46-10-94 2zM-200 60q50-10 88 2q-44 2-82 18zM205 10q-50-2-92 22q46-10 94 2zM200 60q-50-10-88 2q44 2 82 18z'

/** What the coat shows on a face of about 200 by 170 around the origin; to be clipped to it. */
export function drawFaceMarkings({ pattern, second, base }: Coat, dice: Dice): string {
  switch (pattern) {
    case 'tabby':
    case 'marbled':
    case 'spotted':
    case 'ticked':
      return `<path d="${FOREHEAD}${CHEEKS}" fill="${second}" fill-opacity="${pattern === 'ticked' ? 0.45 : 0.85}"/>`
    case 'pointed':
      return `<ellipse cx="0" cy="40" rx="128" ry="140" fill="url(#mask)"/>`
    case 'bicolor':
      return `<path d="M0-130C30-60 60-10 130 40C150 150 60 190 0 190S-150 150-130 40C-60-10-30-60 0-130z" fill="${tint(second, 0.25)}"/>`
    case 'tortie':
      return patches({ x: 0, y: -30, rx: 190, ry: 150 }, [second, '#2b2523', tint(second, -0.2)], dice)
    case 'van':
      return `<path d="M-210-60Q-120-190-24-170Q-20-90-70-50Q-140-20-210-60zM210-60Q120-190 24-170Q20-90 70-50Q140-20 210-60z" fill="${second}"/>`
    case 'shaded':
      return `<ellipse cx="0" cy="90" rx="110" ry="80" fill="${tint(base, 0.35)}" fill-opacity=".6"/>`
    case 'solid':
      return ''
  }
}
