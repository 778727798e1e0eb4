import { type Coat, tint } from './coat.ts'
import type { Dice } from './dice.ts'

/** An upright oval that contains the shape to be furred. */
export type Area = { x: number; y: number; rx: number; ry: number }

const round = (value: number) => Math.round(value * 10) / 10

function pointIn({ x, y, rx, ry }: Area, dice: Dice): [number, number] {
  const angle = dice.between(0, Math.PI * 2)
  const reach = Math.sqrt(dice.between(0, 1))
  return [round(x + Math.cos(angle) * rx * reach), round(y + Math.sin(angle) * ry * reach)]
}

function stroke(path: string, colour: string, width: number, opacity: number): string {
  return `<path d="${path}" fill="none" stroke="${colour}" stroke-width="${width}" stroke-opacity="${opacity}" stroke-linecap="round"/>`
}

/** Hair by hair, fanning out from the middle; one path per shade, so that a coat is a few elements. */
function hairs(area: Area, { hair }: Coat, shades: readonly string[], dice: Dice): string {
  const length = hair === 'long' ? 34 : hair === 'curly' ? 20 : 17
  const count = Math.round((area.rx * area.ry) / (hair === 'long' ? 95 : 75))
  return shades
    .map((shade) => {
      let path = ''
      for (let i = 0; i < count / shades.length; i++) {
        const [x, y] = pointIn(area, dice)
        const lean = ((x - area.x) / area.rx) * length * 0.6 + dice.between(-4, 4)
        const drop = length * dice.between(0.5, 1)
        const bend = hair === 'curly' ? dice.between(-16, 16) : lean * 0.2
        path += `M${x} ${y}q${round(bend)} ${round(drop * 0.5)} ${round(lean)} ${round(drop)}`
      }
      return stroke(path, shade, hair === 'curly' ? 2.6 : 1.8, 0.5)
    })
    .join('')
}

/** A hairless cat has folds instead. */
function wrinkles({ x, y, rx, ry }: Area, { second }: Coat, dice: Dice): string {
  let path = ''
  for (let i = 0; i < 9; i++) {
    const top = y - ry * 0.85 + i * ry * 0.2 + dice.between(-8, 8)
    const wide = rx * dice.between(0.25, 0.6)
    const middle = x + dice.between(-0.3, 0.3) * rx
    path += `M${round(middle - wide)} ${round(top)}q${round(wide)} ${round(dice.between(14, 30))} ${round(wide * 2)} 0`
  }
  return stroke(path, tint(second, -0.2), 4, 0.4)
}

export function drawFur(area: Area, coat: Coat, dice: Dice): string {
  if (coat.hair === 'bare') return wrinkles(area, coat, dice)
  const shades = [tint(coat.base, 0.35), tint(coat.base, -0.18), tint(coat.base, 0.15), tint(coat.second, 0.1)]
  return hairs(area, coat, coat.pattern === 'ticked' ? [...shades, coat.second, coat.second] : shades, dice)
}
